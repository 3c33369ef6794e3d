-- Makes role sluice_reader and the policies that guard what it reads, where they are not there.
-- params: none
-- rows: 1: false where we may not make roles and nobody made this one
-- locks: each table that is not guarded yet, against everybody
select guard_reads()
