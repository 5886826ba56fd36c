"""Hear of comments, sort them, say where they went."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime

from schemas.comments import CommentEdited, CommentReceived, CommentRouted, OfComment
from schemas.streams import ROUTE_EDITED, ROUTE_RECEIVED, ROUTE_UNMUTED
from schemas.threads import MuteSuggested, ThreadUnmuted
from services.kit.bus import Bus
from services.kit.db import Pool, transaction
from services.kit.embed.embedder import Embeds
from services.kit.language import detect_language
from services.kit.prompt import Prompt
from services.route.ask_model import Completes, ask
from services.route.decide import RULES, decide
from services.route.live import Live
from services.route.reading import answerworthy
from services.route.topics import topics
from services.route.watch import Look, suggest, what_surfaces
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
            for routed, reasons in held_back:
                await routings.save_routing(connection, routed, reasons, RULES)
        for routed, _ in held_back:
            await sorting.bus.publish(routed)


async def sort(sorting: Sorting, event: OfComment) -> None:
    """Embed, decide, store, announce; a deleted or overtaken revision is left alone.

    The thread is looked at for what surfaces from a mute, or speaks for one.
    """
    now = datetime.now(UTC)
    async with sorting.pool.connection() as connection:
        comment = await routings.read_comment_to_sort(connection, event, now)
    if comment is None:
        return
    space = sorting.embedder.space
    vector = (await sorting.embedder.embed_queries([comment.text]))[0]
    knowledge = sorting.live.knowledge
    reading = knowledge.read(comment.text, vector, space, is_reply=comment.is_reply)
    verdict = decide(reading)
    language = detect_language(comment.text)
    look, surfaced = Look(knowledge, event, space, vector), None
    if comment.muted:
        async with sorting.pool.connection() as connection:
            surfaced = await what_surfaces(connection, look, comment)
    muted = comment.muted and surfaced is None
    if verdict.doubtful and sorting.model is not None and not muted:
        verdict = await ask(sorting.model, sorting.prompts, comment.text, language, verdict)
    reasons = (*verdict.reasons, surfaced) if surfaced else verdict.reasons
    routed = CommentRouted(
        happened_at=now,
        network=event.network,
        thread_key=event.thread_key,
        comment_key=event.comment_key,
        revision=event.revision,
        cause=ARRIVAL,
        lane=verdict.lane,
        kind=verdict.kind,
        muted=muted,
        rules=[reason.rule for reason in reasons],
        language=language,
    )
    async with transaction(sorting.pool) as connection:
        near = await routings.nearest_publications(connection, space, vector)
        row = routings.ReadingRow(
            knowledge.version, verdict.probability, answerworthy(reading, verdict),
            [asdict(topic) for topic in topics(near)],
        )  # fmt: skip
        await routings.save_vector(connection, event, space, vector)
        await routings.save_routing(
            connection, routed, reasons, RULES, row, surfaced=surfaced is not None
        )
        suggested = None if comment.muted else await suggest(connection, look, now)
    await sorting.bus.publish(routed)
    if suggested is not None:
        await sorting.bus.publish(suggested)
