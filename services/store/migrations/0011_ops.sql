-- The ops board: review's sampler writes all of it.

create table queue_readings (
    queue        text primary key,
    depth        bigint not null,
    oldest_at    timestamptz, -- when the message arrived that has waited longest
    redelivered  bigint not null,
    pending      bigint not null, -- not yet delivered once
    delivered    bigint not null, -- deliveries ever, repeated ones too
    reached      bigint not null, -- last sequence of the stream that was delivered
    last         bigint not null, -- last sequence of the stream
    created_at   timestamptz not null, -- of the consumer: a new one counts anew
    read_at      timestamptz not null
);

create table stream_readings (
    stream   text primary key,
    messages bigint not null,
    bytes    bigint not null,
    max_bytes bigint not null,
    read_at  timestamptz not null
);

-- one row a minute: the worst of it, and how many came and went
create table queue_samples (
    queue       text not null,
    minute      timestamptz not null,
    depth       bigint not null,
    oldest      double precision not null, -- seconds
    redelivered bigint not null,
    arrived     bigint not null,
    handled     bigint not null,
    seconds     double precision not null, -- that `arrived` and `handled` stand for
    primary key (queue, minute)
);
create index queue_samples_by_minute on queue_samples (minute);

-- an alarm is pending until its condition has held long enough, then raised, then cleared
create table alarms (
    alarm_id   bigint generated always as identity primary key,
    rule       text not null,
    subject    text not null,
    detail     text not null,
    began_at   timestamptz not null,
    seen_at    timestamptz not null,
    raised_at  timestamptz,
    cleared_at timestamptz
);
create unique index alarms_standing on alarms (rule, subject) where cleared_at is null;
create index alarms_by_raising on alarms (raised_at);

-- what is to be told about an alarm, once by each way
create table alarm_notices (
    notice_id bigint generated always as identity primary key,
    alarm_id  bigint not null references alarms on delete cascade,
    event     text not null check (event in ('raised', 'cleared')),
    way       text not null check (way in ('webhook', 'email')),
    due_at    timestamptz not null,
    attempts  integer not null default 0,
    trouble   text,
    sent_at   timestamptz,
    unique (alarm_id, event, way)
);
create index alarm_notices_unsent on alarm_notices (due_at) where sent_at is null;
