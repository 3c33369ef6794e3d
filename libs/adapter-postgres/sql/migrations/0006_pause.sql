-- breaking
-- What may run now is marked while its workflow is paused: nobody leases it, and no back-off of it leads to ready. Brokers
-- of before know no such mark. The orders in which work is taken hold only what is not marked: it costs them nothing.
alter table ready add column paused boolean not null default false;
drop index ready_order;
create index ready_order on ready (class_id, priority desc, workflow_id, id) where not paused;

alter table held add column paused boolean not null default false;
drop index held_due;
create index held_due on held (due_at) where not paused;
