-- What networks tell beside words: hidden, locked, blocked, gone; and when they want to be left alone.

-- ingest ------------------------------------------------------------------------------------

-- One row per circumstance: the network's latest word counts, in whatever order its words come, and
-- also before the comment itself is known. `subject` is a comment_key, thread_key or author_key;
-- `connection` is whose block it is, empty for what is so for everybody.
create table circumstances (
    kind       text not null check (kind in ('hidden', 'locked', 'blocked', 'thread_gone', 'author_gone')),
    subject    text not null,
    connection text not null,
    network    text not null,
    holds      boolean not null,
    said_at    timestamptz not null,
    spread_to  text, -- last comment that was told of it; null: all it concerns were
    primary key (kind, subject, connection)
);
create index circumstances_unspread on circumstances (said_at) where spread_to is not null;

create function withheld(comment comments) returns text language sql stable as $$
    select kind from circumstances
    where holds and (kind, subject, connection) in (
        ('blocked', comment.author_key, comment.connection),
        ('locked', comment.thread_key, ''),
        ('hidden', comment.comment_key, '')
    )
    order by array_position(array['blocked', 'locked', 'hidden'], kind) limit 1
$$;

-- review ------------------------------------------------------------------------------------

alter table items drop constraint items_status_check;
alter table items add constraint items_status_check
    check (status in ('open', 'decided', 'muted', 'paused', 'cancelled'));

-- deliver -----------------------------------------------------------------------------------

create table network_waits (
    connection text primary key,
    until      timestamptz not null,
    noted_at   timestamptz not null
);
create index deliveries_by_comment on deliveries (comment_key);
