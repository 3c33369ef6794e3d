-- compatible
-- A failed attempt that no budget paid for: an order of an operator ended it, or it ran out of a learned size. Null: it was
-- charged, did not fail, or is older than this column.
alter table attempt add column uncharged boolean;
