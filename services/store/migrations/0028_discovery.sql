-- pages that nobody has entered, found by their topics: organisations, media and offices only

-- review ------------------------------------------------------------------------------------

create table discovery_topics (
    topic    text primary key,
    added_by text not null,
    added_at timestamptz not null
);
comment on table discovery_topics is 'searched for beside the topics of watches';

create table discovery_decisions (
    number     bigint generated always as identity primary key,
    page_key   text not null,
    action     text not null check (action in ('adopt', 'dismiss', 'undo')),
    watch_id   text references watches,
    account_id text not null,
    decided_at timestamptz not null default clock_timestamp(),
    check ((action = 'adopt') = (watch_id is not null))
);
comment on column discovery_decisions.page_key is 'outlives what was found: a dismissed page does not return';
create index discovery_decisions_by_page on discovery_decisions (page_key, number desc);
create trigger append_only before update or delete on discovery_decisions
    for each row execute function refuse_change();

-- outreach ----------------------------------------------------------------------------------

-- visits that are no visit to a watched page; both kinds together never come too often
create table host_visits (
    host     text primary key,
    began_at timestamptz not null
);

create table discovery_rounds (
    round_id text primary key,
    network  text not null,
    kind     text not null check (kind in ('topic', 'partners', 'links')),
    topic    text not null default '',
    due_at   timestamptz not null,
    began_at timestamptz,
    holder   text,
    done_at  timestamptz,
    failures integer not null default 0,
    trouble  text,
    wanted   boolean not null default true
);
comment on column discovery_rounds.began_at is 'of the search under way, moved on with each request; an old one died with its process';
comment on column discovery_rounds.holder is 'the process that is at it: whoever lost it stores nothing';
create index discovery_rounds_due on discovery_rounds (due_at) where wanted;

-- what was asked of which server and why; of persons nothing stands here
create table discovery_requests (
    number   bigint generated always as identity primary key,
    round_id text not null references discovery_rounds,
    network  text not null,
    host     text not null,
    method   text not null,
    about    text not null,
    asked_at timestamptz not null
);
comment on column discovery_requests.about is 'the topic, domain or page that was asked about; empty for several pages at once';
create index discovery_requests_by_network on discovery_requests (network, asked_at);
create index discovery_requests_by_round on discovery_requests (round_id, number desc);

create table discovered_pages (
    page_key  text primary key,
    network   text not null,
    watch_id  text not null,
    address   text not null,
    name      text not null,
    about     text not null,
    url       text,
    relation  text not null check (relation in ('partner', 'news', 'decision_maker')),
    proof     text not null check (proof in ('domain', 'institution', 'vouched', 'group', 'declared')),
    readers   bigint check (readers >= 5),
    followed  boolean not null default false,
    partners  integer check (partners >= 5),
    linking   boolean not null default false,
    links     integer check (links >= 5),
    found_at  timestamptz not null,
    seen_at   timestamptz not null,
    check (partners is null or followed),
    check (links is null or linking)
);
comment on column discovered_pages.watch_id is 'that a watch of this page would have';
comment on column discovered_pages.partners is 'partners that follow it; null: fewer than five';
comment on column discovered_pages.links is 'its posts that link to us; null: fewer than five';

create table discovered_topics (
    page_key text not null references discovered_pages on delete cascade,
    topic    text not null,
    posts    integer check (posts >= 5),
    share    real,
    answers  integer check (answers >= 5),
    newest   timestamptz not null,
    samples  jsonb not null,
    score    real not null,
    parts    jsonb not null,
    seen_at  timestamptz not null,
    primary key (page_key, topic),
    check (share is null or posts is not null)
);
comment on column discovered_topics.answers is 'different accounts that replied; null: fewer than five';
create index discovered_topics_by_score on discovered_topics (topic, score desc);

-- what people last said of a page that was found; nothing once it is undone
create function discovery_verdict(page text) returns text language sql stable as $$
    select nullif(action, 'undo') from discovery_decisions where page_key = page
    order by number desc limit 1
$$;

-- a page that was found waits for a decision: nobody watches it, however it came to that, or dismissed it
create function discovery_waits(page text, watch text) returns boolean language sql stable as $$
    select discovery_verdict(page) is distinct from 'dismiss'
        and not exists (select from watches w where w.watch_id = watch and w.removed_at is null)
        and not exists (select from watch_readings r join watches w using (watch_id)
            where r.page_key = page and w.removed_at is null)
$$;
