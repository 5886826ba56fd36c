"""Store events and promise their messages, each event once however often it is delivered."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from schemas.comments import (
    CommentDeleted,
    CommentEdited,
    CommentReceived,
    CommentRestored,
    CommentWithheld,
)
from schemas.inbound import Inbound, InboundNotice
from schemas.replies import ReplyRemoved
from schemas.watches import PostDeleted, PostEdited, PostSeen
from services.ingest.door import (
    Admitted,
    Dropped,
    admit,
    admit_notice,
    hidden_or_not,
    is_news,
    is_public,
    judge,
)
from services.ingest.erase import erase_deleted
from services.ingest.recognise import without_all_erased
from services.kit.db import Connection
from services.kit.outbox import promise
from services.store import circumstances, echoes, intake
from services.store.circumstances import Circumstance

Said = type[CommentReceived] | type[CommentEdited] | type[CommentDeleted]
Outcome = (
    Literal[
        "received", "edited", "deleted", "hidden", "unhidden", "noted", "duplicate", "outdated",
        "erased",
    ]
    | Dropped
)  # fmt: skip

GONE = "comment.deleted.v1"


@dataclass(frozen=True)
class Taken:
    """What became of one event."""

    event: Inbound
    outcome: Outcome


async def take_in(
    connection: Connection,
    events: Sequence[Inbound],
    *,
    pseudonym_key: bytes,
    now: datetime,
    watch_id: str | None = None,
    former_keys: Sequence[bytes] = (),
) -> list[Taken]:
    """Store each event in the caller's transaction; the outbox rows stand in the same one.

    With a `watch_id` the events are posts which that watch found on pages of others. What is
    erased stays out, also when `former_keys` made its tombstone.
    What a notice means for the comments it concerns is left to `spread`. Raises Unstorable, and
    nothing is stored, when one of them has no proper name.
    """
    admitted = [
        admit_notice(event, pseudonym_key, now)
        if isinstance(event, InboundNotice)
        else admit(event, pseudonym_key, now, watch_id)
        for event in events
    ]
    await intake.enter(connection)
    kept = iter(
        await without_all_erased(
            connection, [one for one in admitted if isinstance(one, Admitted)],
            (pseudonym_key, *former_keys),
        )
    )  # fmt: skip
    return [
        Taken(event, await _take(connection, next(kept) if isinstance(one, Admitted) else one, now))
        for event, one in zip(events, admitted, strict=True)
    ]


async def _take(
    connection: Connection, one: Admitted | Circumstance | None, now: datetime
) -> Outcome:
    if one is None:
        return "erased"
    if isinstance(one, Circumstance):
        news = await circumstances.keep_circumstance(connection, one)
        return "noted" if news else "outdated"
    if said := hidden_or_not(one.event, one.comment):
        return await _take_hidden(connection, one, said, now)
    return await _take_words(connection, one, now)


async def _take_hidden(
    connection: Connection, admitted: Admitted, said: Circumstance, now: datetime
) -> Outcome:
    """Keep whether a comment is hidden; a comment that is shown for the first time is a new one."""
    news = await circumstances.keep_circumstance(connection, said)
    known = await intake.lock_comment(connection, said.subject)
    if known is None and not said.holds and admitted.comment.text.strip():
        return await _take_words(connection, admitted, now)
    if not news:
        return "outdated"
    if known is not None and not (known.deleted or known.is_self or known.watch_id):
        message = (CommentWithheld if said.holds else CommentRestored)(
            happened_at=now,
            network=said.network,
            thread_key=known.thread_key,
            comment_key=said.subject,
            revision=known.revision,
            reason="hidden",
            since=said.said_at,
        )
        await promise(connection, "ingest", [message])
    return "hidden" if said.holds else "unhidden"


async def _take_words(connection: Connection, admitted: Admitted, now: datetime) -> Outcome:
    event, comment = admitted.event, admitted.comment
    known = await intake.lock_comment(connection, comment.comment_key)
    dropped: Dropped | None
    if known is None:
        admitted = await _as_ours(connection, admitted)
        comment = admitted.comment
        to_us = event.data.page.relation != "own" and await echoes.is_reply_to_us(
            connection, comment.network, comment.parent_id
        )
        watched = comment.watch_id is not None
        dropped = judge(event, is_self=comment.is_self, replies_to_us=to_us, watched=watched)
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


async def _as_ours(connection: Connection, admitted: Admitted) -> Admitted:
    """Mark what we wrote ourselves though the network does not; nothing private is looked at."""
    comment = admitted.comment
    if comment.is_self or not is_public(admitted.event):
        return admitted
    if not await echoes.is_ours(connection, comment):
        return admitted
    return replace(admitted, comment=replace(comment, is_self=True))


async def _add(connection: Connection, admitted: Admitted, now: datetime) -> Outcome:
    """Store a comment nobody knows; what its thread or account took along is born deleted."""
    comment, thread = admitted.comment, admitted.thread
    gone_at = await circumstances.gone_at(connection, comment.thread_key, comment.author_key)
    gone = gone_at is not None and comment.revised_at <= gone_at
    if gone_at is not None and gone:
        comment, thread = replace(comment, revised_at=gone_at), replace(thread, root_text="")
    await intake.keep_thread(connection, thread, now)
    if gone or admitted.event.type == GONE:
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
    comment = replace(
        admitted.comment,
        thread_key=known.thread_key,
        is_self=known.is_self,
        watch_id=known.watch_id,
    )
    news = is_news(event, comment.revised_at, known)
    if event.type == GONE or (news and not is_public(event)):
        if known.deleted:
            return "outdated"
        await erase_deleted(connection, [comment.comment_key], now, said_at=comment.revised_at)
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
    """Promise the message; of our own replies nothing is said but that one is gone."""
    if comment.is_self:
        if kind is CommentDeleted:
            await _say_ours_is_gone(connection, comment, now)
        return "own_reply"
    keys = {
        "happened_at": now,
        "network": comment.network,
        "thread_key": comment.thread_key,
        "comment_key": comment.comment_key,
        "revision": revision,
    }
    message = (
        kind.model_validate(keys)
        if comment.watch_id is None
        else _OF_POSTS[kind].model_validate({**keys, "watch_id": comment.watch_id})
    )
    await promise(connection, "ingest", [message])
    return _OUTCOMES[kind]


async def _say_ours_is_gone(
    connection: Connection, comment: intake.CommentRow, now: datetime
) -> None:
    keys = await echoes.approval_behind(connection, comment.network, comment.native_id)
    if keys is not None:
        removed = ReplyRemoved.model_validate({**keys, "happened_at": now})
        await promise(connection, "ingest", [removed])


_OF_POSTS: dict[Said, type[PostSeen] | type[PostEdited] | type[PostDeleted]] = {
    CommentReceived: PostSeen,
    CommentEdited: PostEdited,
    CommentDeleted: PostDeleted,
}
_OUTCOMES: dict[Said, Outcome] = {
    CommentReceived: "received",
    CommentEdited: "edited",
    CommentDeleted: "deleted",
}
