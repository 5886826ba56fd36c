-- index: what searching needs to know without counting -------------------------------------------

-- One row: live passages and the grams in them, kept by who stores and retires passages.
create table corpus_size (
    one      boolean primary key default true check (one),
    passages bigint not null,
    grams    bigint not null
);
insert into corpus_size (passages, grams)
    select count(*), coalesce(sum(gram_count), 0) from passages where retired_at is null;

-- One vector a sentence: a long passage is judged by the sentence nearest to the question.
create table sentence_vectors (
    passage_id bigint not null references passages on delete cascade,
    space      text not null,
    number     integer not null,
    embedding  halfvec not null,
    primary key (passage_id, space, number)
);

-- A search looks every gram up on its own, and each time would read the list of what is pending.
alter index passages_grams set (fastupdate = off);
select gin_clean_pending_list('passages_grams');
