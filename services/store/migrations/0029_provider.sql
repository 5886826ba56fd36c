-- review: accounts are joined with who signs in at the organisation's provider; sessions know what
-- the provider said, so that it can end them; a link made in the shell opens the desk once.

alter table accounts
    add column provider_issuer text,
    add column role_lost boolean not null default false;
drop index accounts_by_subject;
create unique index accounts_by_subject on accounts (provider_issuer, provider_subject);
comment on column accounts.role_lost is
    'disabled because the provider gave no role; it may give one again, unlike after a person''s no';

alter table sessions
    add column provider_sid text,
    add column provider_second boolean not null default false;
create index sessions_by_sid on sessions (provider_sid) where provider_sid is not null;
comment on column sessions.provider_sid is 'names the sign-in at the provider, which may end it';
comment on column sessions.provider_second is 'the provider asked for a second factor, and that counts';

alter table invitations add column opens boolean not null default false;
comment on column invitations.opens is
    'true: opens the desk, made in the shell; false: lets its owner choose a password';
