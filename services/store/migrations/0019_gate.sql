-- Is the gate awake? Drafts with one sentence made false, shown in the place of the real one.

-- review: how many drafts get one; the latest counts, and no row means none

create table gate_rates (
    number     bigint generated always as identity primary key,
    rate       numeric(4, 3) not null check (rate between 0 and 0.1),
    account_id text not null references accounts,
    set_at     timestamptz not null
);
create trigger append_only before update or delete on gate_rates
    for each row execute function refuse_change();

-- answer plants, review settles. A planted draft is no row of `drafts`: no decision, cache or figure
-- can refer to it. Nobody's name and no time of a verdict stands here.
create table planted_drafts (
    planted_id text primary key,
    draft_id   text not null unique references drafts,
    planted    boolean not null default true check (planted),
    kind       text not null check (kind in ('figure', 'date', 'bound', 'negation')),
    truth      text not null,
    falsehood  text not null check (length(falsehood) >= 20),
    text       text not null,
    sentences  jsonb not null,
    settled    boolean not null default false
);

-- review: how it went, by week; who it was and which draft is not kept
create table gate_weeks (
    week   date not null,
    kind   text not null,
    caught integer not null default 0,
    missed integer not null default 0,
    primary key (week, kind)
);

-- a planted sentence is published by nobody, whatever way it takes

create function squashed(words text) returns text language sql immutable as $$
    select lower(regexp_replace(words, '\s+', ' ', 'g'))
$$;
create function holds_planted(words text) returns boolean language sql stable as $$
    select exists (select from planted_drafts
        where strpos(squashed(words), squashed(falsehood)) > 0)
$$;

create function refuse_planted() returns trigger language plpgsql as $$
begin
    if holds_planted(new.text) then
        raise exception 'a planted sentence is never approved'
            using errcode = 'check_violation', constraint = 'never_planted';
    end if;
    return new;
end $$;
create trigger never_planted before insert on decisions
    for each row when (new.text is not null) execute function refuse_planted();

create function refuse_posting_planted() returns trigger language plpgsql as $$
begin
    if exists (select from decisions d
        where d.decision_id = new.decision_id and holds_planted(d.text)) then
        raise exception 'a planted sentence is never posted'
            using errcode = 'check_violation', constraint = 'never_planted';
    end if;
    return new;
end $$;
create trigger never_planted before insert or update on deliveries
    for each row when (new.state = 'sending') execute function refuse_posting_planted();
