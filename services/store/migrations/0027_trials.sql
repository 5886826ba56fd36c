-- review: questions that people at the desk try out; erased with what they brought after some days

create table trials (
    trial_id       text primary key,
    question       text not null,
    account_id     text not null references accounts,
    comment_key    text references comments,
    publication_id text references publications,
    asked_at       timestamptz not null
);
comment on column trials.comment_key is 'whose words it repeats: they are erased together';
comment on column trials.publication_id is 'what it was asked about; the search does not know it';
create index trials_by_time on trials (asked_at desc, trial_id);
create index trials_by_account on trials (account_id, asked_at desc);
create index trials_by_comment on trials (comment_key) where comment_key is not null;

-- answer: what was found and would be drafted; nothing of it can be approved

create table trial_outcomes (
    trial_id text primary key references trials on delete cascade,
    outcome  jsonb not null,
    made_at  timestamptz not null
);

-- answer: what it cost stays in the books when the words are gone

create table trial_costs (
    made_at    timestamptz not null,
    tokens_in  integer not null,
    tokens_out integer not null,
    cost       numeric(12, 6) not null
);
create index trial_costs_by_time on trial_costs (made_at);
create trigger append_only before update or delete on trial_costs
    for each row execute function refuse_change();
