-- review: who works on which item, in which browser

create table item_claims (
    comment_key text primary key references comments,
    account_id  text not null references accounts,
    browser     text not null,
    visit       text not null, -- the page that was opened last
    since       timestamptz not null,
    expires_at  timestamptz not null,
    is_left     boolean not null default false -- that page was closed or went elsewhere
);

alter table decisions drop constraint decisions_action_check;
alter table decisions add constraint decisions_action_check
    check (action in ('approve', 'reject', 'close', 'mute', 'unmute', 'reopen', 'withdraw',
        'relane', 'exit', 'take_over', 'undo', 'put_aside', 'hand_over', 'endorse'));
alter table decisions add column undoes text unique references decisions;
comment on column decisions.undoes is 'the approval that is taken back before it was sent';

-- nobody decides about an item while somebody else holds it
create function refuse_while_held() returns trigger language plpgsql as $$
begin
    perform from item_claims k where k.comment_key = new.comment_key
        and k.account_id <> new.account_id and k.expires_at > clock_timestamp() for share;
    if found then
        raise exception 'somebody else holds this item' using errcode = 'DW001';
    end if;
    return new;
end $$;

create trigger only_the_holder before insert on decisions
    for each row when (new.comment_key is not null) execute function refuse_while_held();
