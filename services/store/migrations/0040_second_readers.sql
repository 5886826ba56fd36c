-- route: what a language model's opinion on doubtful comments has cost

create table sorting_costs (
    made_at    timestamptz not null,
    tokens_in  integer not null,
    tokens_out integer not null,
    cost       numeric(12, 6) not null
);
create index sorting_costs_by_time on sorting_costs (made_at);
create trigger append_only before update or delete on sorting_costs
    for each row execute function refuse_change();

-- outreach: what a language model's second reading of partners' posts has cost

create table radar_costs (
    made_at    timestamptz not null,
    tokens_in  integer not null,
    tokens_out integer not null,
    cost       numeric(12, 6) not null
);
create index radar_costs_by_time on radar_costs (made_at);
create trigger append_only before update or delete on radar_costs
    for each row execute function refuse_change();

create view model_calls as
    select 'draft' as purpose, created_at as made_at, tokens_in, tokens_out, cost
        from drafts where tokens_in + tokens_out > 0
    union all select 'trial', made_at, tokens_in, tokens_out, cost from trial_costs
    union all select 'replay', made_at, tokens_in, tokens_out, cost from replay_costs
    union all select 'sorting', made_at, tokens_in, tokens_out, cost from sorting_costs
    union all select 'radar', made_at, tokens_in, tokens_out, cost from radar_costs;
comment on view model_calls is 'everything a language model was paid for, by what for';
