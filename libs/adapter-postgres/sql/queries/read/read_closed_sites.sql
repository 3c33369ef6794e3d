-- Sites that are not open, and by whose order.
-- params: none
-- rows: name, state, note, by (may be empty), since when
-- locks: none
select s.name, s.state, s.note, s.ordered_by, s.ordered_at from site s where s.state <> 'open' order by s.name
