"""Hear of comments, sort them, say where they went."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime

from schemas.comments import CommentEdited, CommentReceived, CommentRouted, OfComment
from schemas.streams import ROUTE_EDITED, ROUTE_RECEIVED, ROUTE_UNMUTED
from schemas.threads import MuteSuggested, ThreadUnmuted
from services.kit.bus import Bus
from services.kit.db import Pool, autocommit, transaction
from services.kit.embed.embedder import Embeds
from services.kit.prompt import Prompt
from services.route.ask_model import Completes
from services.route.decide import RULES
from services.route.live import Live
from services.route.reading import answerworthy
from services.route.topics import topics
from services.route.watch import suggest
from services.route.weigh import Scales, weigh
from services.store import routings

ARRIVAL = "arrival"


@dataclass
class Sorting:
    """What the handlers need; `model` is asked about doubtful comments, if there is one."""

    pool: Pool
    bus: Bus
    embedder: Embeds
    live: Live
    model: Completes | None = None
    prompts: Mapping[str, Prompt] = field(default_factory=dict)

    @property
    def scales(self) -> Scales:
        """Return what weighs with the knowledge of now."""
        return Scales(self.pool, self.embedder, self.live.knowledge, self.model, self.prompts)


def listen(bus: Bus, sorting: Sorting) -> None:
    """Register the handlers of the route service."""
    bus.says(CommentRouted, MuteSuggested)

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
            standing = [
                await routings.save_routing(connection, routed, reasons, RULES)
                for routed, reasons in held_back
            ]
        for routed in standing:
            await sorting.bus.publish(routed)


async def sort(sorting: Sorting, event: OfComment) -> None:
    """Embed, decide, store, announce; a deleted or overtaken revision is left alone.

    The thread is looked at for what surfaces from a mute, or speaks for one.
    """
    now = datetime.now(UTC)
    async with autocommit(sorting.pool) as connection:
        comment = await routings.read_comment_to_sort(connection, event, now)
    if comment is None:
        return
    found = await weigh(sorting.scales, event, comment)
    space, verdict = found.look.space, found.verdict
    routed = CommentRouted(
        happened_at=now,
        network=event.network,
        thread_key=event.thread_key,
        comment_key=event.comment_key,
        revision=event.revision,
        cause=ARRIVAL,
        lane=verdict.lane,
        kind=verdict.kind,
        muted=found.muted,
        rules=[reason.rule for reason in found.reasons],
        language=found.language,
    )
    async with transaction(sorting.pool) as connection:
        near = await routings.nearest_publications(connection, space, found.vector)
        row = routings.ReadingRow(
            found.look.knowledge.version, verdict.probability,
            answerworthy(found.reading, verdict),
            [asdict(topic) for topic in topics(near)],
        )  # fmt: skip
        await routings.save_vector(connection, event, space, found.vector)
        standing = await routings.save_routing(
            connection, routed, found.reasons, RULES, row, surfaced=found.surfaced is not None
        )
        suggested = None if comment.muted else await suggest(connection, found.look, now)
    await sorting.bus.publish(standing)
    if suggested is not None:
        await sorting.bus.publish(suggested)
