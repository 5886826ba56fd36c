-- index: places that are read again on a schedule, and what was found there

create table sources (
    source_id     text primary key,
    kind          text not null check (kind in ('folder', 'page', 'sitemap')),
    address       text not null unique,
    every_seconds integer not null check (every_seconds >= 60),
    added_at      timestamptz not null,
    due_at        timestamptz not null,
    read_at       timestamptz,
    failures      integer not null default 0,
    trouble       text
);
create index sources_due on sources (due_at);

create table source_items (
    source_id      text not null references sources on delete cascade,
    address        text not null,
    etag           text,
    last_modified  text,
    digest         text not null,
    publication_id text,
    seen_at        timestamptz not null,
    missed         integer not null default 0,
    trouble        text,
    primary key (source_id, address)
);
