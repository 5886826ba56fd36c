-- Erasing: everything a person said or was called, wherever it stands; and what stays so that it
-- does not come back.

-- ingest: it erases in all tables, each order in one transaction a chunk (docs/adr/0009) ----------

-- keyed hashes of comments and accounts that are erased: without the key nobody can test a guess
create table tombstones (
    digest    text primary key,
    scope     text not null check (scope in ('comment', 'account')),
    erased_at timestamptz not null
);

-- ordered by the desk, a command, the rule of retention, or a deletion on the network
create table erasures (
    erasure_id  text primary key,
    scope       text not null check (scope in ('comment', 'account', 'thread', 'deleted')),
    subject     text not null,
    packages    boolean not null default false,
    ordered_by  text not null,
    ordered_at  timestamptz not null,
    due_at      timestamptz not null,
    comments    integer not null default 0,
    pending     text[] not null default '{}',
    letters     text[] not null default '{}',
    erased_at   timestamptz,
    finished_at timestamptz
);
create index erasures_due on erasures (due_at) where finished_at is null;
create index erasures_with_letters on erasures (ordered_at) where letters <> '{}';
create index erasures_by_time on erasures (ordered_at desc);
comment on column erasures.subject is
    'comment_key, author_key or thread_key; empty once an account is erased';
comment on column erasures.scope is 'deleted: gone on its network, where it may be shown again';
comment on column erasures.packages is 'packages for a trusted flagger go too';
comment on column erasures.pending is 'approvals that were on their way; their texts go at the end';
comment on column erasures.letters is 'dead letters that are still to be erased on the bus';
comment on column erasures.erased_at is 'a second look follows, for what was being written then';

alter table comments
    add column erasure_id text references erasures,
    add column retired_at timestamptz;
create index comments_by_erasure on comments (erasure_id) where erasure_id is not null;
comment on column comments.retired_at is 'its time was over: what was decided stays decided';

create function without_detail(reasons jsonb) returns jsonb language sql immutable as $$
    select coalesce(jsonb_agg(one || '{"detail": ""}'), '[]') from jsonb_array_elements(reasons) one
$$;

-- review: known of a decision whose words are erased
alter table decisions add column edited boolean;
comment on column decisions.edited is
    'noted when the words are erased: whether the text was another than the draft''s';

-- 0026 counts what drafts became: what is known of erased words counts on
create or replace view citings_now as
    select t.publication_id, d.comment_key, max(d.created_at) as at,
        bool_or(a.decision_id is not null) as approved,
        coalesce(bool_or(coalesce(a.edited, a.text <> d.text)), false) as edited,
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

-- what people decided is never changed, but words in it are erased; keys of accounts change with
-- the key that made them

create or replace function refuse_change() returns trigger language plpgsql as $$
begin
    if tg_op = 'UPDATE' and current_setting('dialogwerk.erasing', true) = 'on' and not exists (
        select from jsonb_each(to_jsonb(new)) now join jsonb_each(to_jsonb(old)) before using (key)
        where now.value <> before.value and not coalesce(case
            when key in ('text', 'reason', 'note') then now.value in ('null', '""')
            when key = 'evidence' then now.value = '[]'
            when key = 'author_key' then true
            when key = 'edited' then before.value = 'null'
            end, false))
    then
        return new;
    end if;
    raise exception 'rows of % are never changed or deleted', tg_table_name;
end $$;
