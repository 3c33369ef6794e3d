-- Takes a space from its share: it has the node of its own name again.
-- params: space
-- rows: none
-- locks: the row
delete from share_space where space = $1
