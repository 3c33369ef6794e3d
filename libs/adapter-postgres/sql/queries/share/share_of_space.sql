-- The path of the node that a space was given to.
-- params: space
-- rows: path; none when the space has the node of its own name
-- locks: none
select s.path from share_space p join share s on s.id = p.share_id where p.space = $1
