-- answer: questions of one thread that ask the same, and approved answers offered to the others

create table same_questions (
    comment_key text primary key references comments,
    revision    integer not null,
    group_key   text not null
);
create index same_questions_by_group on same_questions (group_key);
comment on column same_questions.group_key is
    'comment_key:revision of the question that opened the group, whatever became of it';

-- the open items that ask the same as this open one, itself among them
create function asked_alike(item items) returns setof items language sql stable as $$
    select other.* from same_questions mine join same_questions theirs using (group_key)
    join items other on other.comment_key = theirs.comment_key
        and other.revision = theirs.revision
    where mine.comment_key = item.comment_key and mine.revision = item.revision
    and item.status = 'open' and item.lane = 'answer'
    and other.status = 'open' and other.lane = 'answer'
$$;

alter table drafts
    add column adapted_from text references decisions;
comment on column drafts.adapted_from is
    'the approval whose text it offers to somebody who asks the same';
alter table drafts drop constraint drafts_kind_check;
alter table drafts add constraint drafts_kind_check
    check (kind in ('written', 'quoted', 'adapted'));
alter table drafts add constraint drafts_adapted_from_check
    check ((kind is not distinct from 'adapted') = (adapted_from is not null));
create index decisions_by_time on decisions (decided_at);
