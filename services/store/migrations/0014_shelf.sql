-- what people hand in and take out at the desk

-- a submission is handed in by the desk, a command or index; the rest of its row is index's
alter table submissions
    add column account_id text references accounts,
    add column replaces   text references publications,
    add column began_at   timestamptz,
    add column told       jsonb;
comment on column submissions.replaces is 'the publication whose next edition it is, under whatever name';
comment on column submissions.told is 'the refusal as sentences by language: what to do';
comment on column submissions.body is 'null once it was read; null with an address: index fetches it';
create index submissions_by_time on submissions (submitted_at desc);
create index submissions_waiting on submissions (submitted_at) where outcome is null;

-- index: one row per edition, as it was when it was taken in

alter table publications add column pages integer;
create table editions (
    publication_id text not null references publications,
    edition        integer not null,
    name           text not null,
    title          text not null,
    published_on   date,
    pages          integer,
    passages       integer not null,
    indexed_at     timestamptz not null,
    primary key (publication_id, edition)
);
insert into editions
    select publication_id, edition, name, title, published_on, null, (select count(*)
        from passages p where p.publication_id = publications.publication_id
        and p.edition = publications.edition), indexed_at
    from publications;
create trigger append_only before update or delete on editions
    for each row execute function refuse_change();

-- review: who took an edition out, and why; index then does it

create table withdrawals (
    publication_id text not null references publications,
    edition        integer not null,
    reason         text not null,
    account_id     text not null references accounts,
    withdrawn_at   timestamptz not null,
    primary key (publication_id, edition)
);
create trigger append_only before update or delete on withdrawals
    for each row execute function refuse_change();

comment on table sources is
    'people put a source in and take it out, at the desk or by a command; the rest is index''s';
