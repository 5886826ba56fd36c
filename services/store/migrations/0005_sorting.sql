-- route: trained versions of the sorting model, and what a reading said beside the lane

-- The shipped model is no row: it is live when no version is. The live version is the one with the
-- latest `live_since`; taking it back clears that, and the version before it is live again.
create table sorting_models (
    version    integer generated always as identity primary key,
    created_at timestamptz not null,
    artefact   bytea not null,
    card       jsonb not null,
    live_since timestamptz
);
create unique index sorting_models_live on sorting_models (live_since);

alter table routings
    add column model        text not null default '',
    add column probability  real check (probability between 0 and 1),
    add column answerworthy real check (answerworthy between 0 and 1),
    add column topics       jsonb not null default '[]';

-- review: a person says what kind of comment it is; `kind` is set for this action alone

alter table decisions add column kind text;
alter table decisions drop constraint decisions_action_check;
alter table decisions add constraint decisions_action_check
    check (action in ('approve', 'reject', 'close', 'mute', 'unmute', 'reopen', 'withdraw',
    'relane', 'exit'));
