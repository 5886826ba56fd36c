-- review: who took which records out of the house, and packages for a trusted flagger

create table exports (
    export_id  text primary key,
    taken_by   text not null,
    taken_at   timestamptz not null,
    format     text not null check (format in ('csv', 'jsonl')),
    since      timestamptz,
    until      timestamptz,
    named      boolean not null,
    rows       bigint,
    ended_at   timestamptz
);
comment on column exports.taken_by is 'an account, or command:<user of the machine>';
comment on column exports.rows is 'records handed out; null while it runs, or when it broke off';
create index exports_by_time on exports (taken_at desc, export_id);

create table flagger_packages (
    package_id  text primary key,
    comment_key text not null references comments,
    account_id  text not null references accounts,
    network     text not null,
    url         text,
    taken_at    timestamptz not null,
    expires_at  timestamptz not null,
    sha256      text not null,
    bytes       integer not null,
    body        bytea,
    deleted_at  timestamptz,
    deleted_by  text
);
comment on column flagger_packages.body is 'the archive; null once it is deleted or expired, the row stays';
create index flagger_packages_by_time on flagger_packages (taken_at desc, package_id);
create index flagger_packages_by_comment on flagger_packages (comment_key);
create index flagger_packages_by_expiry on flagger_packages (expires_at) where body is not null;
