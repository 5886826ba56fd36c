"""Read a comment and decide where it goes; nothing is stored and nobody is told."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from schemas.comments import OfComment, Reason
from services.kit.db import Pool, autocommit
from services.kit.embed.embedder import Embeds
from services.kit.language import detect_language
from services.kit.prompt import Prompt
from services.route.ask_model import Completes, ask
from services.route.decide import Reading, Verdict, decide
from services.route.head import Floats
from services.route.reading import Knowledge
from services.route.watch import Look, what_surfaces
from services.store.routings import CommentToSort


@dataclass(frozen=True)
class Scales:
    """What weighing needs; `model` is asked about doubtful comments, if there is one."""

    pool: Pool
    embedder: Embeds
    knowledge: Knowledge
    model: Completes | None = None
    prompts: Mapping[str, Prompt] = field(default_factory=dict)


@dataclass(frozen=True)
class Weighed:
    """Where a comment goes, and why."""

    look: Look
    vector: Floats
    reading: Reading
    verdict: Verdict
    language: str
    surfaced: Reason | None
    """Why it is shown in spite of the mutes over it."""
    muted: bool
    """They hold it back."""

    @property
    def reasons(self) -> tuple[Reason, ...]:
        surfaced = (self.surfaced,) if self.surfaced else ()
        return (*self.verdict.reasons, *surfaced)


async def weigh(
    scales: Scales, event: OfComment, comment: CommentToSort, until: datetime | None = None
) -> Weighed:
    """Embed and decide; the thread is looked at, up to `until`, for what surfaces from a mute."""
    space = scales.embedder.space
    vector = (await scales.embedder.embed_queries([comment.text]))[0]
    reading = scales.knowledge.read(comment.text, vector, space, is_reply=comment.is_reply)
    verdict = decide(reading)
    language = detect_language(comment.text)
    look, surfaced = Look(scales.knowledge, event, space, vector, until), None
    if comment.muted:
        async with autocommit(scales.pool) as connection:
            surfaced = await what_surfaces(connection, look, comment)
    muted = comment.muted and surfaced is None
    if verdict.doubtful and scales.model is not None and not muted:
        verdict = await ask(scales.model, scales.prompts, comment.text, language, verdict)
    return Weighed(look, vector, reading, verdict, language, surfaced, muted)
