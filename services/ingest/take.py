"""Store events and promise their messages, each event once however often it is delivered."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal, TypeVar

from schemas.comments import CommentDeleted, CommentEdited, CommentReceived
from schemas.inbound import InboundEvent
from services.ingest.door import Admitted, Dropped, admit, judge, newest
from services.kit.db import Connection
from services.kit.outbox import promise
from services.store import intake

M = TypeVar("M", CommentReceived, CommentEdited, CommentDeleted)
Outcome = Literal["received", "edited", "deleted", "duplicate", "outdated"] | Dropped


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
    """Store each event in the caller's transaction; the outbox rows stand in the same one."""
    return [
        Taken(event, await _take(connection, admit(event, pseudonym_key), now)) for event in events
    ]


async def _take(connection: Connection, admitted: Admitted, now: datetime) -> Outcome:
    event, comment = admitted.event, admitted.comment
    replies_to_us = await intake.is_reply_to_us(connection, comment.network, comment.parent_id)
    dropped = judge(event, replies_to_us=replies_to_us)
    fresh = await intake.note_event(
        connection, source=event.source, event_id=event.id, comment_key=comment.comment_key,
        type_=event.type, dropped=dropped, now=now,
    )  # fmt: skip
    if not fresh:
        return "duplicate"
    if dropped in ("private", "watched_page"):
        return dropped
    await intake.keep_thread(connection, admitted.thread, now)
    known = await intake.lock_comment(connection, comment.comment_key)
    if known is None:
        if event.type == "comment.deleted.v1":
            comment = replace(comment, deleted_at=now, text="")
        if await intake.insert_comment(connection, comment, now):
            return dropped or await _announce_first(connection, admitted, now)
        known = await intake.lock_comment(connection, comment.comment_key)
    if known is None:
        raise LookupError(f"comment {comment.comment_key} was neither inserted nor found")
    return await _change(connection, admitted, known, now)


async def _announce_first(connection: Connection, admitted: Admitted, now: datetime) -> Outcome:
    if admitted.event.type == "comment.deleted.v1":
        await promise(connection, "ingest", [_message(CommentDeleted, admitted, 1, now)])
        return "deleted"
    await promise(connection, "ingest", [_message(CommentReceived, admitted, 1, now)])
    return "received"


async def _change(
    connection: Connection, admitted: Admitted, known: intake.KnownComment, now: datetime
) -> Outcome:
    event, comment = admitted.event, admitted.comment
    if known.deleted:
        return "outdated"
    if event.type == "comment.deleted.v1":
        await intake.erase_comment(connection, comment.comment_key, now)
        if comment.is_self:
            return "own_reply"
        message = _message(CommentDeleted, admitted, known.revision, now)
        await promise(connection, "ingest", [message])
        return "deleted"
    stands = await intake.has_revision(connection, comment.comment_key, comment.native_revision)
    if stands or not newest(event.time, known.revised_at):
        return "outdated"
    revision = known.revision + 1
    await intake.revise_comment(connection, comment, revision, now)
    if comment.is_self:
        return "own_reply"
    await promise(connection, "ingest", [_message(CommentEdited, admitted, revision, now)])
    return "edited"


def _message(kind: type[M], admitted: Admitted, revision: int, now: datetime) -> M:
    comment = admitted.comment
    return kind(
        happened_at=now,
        network=comment.network,
        thread_key=comment.thread_key,
        comment_key=comment.comment_key,
        revision=revision,
    )
