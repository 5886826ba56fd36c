-- answer: what people ask and no publication says

create table gaps (
    gap_id    text primary key,
    opened_at timestamptz not null,
    closed_at timestamptz,
    closed_by text references publications
);
create index gaps_open on gaps (opened_at) where closed_at is null;

create table gap_questions (
    comment_key text primary key references comments,
    revision    integer not null,
    gap_id      text not null references gaps,
    asked_at    timestamptz not null,
    answered_at timestamptz
);
create index gap_questions_by_gap on gap_questions (gap_id, asked_at);

-- review: what the publication team says to a gap; the latest counts

create table gap_verdicts (
    number     bigint generated always as identity primary key,
    gap_id     text not null references gaps,
    verdict    text not null check (verdict in ('open', 'will_write', 'not_ours')),
    note       text not null default '',
    account_id text not null references accounts,
    given_at   timestamptz not null
);
create index gap_verdicts_by_gap on gap_verdicts (gap_id, number desc);
create trigger append_only before update or delete on gap_verdicts
    for each row execute function refuse_change();
