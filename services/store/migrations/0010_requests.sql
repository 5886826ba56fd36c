-- answer: what a draft was made of besides its comment, and whether its words still stand

alter table drafts
    add column joined text[] not null default '{}';
comment on column drafts.joined is
    'earlier comments of the same burst that it answers too, oldest first, as comment_key:revision';

create function cites_withdrawn(draft drafts) returns boolean language sql stable as $$
    select draft.outcome = 'proposed' and exists (
        select from jsonb_path_query(draft.sentences, '$[*].citations[*].passage_id') cited
        join passages p on p.passage_id = cited::bigint where p.retired_at is not null)
$$;

-- review: drafts that a person asked for, what a reply does, and the comments a decision is about

create table draft_requests (
    comment_key  text not null references comments,
    revision     integer not null,
    stance       text not null check (stance in ('answer', 'correct')),
    account_id   text not null,
    requested_at timestamptz not null,
    primary key (comment_key, revision, stance)
);

alter table decisions
    add column stance  text check (stance in ('answer', 'thank', 'correct', 'empathise', 'boundary', 'close')),
    add column wording text,
    add column joined  text[] not null default '{}';
comment on column decisions.wording is
    'the ready text it began with: file, version, section and number';
comment on column decisions.joined is
    'earlier comments of the same burst that it decides too, as comment_key:revision';

-- a decision is found by each comment it is about
create function comments_of(joined text[]) returns text[] language sql immutable as $$
    select coalesce(array_agg(split_part(one, ':', 1)), '{}') from unnest(joined) one
$$;
create index decisions_by_joined on decisions using gin (comments_of(joined));

alter table items drop constraint items_status_check;
alter table items add constraint items_status_check
    check (status in ('open', 'decided', 'muted', 'paused', 'cancelled', 'joined'));
create index items_joined on items (note) where status = 'joined';
