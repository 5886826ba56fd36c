-- Each table stands below who writes it. Secrets and sessions are sealed with SECRET_KEYS; the
-- database alone opens none of them.

-- provision: the `networks` command ---------------------------------------------------------

create table connections (
    connection_id text primary key,
    network    text not null,
    settings   jsonb not null,
    secrets    bytea,
    revision   integer not null,
    added_at   timestamptz not null,
    changed_at timestamptz not null,
    removed_at timestamptz,
    check ((secrets is null) = (removed_at is not null))
);

-- review: what people ordered at the desk or by a command; the last pause or resume counts ---

create table connection_orders (
    number        bigint generated always as identity primary key,
    connection_id text not null references connections,
    action        text not null check (action in ('pause', 'resume', 'check')),
    ordered_by    text not null,
    ordered_at    timestamptz not null
);
create index connection_orders_by_connection on connection_orders (connection_id, number);
create trigger append_only before update or delete on connection_orders
    for each row execute function refuse_change();

create view current_connections as
    select c.*, coalesce(switched.action = 'pause', false) as paused,
           switched.ordered_by as switched_by, switched.ordered_at as switched_at
    from connections c
    left join lateral (
        select action, ordered_by, ordered_at from connection_orders o
        where o.connection_id = c.connection_id and action <> 'check' and ordered_at >= c.added_at
        order by number desc limit 1
    ) switched on true
    where removed_at is null;

-- store.keeper: one process at a time, whichever talks to the network; a session belongs to the
-- settings it was made with, so that a late writer never mixes two accounts ------------------

create table connection_sessions (
    connection_id text not null references connections,
    revision      integer not null,
    session       bytea not null,
    renewed_at    timestamptz not null,
    primary key (connection_id, revision)
);

create table connection_spending (
    connection_id text not null references connections,
    day           date not null,
    units         integer not null,
    primary key (connection_id, day)
);

-- ingest ------------------------------------------------------------------------------------

create table connection_health (
    connection_id text primary key references connections,
    checked_at    timestamptz not null,
    diagnosis     jsonb not null
);

create index intake_by_source on intake (source, seen_at);
