"""Hear what happened to comments, drafts and replies, and bring their items up to date."""

import json
from collections.abc import Mapping
from datetime import datetime

from faststream.nats import NatsMessage

from schemas.comments import (
    CommentDeleted,
    CommentEdited,
    CommentRestored,
    CommentRouted,
    CommentWithheld,
)
from schemas.drafts import (
    DraftApproved,
    DraftDeclined,
    DraftOutdated,
    DraftProposed,
    DraftRequested,
)
from schemas.publications import PublicationSubmitted, PublicationWithdrawn
from schemas.questions import QuestionTried
from schemas.replies import (
    ReplyDelayed,
    ReplyKept,
    ReplyPosted,
    ReplyRemoved,
    ReplyReturned,
    ReplyWithdrawn,
)
from schemas.streams import (
    REVIEW_DEAD,
    REVIEW_DECLINED,
    REVIEW_DELAYED,
    REVIEW_DELETED,
    REVIEW_EDITED,
    REVIEW_KEPT,
    REVIEW_OUTDATED,
    REVIEW_POSTED,
    REVIEW_PROPOSED,
    REVIEW_REMOVED,
    REVIEW_RESTORED,
    REVIEW_RETURNED,
    REVIEW_ROUTED,
    REVIEW_SUGGESTED,
    REVIEW_WITHHELD,
    STREAMS,
)
from schemas.threads import MuteSuggested, ThreadMuted, ThreadUnmuted
from services.kit.bus import Bus
from services.kit.db import Pool, transaction
from services.review.muting import mute_by_system
from services.review.refresh import look_again
from services.store import dead_letters, items


def listen(bus: Bus, pool: Pool, *, mute_days: int = 30) -> None:
    """Register the handlers of the review service; mutes by the system last `mute_days`."""
    bus.says(DraftApproved, DraftRequested, DraftOutdated)
    bus.says(ReplyWithdrawn, ThreadMuted, ThreadUnmuted)
    bus.says(PublicationSubmitted, PublicationWithdrawn, QuestionTried)
    bus.oversees(*STREAMS)
    _hear_of_comments(bus, pool)
    _hear_of_answers(bus, pool)
    _hear_of_withdrawals(bus, pool)

    @bus.on(REVIEW_SUGGESTED)
    async def on_suggested(event: MuteSuggested) -> None:
        """Mute what route found clear enough, where the page allows it; else show it."""
        await mute_by_system(pool, event, mute_days)

    @bus.on(REVIEW_DEAD, undecoded=True)
    async def on_dead(message: NatsMessage) -> None:
        """List a message that no try could save, whatever it contains."""
        raw = message.raw_message
        letter = read_letter(raw.subject, raw.headers or {}, raw.data, raw.metadata.timestamp)
        async with transaction(pool) as connection:
            if await dead_letters.add_dead_letter(connection, letter):
                await items.tell_desks(connection, None)


def _hear_of_comments(bus: Bus, pool: Pool) -> None:
    @bus.on(REVIEW_ROUTED)
    async def on_routed(event: CommentRouted) -> None:
        """Put a sorted comment into the queue, or back into it when its mute has ended."""
        await look_again(pool, event.comment_key, event.thread_key)

    @bus.on(REVIEW_EDITED)
    async def on_edited(event: CommentEdited) -> None:
        """Make what was written for the old text stale; an unsorted comment has nothing yet."""
        await look_again(pool, event.comment_key, event.thread_key, wait=False)

    @bus.on(REVIEW_DELETED)
    async def on_deleted(event: CommentDeleted) -> None:
        """Take the item of a deleted comment off the queue."""
        await look_again(pool, event.comment_key, event.thread_key)

    @bus.on(REVIEW_WITHHELD)
    async def on_withheld(event: CommentWithheld) -> None:
        """Take a comment off the queue that cannot be answered for now; an urgent one stays."""
        await look_again(pool, event.comment_key, event.thread_key, wait=False)

    @bus.on(REVIEW_RESTORED)
    async def on_restored(event: CommentRestored) -> None:
        """Put a comment back into the queue that can be answered again."""
        await look_again(pool, event.comment_key, event.thread_key, wait=False)


def _hear_of_answers(bus: Bus, pool: Pool) -> None:
    @bus.on(REVIEW_PROPOSED)
    async def on_proposed(event: DraftProposed) -> None:
        """Attach a draft, unless the comment has another text by now."""
        await look_again(pool, event.comment_key, event.thread_key)

    @bus.on(REVIEW_DECLINED)
    async def on_declined(event: DraftDeclined) -> None:
        """Show why there is no draft."""
        await look_again(pool, event.comment_key, event.thread_key)

    @bus.on(REVIEW_OUTDATED)
    async def on_outdated(event: DraftOutdated) -> None:
        """Make a draft stale whose source is gone, until the new one comes."""
        await look_again(pool, event.comment_key, event.thread_key)

    @bus.on(REVIEW_POSTED)
    async def on_posted(event: ReplyPosted) -> None:
        """Show that the reply stands on the network."""
        await look_again(pool, event.comment_key, event.thread_key)

    @bus.on(REVIEW_RETURNED)
    async def on_returned(event: ReplyReturned) -> None:
        """Reopen the item of a text that could not be posted, with the reason."""
        await look_again(pool, event.comment_key, event.thread_key)

    @bus.on(REVIEW_DELAYED)
    async def on_delayed(event: ReplyDelayed) -> None:
        """Show until when an approved text waits for its network."""
        await look_again(pool, event.comment_key, event.thread_key)


def _hear_of_withdrawals(bus: Bus, pool: Pool) -> None:
    @bus.on(REVIEW_REMOVED)
    async def on_removed(event: ReplyRemoved) -> None:
        """Show that a withdrawn answer is gone."""
        await look_again(pool, event.comment_key, event.thread_key)

    @bus.on(REVIEW_KEPT)
    async def on_kept(event: ReplyKept) -> None:
        """Bring an answer back to a person that could not be taken down."""
        await look_again(pool, event.comment_key, event.thread_key)


def read_letter(
    subject: str, headers: Mapping[str, str], body: bytes, failed_at: datetime
) -> dead_letters.DeadLetter:
    """Return the dead letter in a message under `dead.<subject>`; never fails."""
    attempts = headers.get("Dead-Attempts", "")
    named = headers.get("Dead-Letter") or headers.get("Nats-Msg-Id", "")
    return dead_letters.DeadLetter(
        dead_id=_storable(named) or f"{subject}:{failed_at.isoformat()}",
        consumer=_storable(headers.get("Dead-Consumer", "?")),
        subject=_storable(subject.removeprefix("dead.")),
        stream=_storable(headers.get("Dead-Stream", "?")),
        comment_key=_comment_key(body),
        reason=_storable(headers.get("Dead-Reason", "?")),
        attempts=int(attempts) if attempts.isdecimal() and len(attempts) < 9 else 1,
        body=body,
        failed_at=failed_at,
        first_failed_at=_moment(headers.get("Dead-First-Failed-At", "")),
    )


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else None


def _comment_key(body: bytes) -> str | None:
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        return None
    key = content.get("comment_key") if isinstance(content, dict) else None
    return _storable(key)[:64] if isinstance(key, str) else None


def _storable(text: str) -> str:
    return text.encode("utf-8", "replace").decode().replace("\x00", "\ufffd")
