-- review: when a dead letter's message failed for the first time; unknown of older letters.

alter table dead_letters add column first_failed_at timestamptz;
