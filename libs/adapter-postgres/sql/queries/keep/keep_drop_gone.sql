-- Drops one table that was taken out of a range.
-- params: none
-- rows: its name, or null
-- locks: that table, which nobody knows any more
select drop_gone_table()
