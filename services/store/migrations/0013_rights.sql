-- review: what each account may do. Who could sign in before could do everything, and still can.

alter table accounts add column role text not null default 'moderator'
    check (role in ('moderator', 'senior', 'editor', 'ops', 'admin', 'auditor'));
update accounts set role = 'admin';
