-- Templates of a header by name.
-- params: workflow id, name[]
-- rows: name, template (json); names without a template are left out
-- locks: none
select n.name, w.header #> array['templates', n.name]
from workflow w, unnest($2::text[]) as n(name)
where w.id = $1 and w.header #> array['templates', n.name] is not null
