-- compatible
-- A worker names its register, so that one whose answer was lost finds its session again: a session that nobody beats
-- for would fall silent, and many of them together keep lost workers from being given up.
alter table session add column request_id uuid;
create unique index session_request on session (request_id) where request_id is not null;
