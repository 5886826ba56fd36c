-- review: people sign in with a password, a second factor, or by the organisation's own sign-in;
-- secrets of second factors are sealed with SECRET_KEYS, codes and tokens are kept as hashes.

alter table accounts
    alter column password_hash drop not null,
    add column email text,
    add column totp_secret bytea,
    add column totp_offered bytea,
    add column totp_step bigint not null default 0,
    add column provider_subject text;
create unique index accounts_by_email on accounts (lower(email));
create unique index accounts_by_subject on accounts (provider_subject);
comment on column accounts.totp_offered is 'shown to the person, not yet confirmed with a code';
comment on column accounts.totp_step is 'the latest time step whose code was used; none works twice';

alter table sessions
    add column session_id text not null default replace(gen_random_uuid()::text, '-', ''),
    add column seen_at timestamptz not null default now(),
    add column device text not null default '',
    add column stage text not null default 'open' check (stage in ('open', 'code')),
    add column by_provider boolean not null default false;
create unique index sessions_by_id on sessions (session_id);
create index sessions_by_account on sessions (account_id);
comment on column sessions.stage is '`code`: the password was right, the second factor is missing';

create table recovery_codes (
    account_id text not null references accounts,
    code_hash  text not null,
    used_at    timestamptz,
    primary key (account_id, code_hash)
);

create table invitations (
    token_hash text primary key,
    account_id text not null references accounts,
    expires_at timestamptz not null
);

create table provider_sign_ins (
    state_hash text primary key,
    nonce      text not null,
    verifier   text not null,
    next       text not null,
    expires_at timestamptz not null
);

-- what was done to whose account: appended, never changed; `by_account` is null for the shell and
-- the organisation's own sign-in
create table account_events (
    event_id   bigint generated always as identity primary key,
    account_id text not null references accounts,
    deed       text not null,
    detail     text not null default '',
    by_account text references accounts,
    happened_at timestamptz not null default clock_timestamp()
);
create index account_events_by_account on account_events (account_id, event_id);
