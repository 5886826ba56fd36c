"""Store events and promise their messages, each event once however often it is delivered."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from schemas.comments import CommentDeleted, CommentEdited, CommentReceived
from schemas.inbound import InboundEvent
from services.ingest.door import Admitted, Dropped, admit, is_news, is_public, judge
from services.kit.db import Connection
from services.kit.outbox import promise
from services.store import intake

Said = type[CommentReceived] | type[CommentEdited] | type[CommentDeleted]
Outcome = Literal["received", "edited", "deleted", "duplicate", "outdated"] | Dropped

GONE = "comment.deleted.v1"


@dataclass(frozen=True)
class Taken:
    """What became of one event."""

    event: InboundEvent
    outcome: Outcome


async def take_in(
    connection: Connection,
    events: Sequence[InboundEvent],
    *,
    pseudonym_key: bytes,
    now: datetime,
) -> list[Taken]:
    """Store each event in the caller's transaction; the outbox rows stand in the same one.

    Raises Unstorable, and nothing is stored, when one of them has no proper name.
    """
    admitted = [admit(event, pseudonym_key, now) for event in events]
    await intake.enter(connection)
    return [Taken(one.event, await _take(connection, one, now)) for one in admitted]


async def _take(connection: Connection, admitted: Admitted, now: datetime) -> Outcome:
    event, comment = admitted.event, admitted.comment
    known = await intake.lock_comment(connection, comment.comment_key)
    dropped: Dropped | None
    if known is None:
        to_us = event.data.page.relation != "own" and await intake.is_reply_to_us(
            connection, comment.network, comment.parent_id
        )
        dropped = judge(event, replies_to_us=to_us)
    else:
        dropped = "own_reply" if known.is_self else None
    fresh = await intake.note_event(
        connection, source=event.source, event_id=event.id, comment_key=comment.comment_key,
        type_=event.type, dropped=dropped, now=now,
    )  # fmt: skip
    if not fresh:
        return "duplicate"
    if known is not None:
        return await _change(connection, admitted, known, now)
    if dropped in ("private", "watched_page"):
        return dropped
    if event.type != GONE and await intake.saw_deletion(connection, comment.comment_key):
        return "outdated"
    return await _add(connection, admitted, now)


async def _add(connection: Connection, admitted: Admitted, now: datetime) -> Outcome:
    comment = admitted.comment
    await intake.keep_thread(connection, admitted.thread, now)
    if admitted.event.type == GONE:
        await intake.insert_comment(connection, replace(comment, deleted_at=now), now)
        return await _say(connection, CommentDeleted, comment, 1, now)
    await intake.insert_comment(connection, comment, now)
    return await _say(connection, CommentReceived, comment, 1, now)


async def _change(
    connection: Connection, admitted: Admitted, known: intake.KnownComment, now: datetime
) -> Outcome:
    """Bring a known comment up to date; its thread and whose it is stay as they were first told.

    A comment that is no longer public is as good as deleted: its words are not ours to keep.
    """
    event = admitted.event
    comment = replace(admitted.comment, thread_key=known.thread_key, is_self=known.is_self)
    news = is_news(event, comment.revised_at, known)
    if event.type == GONE or (news and not is_public(event)):
        if known.deleted:
            return "outdated"
        await intake.erase_comment(connection, comment.comment_key, now, said_at=comment.revised_at)
        return await _say(connection, CommentDeleted, comment, known.revision, now)
    if not news or await intake.has_revision(
        connection, comment.comment_key, comment.native_revision
    ):
        return "outdated"
    if admitted.thread.thread_key == known.thread_key:
        await intake.keep_thread(connection, admitted.thread, now)
    await intake.revise_comment(connection, comment, known.revision + 1, now)
    return await _say(connection, CommentEdited, comment, known.revision + 1, now)


async def _say(
    connection: Connection, kind: Said, comment: intake.CommentRow, revision: int, now: datetime
) -> Outcome:
    """Promise the message; of our own replies nothing is said."""
    if comment.is_self:
        return "own_reply"
    message = kind(
        happened_at=now,
        network=comment.network,
        thread_key=comment.thread_key,
        comment_key=comment.comment_key,
        revision=revision,
    )
    await promise(connection, "ingest", [message])
    return _OUTCOMES[kind]


_OUTCOMES: dict[Said, Outcome] = {
    CommentReceived: "received",
    CommentEdited: "edited",
    CommentDeleted: "deleted",
}
