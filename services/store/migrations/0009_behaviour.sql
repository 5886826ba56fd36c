-- how accounts behave in a thread

-- review: one account's part of a thread may be muted, by a person or by the system

alter table mutes
    add column author_key    text,
    add column evidence      jsonb not null default '[]',
    add column suggestion_id text,
    add column closing_id    text,
    add column idle          text[] not null default '{}';
comment on column mutes.author_key is 'the account whose part is muted; null: the whole thread';
comment on column mutes.account_id is 'who muted; system: the desk itself, on the evidence';
comment on column mutes.closing_id is 'the decision for our closing words, which are still posted';
comment on column mutes.idle is 'earlier comments that only repeat or insult: a mute by the system takes no other off the queue';
create unique index mutes_by_suggestion on mutes (suggestion_id) where account_id = 'system';

create or replace view active_mutes as
    select m.* from mutes m where not exists (select from mute_lifts l where l.mute_id = m.mute_id);

create table page_settings (
    page_key        text primary key references pages,
    mutes_by_system boolean not null,
    account_id      text not null,
    changed_at      timestamptz not null
);

-- route: what it has seen of an account in one thread; and what a mute does not hold back

create table mute_suggestions (
    suggestion_id text primary key,
    thread_key    text not null references threads,
    author_key    text,
    comment_key   text not null references comments,
    revision      integer not null,
    strict        boolean not null,
    score         real not null,
    evidence      jsonb not null,
    idle          text[] not null,
    rules         text not null,
    suggested_at  timestamptz not null
);
create index mute_suggestions_by_thread on mute_suggestions (thread_key, suggested_at desc);

alter table routings add column surfaced boolean not null default false;
comment on column routings.surfaced is 'shown in spite of the mutes that stood when it was sorted';

-- a comment that surfaced from older mutes falls under a later one; what stood before a mute by the
-- system keeps its place in the queue, unless it is idle
create function is_muted(comment comments, moment timestamptz) returns boolean language sql stable as $$
    select exists (select from active_mutes m
        where m.thread_key = comment.thread_key and m.expires_at > moment
        and (m.author_key is null or m.author_key = comment.author_key)
        and (m.account_id <> 'system' or comment.first_seen > m.muted_at
            or comment.comment_key = any(m.idle))
        and not exists (select from routings r where r.comment_key = comment.comment_key
            and r.revision = comment.revision and r.surfaced and r.routed_at >= m.muted_at))
$$;
