-- review: work put aside or given to somebody, two people for one approval, approvals taken back

create table item_plans (
    comment_key text primary key references comments,
    until       timestamptz, -- it is out of sight so long
    for_account text references accounts, -- whose queue it is on top of
    note        text not null,
    account_id  text not null references accounts,
    set_at      timestamptz not null,
    check (until is not null or for_account is not null)
);
create index item_plans_by_addressee on item_plans (for_account);

alter table decisions
    add column seconds text references decisions,
    add column until timestamptz,
    add column to_account text references accounts;
comment on column decisions.seconds is 'the first approval of the same text, by somebody else';
create index decisions_by_account on decisions (account_id, number desc);

-- where two people have to approve: the latest word about a page, lane or publication counts
create table four_eyes_rules (
    number     bigint generated always as identity primary key,
    scope      text not null check (scope in ('page', 'lane', 'publication')),
    subject    text not null,
    is_needed  boolean not null,
    account_id text not null,
    said_at    timestamptz not null default clock_timestamp()
);
create trigger append_only before update or delete on four_eyes_rules
    for each row execute function refuse_change();

create view four_eyes as
    select * from (select distinct on (scope, subject) * from four_eyes_rules
        order by scope, subject, number desc) latest where is_needed;

-- a lane counts however somebody has sorted the comment since
create function needs_two(key text) returns boolean language sql stable as $$
    select exists (select from four_eyes f
        join comments c on c.comment_key = key
        join threads t using (thread_key)
        where (f.scope = 'page' and f.subject = t.page_key)
        or (f.scope = 'lane' and (f.subject in (select lane from items where comment_key = key)
            or f.subject in (select lane from routings r
                where r.comment_key = key and r.revision = c.revision)))
        or (f.scope = 'publication' and (exists (select from routings r,
                jsonb_to_recordset(r.topics) as topic(publication_id text)
                where r.comment_key = key and r.revision = c.revision
                and topic.publication_id = f.subject)
            or exists (select from drafts d join draft_citations using (draft_id)
                where d.comment_key = key and d.revision = c.revision
                and publication_id = f.subject))))
$$;

create function refuse_alone() returns trigger language plpgsql as $$
begin
    if needs_two(new.comment_key) and not exists (select from decisions f
        where f.decision_id = new.seconds and f.action = 'endorse'
        and f.comment_key = new.comment_key and f.revision = new.revision
        and f.text = new.text and f.account_id <> new.account_id
        and not exists (select from decisions l where l.comment_key = f.comment_key
            and l.number > f.number
            and l.action in ('approve', 'reject', 'close', 'withdraw', 'undo', 'endorse')))
    then
        raise exception 'a second person has to approve this' using errcode = 'DW002';
    end if;
    return new;
end $$;

create trigger two_approve before insert on decisions
    for each row when (new.action = 'approve') execute function refuse_alone();

-- an approval is sent or taken back, never both: whoever locks its row first has it
create function refuse_taken_back() returns trigger language plpgsql as $$
begin
    perform from decisions where decision_id = new.decision_id for key share;
    if exists (select from decisions where undoes = new.decision_id) then
        raise exception 'this approval was taken back' using errcode = 'DW003';
    end if;
    return new;
end $$;

create trigger not_taken_back before insert on deliveries
    for each row execute function refuse_taken_back();
