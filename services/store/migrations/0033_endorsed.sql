-- review: which second approval made a first one count; a break that somebody has taken note of

create index decisions_seconding on decisions (seconds) where seconds is not null;

alter table accounts add column rested_at timestamptz;
comment on column accounts.rested_at is 'the hint to take a break was put away; work before it no longer counts';
