-- what a watched post is like, and what came of speaking up under one

-- outreach ----------------------------------------------------------------------------------

alter table post_readings add column asks boolean not null default false;
alter table post_readings add column off boolean not null default false;
comment on column post_readings.asks is 'the post asks something';
comment on column post_readings.off is 'a post of a kind under which a word of ours is out of place';

-- what the network tells of a reply of ours under a post of others; null: it does not tell
create table reply_figures (
    decision_id text primary key references decisions,
    likes       bigint,
    seen_at     timestamptz not null
);

-- how many follow an account of ours, the last figure of each day
create table own_followers (
    connection text not null,
    day        date not null,
    followers  bigint not null,
    seen_at    timestamptz not null,
    primary key (connection, day)
);

-- ingest ------------------------------------------------------------------------------------

-- posts of watched pages whose words are still here, the oldest first: they are kept for a while only
create index comments_watched_standing on comments (created_at)
    where watch_id is not null and deleted_at is null;
