-- the radar: successes and troubles of partners, offered with a few words of ours

-- outreach ----------------------------------------------------------------------------------

alter table opportunities add column radar boolean not null default false;
comment on column opportunities.radar is 'offered because something happened to the page, not for what we publish; in no day''s list';

create table radar_items (
    comment_key text primary key references opportunities,
    event_id    text not null,
    verdict     text not null check (verdict in ('success', 'trouble', 'mixed', 'unsure')),
    kind        text not null,
    family      text not null,
    subject     text not null,
    about       text not null,
    own         boolean not null,
    language    text not null,
    closes_at   timestamptz not null
);
comment on column radar_items.event_id is 'the post that told of the event first; several posts tell of one event';
comment on column radar_items.family is 'kinds of events that are one and the same when told of one partner within days';
comment on column radar_items.subject is 'the name of the partner it happened to, without case and legal form';
comment on column radar_items.own is 'the partner tells of it itself';
create index radar_items_by_subject on radar_items (subject, closes_at);
create index radar_items_by_event on radar_items (event_id);

-- what is made of a post's own words and goes with them
create table radar_words (
    comment_key text primary key references radar_items,
    signs       jsonb not null,
    draft       text
);
