-- answer: a draft has a stance and a price, and an identical one is not paid for twice

alter table drafts
    add column stance    text not null default 'answer' check (stance in ('answer', 'correct')),
    add column cost      numeric(12, 6) not null default 0,
    add column cache_key text,
    add column reused    text references drafts;
create table draft_citations (
    draft_id       text not null references drafts,
    publication_id text not null references publications,
    primary key (draft_id, publication_id)
);
create index draft_citations_by_publication on draft_citations (publication_id);
create index drafts_by_cache_key on drafts (cache_key, created_at desc) where cache_key is not null;
