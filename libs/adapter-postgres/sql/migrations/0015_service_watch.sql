-- compatible
-- Since when each of our own services has been there without a break, by this clock and for all brokers: no worker is given
-- up within a term after one of them came back. `gateway` and `broker` stand for any of them; a break is a time in which
-- none was seen. `postgres`: mark is when its postmaster started; another mark is a break.
create table service_watch (
  service text primary key check (service in ('gateway', 'broker', 'postgres')),
  mark text not null default '',
  seen_at timestamptz not null default now(),
  up_since_at timestamptz not null default now()
) with (fillfactor = 50);

-- A beat changes nothing that an index holds, so that it writes one small row and no index. Who is silent is looked for
-- among the sessions that are not over, along session_site.
drop index session_alive;
