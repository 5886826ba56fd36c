"""What moderators' decisions teach: comments with the kind that a person saw in them."""

from dataclasses import dataclass
from typing import Literal

from psycopg.rows import class_row

from schemas.comments import Kind
from services.kit.db import Connection


@dataclass(frozen=True)
class Label:
    """A comment as it stood when somebody decided, and the kind that follows from it."""

    text: str
    kind: Kind
    action: Literal["relane", "approve", "reject", "unmute"]
    """What says so."""


_LABELS = """
with decided as (
    select distinct on (comment_key) comment_key, action, revision, joined, decided_at as at
    from decisions where comment_key is not null
    and action not in ('relane', 'take_over', 'put_aside', 'hand_over')
    order by comment_key, number desc
), lifted as (
    select distinct on (one) one as comment_key, l.lifted_at as at,
        (select max(r.revision) from comment_revisions r
            where r.comment_key = one and r.seen_at <= l.lifted_at) as revision
    from mute_lifts l join mutes m using (mute_id)
    left join mute_suggestions s on s.suggestion_id = m.suggestion_id
    cross join lateral unnest(case when m.idle = '{}' then s.idle else m.idle end) one
    order by one, l.lifted_at desc
), said as (
    select distinct on (comment_key) comment_key, kind, revision, joined from decisions
    where comment_key is not null and action = 'relane' order by comment_key, number desc
), told as (
    select comment_key, revision, 'relane' as action, joined, kind as said, true as by_name,
        null::timestamptz as at
    from said
    union all
    select comment_key, revision, action, joined, null, false, at from decided
    where action in ('approve', 'reject')
    union all
    select comment_key, revision, 'unmute', '{}', null, false, at from lifted
), learnt as (
    select t.comment_key, t.action, t.by_name, t.at, r.text,
        case when t.joined <> '{}' then null when t.action = 'relane' then t.said
            when t.action = 'reject' and g.kind = 'question' then 'discussion'
            when t.action = 'unmute' and g.kind in ('attack', 'other') then 'discussion'
            else g.kind end as kind
    from told t
    join comments c on c.comment_key = t.comment_key and c.deleted_at is null
    join comment_revisions r on r.comment_key = t.comment_key
        and r.revision = coalesce(t.revision, c.revision)
    left join lateral (select kind from routings o where o.comment_key = t.comment_key
        and o.revision = r.revision order by routed_at desc limit 1) g on true
    where r.text <> ''
)
select text, kind, action from (
    select distinct on (comment_key) text, kind, action from learnt
    where kind is not null or action = 'relane'
    order by comment_key, by_name desc, at desc
) one where kind is not null order by text
"""


async def read_labels(connection: Connection) -> list[Label]:
    """Return what people's decisions about standing comments say of their kind, one for each.

    A re-laned comment is what the person said, whatever was decided then. An approved reply
    confirms the kind that was read. A rejected one says that nothing was to be answered: what was
    read as a question is plain talk, any other kind is confirmed. A lifted mute says that its
    evidence was wrong: the comments it rested on are plain talk where they were read as attack or
    as nothing; else as read. Closing, reopening and withdrawing say nothing, and take back what an
    approval or a rejection had said. Of messages decided upon together none is known to be it.
    """
    async with connection.cursor(row_factory=class_row(Label)) as cursor:
        await cursor.execute(_LABELS.encode())
        return await cursor.fetchall()
