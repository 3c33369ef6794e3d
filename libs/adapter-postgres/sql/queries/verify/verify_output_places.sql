-- I20: what is registered as output lies below the prefix that its space had when it was settled, give or take 6 s: a
-- transaction lasts 5. What was settled before the prefixes of its space were noted is not judged. A second reading of
-- libs/core/src/output, by bytes: what that forbids as ambiguous was never registered.
-- params: workflows 1 from, 2 to (numbers, both included); jobs 3 from (included), 4 to (not included); 5 most rows
-- rows: workflow number, ordinal (null: not about one), what is wrong
-- locks: none
select t.workflow_id, t.ordinal, format('registered %s, which lay below no prefix of space %s', coalesce(t.uri, 'no place'), t.space)
from (
  select
    a.workflow_id, a.ordinal, a.settled_at, w.space, f.uri,
    case
      when f.uri ~ '(^|/)\.{1,2}(/|$)' then null -- it lies nowhere
      when f.uri ~* '^file:///' then (
        select string_agg(
          case when p.part ~ '^%..' then decode(substr(p.part, 2), 'hex') else convert_to(p.part, 'UTF8') end, ''::bytea
          order by p.no
        )
        from regexp_matches(substr(f.uri, 8), '%[0-9A-Fa-f]{2}|[^%]+|%', 'g') with ordinality as m(parts, no)
        cross join lateral (select m.parts[1], m.no) as p(part, no)
      )
      else convert_to(lower(coalesce(substring(f.uri from '^[A-Za-z][A-Za-z0-9+.-]*:'), ''))
        || regexp_replace(f.uri, '^[A-Za-z][A-Za-z0-9+.-]*:', ''), 'UTF8')
    end as place
  from workflow w
  join attempt a on a.workflow_id = w.id
  cross join lateral ( -- PostgreSQL reads no NUL; nothing that has one lies anywhere
    select replace(a.outputs, '\u0000', '/../')::json -> 'files'
  ) as o(files)
  cross join lateral json_array_elements(
    case json_typeof(o.files) when 'array' then o.files else '[{}]' end
  ) as e(told)
  cross join lateral (select case when json_typeof(e.told) = 'object' then e.told ->> 'uri' end) as f(uri)
  where w.id between $1::bigint and $2::bigint and a.ordinal >= $3 and a.ordinal < $4
    and a.outputs like '%"files"%' and o.files is not null
    and exists (select from output_prefix p where p.space = w.space and p.prefix is not null)
) t
where exists (select from output_prefix p where p.space = t.space and p.since <= t.settled_at - interval '6 s')
  and not exists (
    select from (
      select p.prefix, p.since, lead(p.since) over (order by p.since) as until from output_prefix p where p.space = t.space
    ) p
    cross join lateral (
      select convert_to(lower(coalesce(substring(p.prefix from '^[A-Za-z][A-Za-z0-9+.-]*:'), ''))
        || regexp_replace(regexp_replace(p.prefix, '^[A-Za-z][A-Za-z0-9+.-]*:', ''), '/?$', '/'), 'UTF8')
    ) as b(below)
    where p.since <= t.settled_at + interval '6 s'
      and (p.until is null or p.until >= t.settled_at - interval '6 s')
      and (p.prefix is null or (length(t.place) > length(b.below) and substr(t.place, 1, length(b.below)) = b.below))
  )
limit $5
