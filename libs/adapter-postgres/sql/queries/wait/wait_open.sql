-- What classes wait for now, as the record has it.
-- hot
-- params: none
-- rows: class_id, cause, subject
-- locks: none
select w.class_id, w.cause, w.subject from class_wait w where w.until_at is null order by w.class_id
