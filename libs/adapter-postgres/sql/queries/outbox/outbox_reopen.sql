-- After the stream was lost: the events of the last hours are unconfirmed again, so that the relay tells them anew.
-- params: hours
-- rows: none
-- locks: outbox rows
update outbox set confirmed_at = null
where created_at > now() - $1::float8 * interval '1 hour' and confirmed_at is not null
