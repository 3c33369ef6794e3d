-- Gives back what a pause held: its ready jobs may be handed out again, its back-offs lead to ready when they are over.
-- params: workflow_id
-- rows: classes that got ready jobs
-- locks: held and ready rows of the workflow; nobody else locks rows that are marked
with given as (update held set paused = false where workflow_id = $1 and paused),
queued as (update ready set paused = false where workflow_id = $1 and paused returning class_id)
select distinct q.class_id from queued q
