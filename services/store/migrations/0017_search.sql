-- ingest: what was written is found by its words, by parts of them, and by its author

create extension if not exists pg_trgm;

alter table comment_revisions
    add column words tsvector generated always as (to_tsvector('german', text)) stored;
create index comment_revisions_words on comment_revisions using gin (words);
create index comment_revisions_letters on comment_revisions using gin (text gin_trgm_ops);
create index authors_by_letters on authors
    using gin ((display_name || ' ' || handle) gin_trgm_ops);
create index comments_of_ours on comments (first_seen desc, comment_key desc) where is_self;

-- review: lists of items, the newest first, whatever they are narrowed to

create index items_by_time on items (opened_at desc, comment_key desc);
create index items_by_status_and_time on items (status, opened_at desc, comment_key desc);
create index items_by_kind_and_time on items (kind, opened_at desc, comment_key desc);
create index items_by_lane_and_time on items (lane, opened_at desc, comment_key desc);
analyze comment_revisions;
