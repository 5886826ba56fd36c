-- a text may be handed in because of a question that no publication answers

alter table submissions add column gap_id text references gaps;
comment on column submissions.gap_id is 'the question it was handed in for';
create index submissions_by_gap on submissions (gap_id, submitted_at desc) where gap_id is not null;
