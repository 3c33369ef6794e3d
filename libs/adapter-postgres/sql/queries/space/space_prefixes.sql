-- Where spaces have their outputs.
-- params: none
-- rows: name, output prefix, of spaces that have one
-- locks: none
select s.name, s.output_prefix from space s where s.output_prefix is not null order by s.name
