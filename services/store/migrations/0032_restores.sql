-- deliver: approvals of a restored database may have been posted since the backup was taken

alter table deliveries add column restored boolean not null default false;
comment on column deliveries.restored is
    'a backup was put back while it was not known to be posted: look before anything is sent';

-- the `restore` command
create table restores (
    restored_at timestamptz primary key,
    taken_at    timestamptz not null
);
comment on column restores.taken_at is 'when the backup was taken that was put back';
