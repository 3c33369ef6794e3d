-- compatible
-- A row of limit_ended that a transaction updates twice, as a late end does, had its foreign key checked: that waits for
-- grants, which lock limit_use, and a settle must wait for nobody. limit_remove.sql deletes these rows itself.
alter table limit_ended drop constraint limit_ended_limit_id_fkey;
