"""Second readers of a post: they may take certainty away from what the rules say, never add any."""

import asyncio
import json
import logging
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.resources import files
from typing import Protocol

import numpy as np
from pydantic import BaseModel

from services.kit.embed.embedder import Embeds, Vectors
from services.kit.faults import TryLater
from services.kit.llm import Completion, ModelFailed
from services.kit.prompt import BadPrompt, Prompt
from services.outreach.radar.lexicon import Language
from services.outreach.radar.recognise import Found, Sign, Verdict

log = logging.getLogger(__name__)

NEAREST = 3
"""Examples of each class whose mean counts."""
HAPPY_ENOUGH = 0.005
"""Cosine by which a success must be nearer to happy examples than to sad ones."""
TOO_HAPPY = 0.03
"""Cosine by which a trouble that is nearer to happy examples is doubted."""
NO_EVENT = 0.03
"""Cosine by which what is nearer to posts that tell of no event is doubted."""
LOOKED_AT = 2000
"""Characters that are read by the second readers."""
PATIENCE = 8.0
"""Seconds that a post waits for a language model."""


@dataclass(frozen=True)
class Nearness:
    """Mean cosine of a post and its nearest examples of each class."""

    success: float
    trouble: float
    neither: float


class Compares(Protocol):
    """Tells how near posts are to examples of each class."""

    async def nearness(self, texts: Sequence[str]) -> list[Nearness]:
        """Return one for each text."""
        ...


class Examples:
    """Compares posts with the shipped examples; these are embedded once, at the first post."""

    def __init__(self, embedder: Embeds) -> None:
        self._embedder = embedder
        self._vectors: tuple[str, Mapping[str, Vectors]] | None = None

    async def nearness(self, texts: Sequence[str]) -> list[Nearness]:
        """Return how near each text is to each class; raises EmbeddingError."""
        space = self._embedder.space
        if self._vectors is None or self._vectors[0] != space:
            self._vectors = (space, await self._embedded())
        vectors = await self._embedder.embed_queries([one[:LOOKED_AT] for one in texts])
        return [
            Nearness(**{name: _mean(known @ one) for name, known in self._vectors[1].items()})
            for one in vectors
        ]

    async def _embedded(self) -> dict[str, Vectors]:
        text = files(__package__).joinpath("examples.toml").read_text(encoding="utf-8")
        listed: dict[str, list[str]] = tomllib.loads(text)
        return {name: await self._embedder.embed_queries(said) for name, said in listed.items()}


def _mean(cosines: Vectors) -> float:
    return float(np.sort(cosines)[-NEAREST:].mean())


def doubted(found: Found, near: Nearness) -> Found:
    """Return what is left of a verdict beside the engine's impression. Pure."""
    happy = near.success - near.trouble
    best = max(near.success, near.trouble)
    if found.verdict == "success" and happy < HAPPY_ENOUGH:
        return _unsure(found, Sign("sounds_sad", ""))
    if found.verdict == "trouble" and happy > TOO_HAPPY:
        return _unsure(found, Sign("sounds_happy", ""))
    if found.verdict in ("success", "trouble") and near.neither - best > NO_EVENT:
        return _unsure(found, Sign("sounds_like_no_event", ""))
    return found


class RadarReading(BaseModel):
    """The model's whole output."""

    verdict: Verdict


class Completes(Protocol):
    """What is needed of a language model."""

    async def complete(
        self, messages: list[dict[str, str]], schema: type[RadarReading]
    ) -> Completion[RadarReading]:
        """Ask once."""
        ...


def require_fillable(prompt: Prompt) -> None:
    """Raise BadPrompt when a prompt describes another output or asks for values we do not have."""
    if prompt.schema != RadarReading.__name__:
        raise BadPrompt(f"{prompt.name} describes {prompt.schema}, not {RadarReading.__name__}")
    prompt.messages(post="", page="")


async def second_reading(
    model: Completes, prompts: Mapping[str, Prompt], text: str, page: str, language: Language
) -> Verdict | None:
    """Return what a language model takes a post for; None when it is silent too long."""
    messages = prompts[language].messages(
        post=json.dumps(text[:LOOKED_AT], ensure_ascii=False),
        page=json.dumps(page, ensure_ascii=False),
    )
    try:
        async with asyncio.timeout(PATIENCE):
            return (await model.complete(messages, RadarReading)).answer.verdict
    except (TimeoutError, TryLater, ModelFailed) as error:
        log.warning("the radar goes on without the language model: %s", type(error).__name__)
        return None


def lowered(found: Found, said: Verdict | None) -> Found:
    """Return what is left of a verdict beside the model's. Pure.

    It can make a matter mixed or unsure; it makes nothing a success, and no trouble smaller
    than unsure.
    """
    if said is None or said == found.verdict or found.verdict in ("neither", "unsure"):
        return found
    if said == "mixed":
        return replace(found, verdict="mixed", signs=(*found.signs, Sign("model_says", said)))
    if found.verdict == "mixed":
        return found
    return _unsure(found, Sign("model_says", said))


def _unsure(found: Found, sign: Sign) -> Found:
    return replace(found, verdict="unsure", signs=(*found.signs, sign))
