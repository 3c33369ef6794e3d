-- compatible
-- Chunks are stored in any order, and so are tasks numbered: labels are shown by the first job that each has.
alter table task add column first_job int not null default 0;
