-- Figures that pages show at once, however much has been stored.

-- answer: what drafts cite; for some time it was not written down
insert into draft_citations select distinct d.draft_id, p.publication_id
    from drafts d, jsonb_path_query(d.sentences, '$[*].citations[*].passage_id') cited
    join passages p on p.passage_id = cited::bigint
on conflict do nothing;

-- the database itself: what became of each comment whose drafts cite a publication ---------------

create table citings (
    publication_id text not null references publications,
    comment_key    text not null references comments,
    at             timestamptz not null, -- of the latest draft that cites it
    approved       boolean not null,
    edited         boolean not null,
    rejected       boolean not null,
    disputed       integer not null, -- criticism and attacks below the published answer
    primary key (comment_key, publication_id)
);
create index citings_by_publication on citings (publication_id, at desc, comment_key);

create index comments_by_parent on comments (network, parent_id) where parent_id is not null;

create view citings_now as
    select t.publication_id, d.comment_key, max(d.created_at) as at,
        bool_or(a.decision_id is not null) as approved,
        coalesce(bool_or(a.text <> d.text), false) as edited,
        bool_or(n.decision_id is not null) as rejected,
        count(distinct below.comment_key)::integer as disputed
    from draft_citations t join drafts d using (draft_id)
    left join decisions a on a.draft_id = d.draft_id and a.comment_key = d.comment_key
        and a.action = 'approve'
        and not exists (select from decisions u where u.undoes = a.decision_id)
    left join decisions n on n.draft_id = d.draft_id and n.comment_key = d.comment_key
        and n.action = 'reject'
    left join deliveries v on v.decision_id = a.decision_id and v.state = 'sent'
    left join lateral (select c.comment_key from comments c join items i using (comment_key)
        where c.network = v.network and c.parent_id = v.native_id and not c.is_self
        and i.kind in ('criticism', 'attack')) below on true
    group by t.publication_id, d.comment_key;

-- one transaction at a time counts a comment: the second sees what the first has written
create function recount_citings(key text) returns void language plpgsql as $$
begin
    perform pg_advisory_xact_lock(hashtextextended(key, 25));
    delete from citings where comment_key = key and publication_id not in (
        select publication_id from draft_citations join drafts using (draft_id)
        where comment_key = key);
    insert into citings select publication_id, comment_key, at, approved, edited, rejected, disputed
        from citings_now where comment_key = key
    on conflict (comment_key, publication_id) do update set (at, approved, edited, rejected, disputed)
        = (excluded.at, excluded.approved, excluded.edited, excluded.rejected, excluded.disputed);
end $$;

create function recount_after_citations() returns trigger language plpgsql as $$
begin
    perform recount_citings(comment_key) from (select distinct comment_key
        from changed join drafts using (draft_id) order by comment_key) about;
    return null;
end $$;
create trigger recount_when_cited after insert on draft_citations
    referencing new table as changed for each statement execute function recount_after_citations();
create trigger recount_when_not_cited after delete on draft_citations
    referencing old table as changed for each statement execute function recount_after_citations();

create function recount_its_comment() returns trigger language plpgsql as $$
begin
    perform recount_citings(new.comment_key);
    return null;
end $$;
create trigger recount after insert on decisions
    for each row when ((new.action in ('approve', 'reject') or new.undoes is not null)
        and new.comment_key is not null)
    execute function recount_its_comment();
create trigger recount_when_sent after insert or update of state, native_id on deliveries
    for each row when (new.state = 'sent') execute function recount_its_comment();
create trigger recount_when_not_sent after update of state on deliveries
    for each row when (old.state = 'sent' and new.state <> 'sent')
    execute function recount_its_comment();

-- a reply below one of our answers was sorted, or sorted otherwise
create function recount_above() returns trigger language plpgsql as $$
begin
    perform recount_citings(v.comment_key) from comments c
        join deliveries v on v.network = c.network and v.native_id = c.parent_id
        where c.comment_key = new.comment_key;
    return null;
end $$;
create trigger recount_when_sorted after insert on items
    for each row when (new.kind in ('criticism', 'attack')) execute function recount_above();
create trigger recount_when_sorted_anew after update of kind on items
    for each row when (old.kind is distinct from new.kind) execute function recount_above();

insert into citings select publication_id, comment_key, at, approved, edited, rejected, disputed
    from citings_now;

-- indexes that hold all that a figure or list needs ----------------------------------------------

create index comments_watched on comments (comment_key) where watch_id is not null;
create index intake_dropped on intake (comment_key) include (dropped) where dropped is not null;
create index drafts_paid on drafts (created_at) include (tokens_in, tokens_out, cost)
    where tokens_in > 0;
create index publications_shelved on publications (title, publication_id) where removed_at is null;
create index mutes_by_time on mutes (muted_at desc, mute_id desc);
create index decisions_approving on decisions (comment_key) include (decision_id)
    where action = 'approve';
create index deliveries_sent on deliveries (decision_id) include (changed_at) where state = 'sent';

-- the queue changes all day long: its counts stay readable from the index alone
alter table items set (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_insert_scale_factor = 0.02);
alter table intake set (autovacuum_vacuum_insert_scale_factor = 0.05);
