-- Sets after how long half of a use is forgiven. What was forgiven until now stays forgiven.
-- params: seconds
-- rows: none
-- locks: the setting's row
update share_setting set half_life_sec = $1::float8
