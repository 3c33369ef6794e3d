-- The hash of the sites file that was applied last. Brokers that start together wait for each other here.
-- params: none
-- rows: hash; none: no file was applied yet
-- locks: none; who reads it to apply one locks the table
select f.hash from site_file f
