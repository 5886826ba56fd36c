-- outreach: YouTube channels that the web site of an organisation names as its own

create table discovered_channels (
    page_key   text primary key,
    site_key   text not null references discovered_pages on delete cascade,
    channel_id text not null,
    watch_id   text not null
);
comment on table discovered_channels is 'nothing in it comes from YouTube; forgotten with the site that says so, at the latest 30 days after it was last read';
comment on column discovered_channels.watch_id is 'that a watch of this channel would have';
create index discovered_channels_by_site on discovered_channels (site_key);
