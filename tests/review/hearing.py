"""Hand messages to the handlers of the desk, as the bus would."""

from collections.abc import Awaitable, Callable
from typing import Any

from schemas.message import Message
from schemas.streams import (
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
    Consumer,
)
from services.kit.bus import Bus
from services.kit.db import Pool
from services.kit.telemetry import Telemetry
from services.review import actions
from services.review.handlers import listen
from services.store.decisions import read_history
from tests.world import Seeded, World

CONSUMERS: dict[str, Consumer] = {
    "CommentRouted": REVIEW_ROUTED,
    "CommentEdited": REVIEW_EDITED,
    "CommentDeleted": REVIEW_DELETED,
    "CommentWithheld": REVIEW_WITHHELD,
    "CommentRestored": REVIEW_RESTORED,
    "DraftProposed": REVIEW_PROPOSED,
    "DraftDeclined": REVIEW_DECLINED,
    "DraftOutdated": REVIEW_OUTDATED,
    "ReplyPosted": REVIEW_POSTED,
    "ReplyReturned": REVIEW_RETURNED,
    "ReplyDelayed": REVIEW_DELAYED,
    "ReplyRemoved": REVIEW_REMOVED,
    "ReplyKept": REVIEW_KEPT,
    "MuteSuggested": REVIEW_SUGGESTED,
}
Hear = Callable[[Message], Awaitable[None]]


def hearing(pool: Pool) -> Hear:
    """Return what hands a message to the handler that listens for it."""
    bus = Bus("nats://nowhere", service="review", telemetry=Telemetry("review"))
    handlers: dict[str, Any] = {}
    listen(bus, pool)
    for subscriber in bus.broker.subscribers:
        title = subscriber.specification.config.title_
        handlers[str(title)] = next(iter(subscriber.calls)).handler

    async def hear(message: Message) -> None:
        await handlers[CONSUMERS[type(message).__name__].name](message)

    return hear


async def approve(pool: Pool, world: World, seeded: Seeded, text: str = "Ja.") -> str:
    await actions.approve(
        pool, "somebody", seeded.comment_key, text=text, revision=seeded.revision, draft_id=None
    )
    async with pool.connection() as connection:
        history = await read_history(connection, seeded.comment_key, seeded.thread_key)
    return history[0].decision_id
