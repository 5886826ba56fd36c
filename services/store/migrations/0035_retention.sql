-- review: how long words are kept; the latest rule counts, of a page before that of the house

create table retention_rules (
    number     bigint generated always as identity primary key,
    what       text not null check (what in ('comments', 'records')),
    page_key   text references pages,
    days       integer check (days between 0 and 36500),
    account_id text not null,
    said_at    timestamptz not null default clock_timestamp(),
    check (what = 'comments' or page_key is null),
    check (days is not null or page_key is not null)
);
comment on column retention_rules.page_key is 'null: the whole house';
comment on column retention_rules.days is 'after the last activity; 0: for ever; null: as the house';
create trigger append_only before update or delete on retention_rules
    for each row execute function refuse_change();

create function days_kept(kind text, page text) returns integer language sql stable as $$
    select coalesce(
        (select days from retention_rules where what = kind and page_key = page
            order by number desc limit 1),
        (select days from retention_rules where what = kind and page_key is null
            order by number desc limit 1), 0)
$$;
