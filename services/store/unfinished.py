"""What the stored facts say is not done yet: to be said again on a bus that remembers nothing."""

from collections.abc import Sequence
from datetime import datetime

from psycopg.rows import dict_row

from schemas.comments import CommentEdited, CommentReceived, CommentRouted
from schemas.drafts import DraftApproved, DraftRequested
from schemas.message import Message
from schemas.publications import PublicationSubmitted
from schemas.replies import ReplyWithdrawn
from schemas.watches import PostSeen
from services.kit.db import Connection

_UNSAID: Sequence[tuple[type[Message], str]] = (
    (CommentReceived, """
        select c.network, c.thread_key, c.comment_key, c.revision from comments c
        where c.deleted_at is null and not c.is_self and c.watch_id is null and c.revision = 1
        and not exists (select from routings r where r.comment_key = c.comment_key)"""),
    (CommentEdited, """
        select c.network, c.thread_key, c.comment_key, c.revision from comments c
        where c.deleted_at is null and not c.is_self and c.watch_id is null and c.revision > 1
        and not exists (select from routings r
            where r.comment_key = c.comment_key and r.revision = c.revision)"""),
    (CommentRouted, """
        select c.network, c.thread_key, c.comment_key, c.revision, r.cause, r.lane, r.kind, r.muted,
            r.language, array(select one ->> 'rule' from jsonb_array_elements(r.reasons) one) rules
        from comments c join lateral (select * from routings r
            where r.comment_key = c.comment_key order by r.revision desc, r.routed_at desc
            limit 1) r on r.revision = c.revision
        join items i on i.comment_key = c.comment_key and i.status = 'open'
        where c.deleted_at is null and r.lane = 'answer' and not r.muted and not exists
            (select from drafts d where d.comment_key = c.comment_key
                and d.revision = c.revision)"""),
    (DraftRequested, """
        select c.network, c.thread_key, c.comment_key, c.revision, q.stance
        from draft_requests q join comments c using (comment_key, revision)
        where c.deleted_at is null and not exists (select from drafts d
            where d.comment_key = q.comment_key and d.revision = q.revision
            and d.stance = q.stance)"""),
    (DraftApproved, """
        select c.network, c.thread_key, c.comment_key, d.revision, d.decision_id
        from decisions d join comments c using (comment_key) join deliveries v using (decision_id)
        where d.action = 'approve' and v.restored and v.state = 'unknown' order by d.number"""),
    (ReplyWithdrawn, """
        select c.network, c.thread_key, c.comment_key, d.revision, d.decision_id
        from decisions d join comments c using (comment_key)
        left join deliveries v using (decision_id)
        where d.action = 'withdraw' and v.state is null order by d.number"""),
    (PublicationSubmitted, "select submission_id from submissions where outcome is null"),
    (PostSeen, """
        select c.network, c.thread_key, c.comment_key, c.revision, c.watch_id from comments c
        where c.deleted_at is null and c.watch_id is not null and not c.is_self
        and not exists (select from post_readings r where r.comment_key = c.comment_key)"""),
)  # fmt: skip


async def read_unsaid(connection: Connection, now: datetime) -> list[Message]:
    """Return a message for each step that nobody has taken yet, in the order of the house."""
    found: list[Message] = []
    async with connection.cursor(row_factory=dict_row) as cursor:
        for kind, query in _UNSAID:
            await cursor.execute(query.encode())
            found += [
                kind.model_validate({**row, "happened_at": now}) for row in await cursor.fetchall()
            ]
    return found


async def doubt_approvals(connection: Connection, now: datetime, taken_at: datetime) -> int:
    """Note that every approval not known to be posted may have been since; return how many.

    Deliver looks each of them up before it sends anything.
    """
    await connection.execute(
        "insert into restores (restored_at, taken_at) values (%s, %s)", [now, taken_at]
    )
    done = await connection.execute(
        "insert into deliveries (decision_id, comment_key, network, state, attempts, changed_at,"
        " restored) select d.decision_id, d.comment_key, c.network, 'unknown', 1, %(now)s, true"
        " from decisions d join comments c using (comment_key) left join deliveries v"
        " using (decision_id) where d.action = 'approve' and d.text <> ''"
        " and (v.state is null or v.state in ('sending', 'unknown'))"
        " and not exists (select from decisions u where u.undoes = d.decision_id)"
        " on conflict (decision_id) do update set state = 'unknown', restored = true,"
        " changed_at = excluded.changed_at",
        {"now": now},
    )
    return done.rowcount


async def comment_keys_after(connection: Connection, last: str, limit: int) -> list[str]:
    """Return the next comments of other people in the order of their keys."""
    rows = await connection.execute(
        "select comment_key from comments where comment_key > %s and not is_self"
        " and watch_id is null order by comment_key limit %s",
        [last, limit],
    )
    return [key async for (key,) in rows]
