-- pages of others that are watched, and what they say

-- review, and the `watches` command -----------------------------------------------------------

create table watches (
    watch_id   text primary key,
    network    text not null,
    kind       text not null check (kind in ('account', 'hashtag', 'search', 'feed')),
    address    text not null,
    name       text not null,
    relation   text not null check (relation in ('partner', 'news', 'decision_maker')),
    topics     text[] not null default '{}',
    paused     boolean not null default false,
    added_by   text not null,
    added_at   timestamptz not null,
    changed_at timestamptz not null,
    removed_at timestamptz
);
comment on column watches.watch_id is 'made of network, kind and address: the same page is one watch';

-- ingest ------------------------------------------------------------------------------------

create table watch_readings (
    watch_id   text primary key references watches,
    host       text not null,
    due_at     timestamptz not null,
    began_at   timestamptz,
    read_at    timestamptz,
    news_at    timestamptz,
    quiet      integer not null default 0,
    failures   integer not null default 0,
    trouble    text check (trouble in ('not_connected', 'unreachable', 'refused', 'gone', 'ours')),
    detail     text,
    trouble_at timestamptz,
    memory     text,
    page_key   text,
    readers    bigint,
    posts      integer not null default 0,
    strangers  integer not null default 0
);
comment on column watch_readings.host is 'whose patience a visit costs: a web server, or a network';
comment on column watch_readings.page_key is 'the page that the address turned out to be';
comment on column watch_readings.strangers is 'posts by accounts nobody watches: counted, never kept';
create index watch_readings_due on watch_readings (due_at);
create index watch_readings_by_page on watch_readings (page_key);

alter table comments add column watch_id text references watches;
comment on column comments.watch_id is 'the watch that found it: a post that opened a thread on a foreign page';
create index comments_by_watch on comments (watch_id, created_at desc) where watch_id is not null;

-- the newest figures of a post, as its network tells them; null: it does not tell
create table post_figures (
    comment_key text primary key references comments,
    likes       bigint,
    replies     bigint,
    shares      bigint,
    seen_at     timestamptz not null
);

-- outreach ----------------------------------------------------------------------------------

-- how near a post is to what we publish and to the watch's topics
create table post_readings (
    comment_key    text primary key references comments,
    revision       integer not null,
    space          text not null,
    nearness       real not null,
    publication_id text references publications,
    passage_id     bigint,
    topics         text[] not null,
    language       text not null,
    read_at        timestamptz not null
);
comment on column post_readings.nearness is 'cosine of the post and the nearest passage';
