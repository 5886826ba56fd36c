-- review: what spares people, and what the team knows of its own pace

alter table accounts add column shows_harsh boolean not null default false;
comment on column accounts.shows_harsh is 'harsh words are shown at once, not folded';

-- how long decisions take; whose they were is not stored
create table decision_times (
    decided_on date not null default current_date,
    seconds    double precision not null
);
create index decision_times_by_day on decision_times (decided_on);
