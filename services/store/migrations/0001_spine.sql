-- Each table stands below the one service that writes it. Text and names of people stand in
-- comment_revisions and authors; words that a rule or check points at in the column reason(s).

create extension if not exists vector;

-- kit: messages that a transaction promises to publish; the relay empties it
create table outbox (
    outbox_id  bigint generated always as identity primary key,
    service    text not null,
    stream     text not null,
    subject    text not null,
    msg_id     text not null,
    body       bytea not null,
    due_at     timestamptz not null default now()
);
create index outbox_by_service on outbox (service, due_at, outbox_id);

-- ingest ------------------------------------------------------------------------------------

create table cursors (
    connection text primary key,
    cursor     text not null,
    updated_at timestamptz not null
);

create table pages (
    page_key  text primary key,
    network   text not null,
    native_id text not null,
    name      text not null,
    relation  text not null check (relation in ('own', 'partner', 'news', 'decision_maker')),
    url       text
);

create table threads (
    thread_key text primary key,
    network    text not null,
    page_key   text not null references pages,
    root_id    text not null,
    root_text  text not null,
    root_url   text,
    first_seen timestamptz not null
);

create table authors (
    author_key   text primary key,
    network      text not null,
    native_id    text not null,
    display_name text not null,
    handle       text not null
);

create table comments (
    comment_key  text primary key,
    network      text not null,
    native_id    text not null,
    connection   text not null,
    thread_key   text not null references threads,
    parent_id    text,
    author_key   text not null,
    is_self      boolean not null,
    url          text,
    visibility   text not null,
    created_at   timestamptz not null,
    first_seen   timestamptz not null,
    revision     integer not null,
    native_revision text not null,
    revised_at   timestamptz not null,
    deleted_at   timestamptz
);
create index comments_by_thread on comments (thread_key, created_at);
create index comments_by_author on comments (author_key);
create index comments_by_native on comments (network, native_id);

create table comment_revisions (
    comment_key     text not null references comments,
    revision        integer not null,
    native_revision text not null,
    text            text not null,
    seen_at         timestamptz not null,
    primary key (comment_key, revision),
    unique (comment_key, native_revision)
);

create table intake (
    source      text not null,
    event_id    text not null,
    comment_key text not null,
    type        text not null,
    dropped     text,
    seen_at     timestamptz not null,
    primary key (source, event_id)
);
create index intake_by_comment on intake (comment_key);

-- index -------------------------------------------------------------------------------------

create table submissions (
    submission_id text primary key,
    name          text not null,
    media_type    text,
    url           text,
    body          bytea,
    submitted_at  timestamptz not null,
    finished_at   timestamptz,
    publication_id text,
    outcome       text check (outcome in ('indexed', 'unchanged', 'refused')),
    refusal       text
);

create table publications (
    publication_id text primary key,
    name         text not null,
    title        text not null,
    language     text not null,
    published_on date,
    author       text,
    url          text,
    media_type   text,
    digest       text not null,
    edition      integer not null,
    warnings     jsonb not null default '[]',
    indexed_at   timestamptz not null,
    removed_at   timestamptz
);

create table passages (
    passage_id     bigint generated always as identity primary key,
    publication_id text not null references publications,
    edition        integer not null,
    position       integer not null,
    heading        text,
    page_from      integer,
    page_to        integer,
    text           text not null,
    digest         text not null,
    grams          tsvector not null,
    gram_count     integer not null,
    retired_at     timestamptz
);
create index passages_live on passages (publication_id, position) where retired_at is null;
create index passages_grams on passages using gin (grams) where retired_at is null;

create table passage_vectors (
    passage_id bigint not null references passages on delete cascade,
    space      text not null,
    embedding  halfvec not null,
    primary key (passage_id, space)
);

create table gram_counts (
    gram     text primary key,
    passages integer not null
);

-- route -------------------------------------------------------------------------------------

create table routings (
    comment_key text not null references comments,
    revision    integer not null,
    cause       text not null,
    lane        text not null,
    kind        text not null,
    muted       boolean not null,
    reasons     jsonb not null,
    language    text not null,
    rules       text not null,
    routed_at   timestamptz not null,
    primary key (comment_key, revision, cause)
);

create table comment_vectors (
    comment_key text not null references comments,
    revision    integer not null,
    space       text not null,
    embedding   halfvec not null,
    primary key (comment_key, revision, space)
);

-- answer ------------------------------------------------------------------------------------

create table drafts (
    draft_id    text primary key,
    comment_key text not null references comments,
    revision    integer not null,
    outcome     text not null check (outcome in ('proposed', 'no_source', 'check_failed', 'model_failed')),
    reason      jsonb,
    kind        text check (kind in ('written', 'quoted')),
    language    text not null,
    text        text not null,
    sentences   jsonb not null,
    sources     jsonb not null,
    engine      text not null,
    prompt      text,
    tokens_in   integer not null default 0,
    tokens_out  integer not null default 0,
    seconds     double precision not null,
    created_at  timestamptz not null
);
create index drafts_by_comment on drafts (comment_key, revision);
create index drafts_by_day on drafts (created_at);

-- review ------------------------------------------------------------------------------------

create table accounts (
    account_id    text primary key,
    name          text not null,
    password_hash text not null,
    language      text not null default 'de' check (language in ('de', 'en')),
    created_at    timestamptz not null,
    disabled_at   timestamptz
);
create unique index accounts_by_name on accounts (lower(name));

create table sessions (
    token_hash text primary key,
    account_id text not null references accounts,
    csrf       text not null,
    created_at timestamptz not null,
    expires_at timestamptz not null
);
create index sessions_by_expiry on sessions (expires_at);

create table sign_in_failures (
    digest       text primary key,
    failures     integer not null,
    failed_at    timestamptz not null,
    blocked_until timestamptz not null
);

create table items (
    comment_key text primary key references comments,
    thread_key  text not null references threads,
    revision    integer not null,
    lane        text not null,
    kind        text not null,
    reasons     jsonb not null,
    language    text not null,
    status      text not null check (status in ('open', 'decided', 'muted', 'cancelled')),
    draft_id    text references drafts,
    draft_state text not null default 'none'
                check (draft_state in ('none', 'pending', 'proposed', 'declined', 'stale')),
    note        text,
    opened_at   timestamptz not null,
    changed_at  timestamptz not null
);
create index items_open on items (lane, opened_at, comment_key) where status = 'open';
create index items_open_urgent_first on items ((lane <> 'urgent'), opened_at, comment_key)
    where status = 'open';
create index items_by_thread on items (thread_key);
create index items_by_status on items (status, changed_at desc, comment_key desc);

create table decisions (
    decision_id text primary key,
    number      bigint generated always as identity,
    action      text not null check (action in ('approve', 'reject', 'close', 'mute', 'unmute', 'reopen')),
    comment_key text references comments,
    revision    integer,
    thread_key  text not null references threads,
    draft_id    text references drafts,
    text        text,
    reason      text,
    account_id  text not null,
    decided_at  timestamptz not null
);
create index decisions_by_comment on decisions (comment_key, number);
create index decisions_by_thread on decisions (thread_key, number);

create table mutes (
    mute_id    text primary key,
    thread_key text not null references threads,
    account_id text not null,
    reason     text not null,
    muted_at   timestamptz not null,
    expires_at timestamptz not null
);
create index mutes_by_thread on mutes (thread_key, expires_at);

create table mute_lifts (
    mute_id    text primary key references mutes,
    account_id text not null,
    reason     text not null,
    lifted_at  timestamptz not null
);

create view active_mutes as
    select m.* from mutes m where not exists (select from mute_lifts l where l.mute_id = m.mute_id);

create table dead_letters (
    dead_id      text primary key,
    consumer     text not null,
    subject      text not null,
    stream       text not null,
    comment_key  text,
    reason       text not null,
    attempts     integer not null,
    body         bytea not null,
    failed_at    timestamptz not null,
    settled_at   timestamptz,
    settlement   text check (settlement in ('requeued', 'dropped')),
    settled_by   text references accounts,
    note         text
);
create index dead_letters_waiting on dead_letters (failed_at) where settled_at is null;

-- deliver -----------------------------------------------------------------------------------

create table deliveries (
    decision_id text primary key references decisions,
    comment_key text not null,
    network     text not null,
    state       text not null check (state in ('sending', 'sent', 'unknown', 'returned')),
    attempts    integer not null,
    parent_seen_at timestamptz,
    native_id   text,
    url         text,
    code        text,
    changed_at  timestamptz not null
);
create index deliveries_by_native on deliveries (network, native_id);

-- what people decided and what happened is only ever added to --------------------------------

create function refuse_change() returns trigger language plpgsql as $$
begin
    raise exception 'rows of % are never changed or deleted', tg_table_name;
end $$;

create trigger append_only before update or delete on decisions
    for each row execute function refuse_change();
create trigger append_only before update or delete on mutes
    for each row execute function refuse_change();
create trigger append_only before update or delete on mute_lifts
    for each row execute function refuse_change();
