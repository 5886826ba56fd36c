-- replay: past comments sorted and drafted for once more, without effect

create table replays (
    replay_id   text primary key,
    started_at  timestamptz not null,
    started_by  text not null,
    asked       jsonb not null,
    basis       jsonb not null,
    comments    integer not null,
    summary     jsonb not null default '{}',
    stopped     text,
    finished_at timestamptz
);
comment on table replays is 'settings and figures, no words of anybody';
comment on column replays.started_by is '`command:<user of the machine>`';
comment on column replays.comments is 'how many were to be looked at when it began';
comment on column replays.stopped is 'why it ended before its end; null when it goes on or is done';
create index replays_by_time on replays (started_at desc, replay_id);

-- words of people: erased with the comment, and with those whose words went into its draft
create table replay_results (
    replay_id   text not null references replays on delete cascade,
    comment_key text not null references comments,
    revision    integer not null,
    joined      text[] not null default '{}',
    said_at     timestamptz not null,
    changes     text[] not null default '{}',
    verdict     text not null default 'open',
    failure     text,
    result      jsonb,
    primary key (replay_id, comment_key),
    check ((failure is null) = (result is not null))
);
comment on column replay_results.joined is
    'earlier comments of the burst that the draft answers too, as comment_key:revision';
create index replay_results_by_time on replay_results (replay_id, said_at desc, comment_key);
create index replay_results_by_comment on replay_results (comment_key);
create index replay_results_joined on replay_results using gin (comments_of(joined))
    where joined <> '{}';

-- what it cost stays in the books when the words are gone
create table replay_costs (
    made_at    timestamptz not null,
    tokens_in  integer not null,
    tokens_out integer not null,
    cost       numeric(12, 6) not null
);
create index replay_costs_by_time on replay_costs (made_at);
create trigger append_only before update or delete on replay_costs
    for each row execute function refuse_change();
