-- Sets a message aside that can never be applied.
-- params: stream, partition, body, reason
-- rows: none
-- locks: none
insert into dead_letter (stream, partition, body, reason) values ($1, $2, $3, $4)
