-- Every site with a text that is another one when anything has changed that decides what its workers get.
-- params: none
-- rows: name, mark
-- locks: none
select s.name, concat_ws(' ', s.state, s.sandbox, coalesce(s.pull_cores, 0), coalesce(s.pull_memory_mib, 0), s.tags)
from site s
