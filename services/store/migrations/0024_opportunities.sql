-- posts of watched pages that were offered to the team, and what became of them

-- outreach ----------------------------------------------------------------------------------

-- what stood under a post when it was last looked at: figures only, nobody's words
create table post_looks (
    comment_key text primary key references comments,
    remarks     integer not null,
    hostile     integer not null,
    quarrel     boolean not null,
    ours        boolean not null,
    said        real,
    gone        boolean not null,
    looked_at   timestamptz not null
);
comment on column post_looks.ours is 'we have said something there ourselves';
comment on column post_looks.said is 'cosine of our passage and the remark that is nearest to it';

create table opportunities (
    comment_key    text primary key references comments,
    revision       integer not null,
    thread_key     text not null references threads,
    page_key       text not null references pages,
    author_key     text not null,
    relation       text not null,
    day            date not null,
    score          real not null,
    parts          jsonb not null,
    publication_id text references publications,
    passage_id     bigint,
    found_at       timestamptz not null,
    closed_at      timestamptz,
    closed_why     text check (closed_why in ('deleted', 'edited', 'quarrel', 'ours', 'old', 'unwatched')),
    check ((closed_at is null) = (closed_why is null))
);
create index opportunities_by_day on opportunities (day desc, score desc);
create index opportunities_open on opportunities (found_at) where closed_at is null;

-- review ------------------------------------------------------------------------------------

create table opportunity_decisions (
    number      bigint generated always as identity primary key,
    comment_key text not null references opportunities,
    action      text not null check (action in ('approve', 'done', 'useful', 'not_useful')),
    decision_id text references decisions,
    account_id  text not null,
    decided_at  timestamptz not null default clock_timestamp(),
    check ((action = 'approve') = (decision_id is not null))
);
create index opportunity_decisions_by_comment on opportunity_decisions (comment_key, number);
create trigger append_only before update or delete on opportunity_decisions
    for each row execute function refuse_change();

-- where we spoke up under posts of others, what came back to us not counted
create view appearances as
    select o.comment_key, o.thread_key, o.page_key, o.author_key, d.action, d.decision_id,
           d.account_id, d.decided_at
    from opportunity_decisions d join opportunities o using (comment_key)
    where d.action = 'done' or (d.action = 'approve' and not exists (
        select from deliveries v where v.decision_id = d.decision_id and v.state = 'returned'));

-- a draft may also join a conversation under somebody else's post
alter table drafts drop constraint drafts_stance_check;
alter table drafts add constraint drafts_stance_check check (stance in ('answer', 'correct', 'join'));
alter table decisions drop constraint decisions_stance_check;
alter table decisions add constraint decisions_stance_check
    check (stance in ('answer', 'thank', 'correct', 'empathise', 'boundary', 'close', 'join'));

-- as what a page is watched now, and how many read it; nothing when nobody entered this very page
create function watched_as(page text) returns table (relation text, readers bigint) language sql stable as $$
    select w.relation, max(r.readers) from watches w join watch_readings r using (watch_id)
    where r.page_key = page and w.kind in ('account', 'feed') and w.removed_at is null and not w.paused
    group by w.relation order by w.relation limit 1
$$;

-- posts of watched pages are no comments to be answered: they are no items and stand in no book
create function is_watched(key text) returns boolean language sql stable as $$
    select exists (select from comments c where c.comment_key = key and c.watch_id is not null)
$$;
