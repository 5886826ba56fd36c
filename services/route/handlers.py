"""Hear of comments, sort them, say where they went."""

from dataclasses import dataclass
from datetime import UTC, datetime

from schemas.comments import CommentEdited, CommentReceived, CommentRouted, OfComment
from schemas.streams import ROUTE_EDITED, ROUTE_RECEIVED, ROUTE_UNMUTED
from schemas.threads import ThreadUnmuted
from services.kit.bus import Bus
from services.kit.db import Pool, transaction
from services.kit.embed.embedder import Embeds
from services.kit.language import detect_language
from services.route.decide import RULES, Reading, decide
from services.route.likeness import Prototypes, likeness
from services.route.signals import Words, read_signals
from services.store import routings

ARRIVAL = "arrival"


@dataclass
class Sorting:
    """What the handlers need; `prototypes` is filled when the service starts."""

    pool: Pool
    bus: Bus
    embedder: Embeds
    words: Words
    prototypes: Prototypes


def listen(bus: Bus, sorting: Sorting) -> None:
    """Register the handlers of the route service."""
    bus.says(CommentRouted)

    @bus.on(ROUTE_RECEIVED)
    async def on_received(event: CommentReceived) -> None:
        """Sort a new comment into a lane."""
        await sort(sorting, event)

    @bus.on(ROUTE_EDITED)
    async def on_edited(event: CommentEdited) -> None:
        """Sort the new text of an edited comment."""
        await sort(sorting, event)

    @bus.on(ROUTE_UNMUTED)
    async def on_unmuted(event: ThreadUnmuted) -> None:
        """Announce again what a lifted mute held back."""
        now = datetime.now(UTC)
        async with transaction(sorting.pool) as connection:
            held_back = await routings.read_held_back(
                connection, event.thread_key, event.mute_id, now
            )
            for routed, reasons in held_back:
                await routings.save_routing(connection, routed, reasons, RULES)
        for routed, _ in held_back:
            await sorting.bus.publish(routed)


async def sort(sorting: Sorting, event: OfComment) -> None:
    """Embed, decide, store, announce; a deleted or overtaken revision is left alone."""
    now = datetime.now(UTC)
    async with sorting.pool.connection() as connection:
        comment = await routings.read_comment_to_sort(connection, event, now)
    if comment is None:
        return
    vector = (await sorting.embedder.embed_queries([comment.text]))[0]
    signals = read_signals(comment.text, sorting.words, is_reply=comment.is_reply)
    verdict = decide(Reading(signals, likeness(vector, sorting.prototypes)))
    routed = CommentRouted(
        happened_at=now,
        network=event.network,
        thread_key=event.thread_key,
        comment_key=event.comment_key,
        revision=event.revision,
        cause=ARRIVAL,
        lane=verdict.lane,
        kind=verdict.kind,
        muted=comment.muted,
        rules=[reason.rule for reason in verdict.reasons],
        language=detect_language(comment.text),
    )
    async with transaction(sorting.pool) as connection:
        await routings.save_vector(connection, event, sorting.embedder.space, vector)
        await routings.save_routing(connection, routed, verdict.reasons, RULES)
    await sorting.bus.publish(routed)
