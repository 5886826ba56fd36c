"""Second readers of a post: they doubt the rules, and make no success by their word alone."""

import asyncio
import json
import logging
from collections.abc import Mapping
from dataclasses import replace
from typing import Protocol

from pydantic import BaseModel

from services.kit.faults import TryLater
from services.kit.llm import Completion, ModelFailed
from services.kit.prompt import BadPrompt, Prompt
from services.outreach.radar.impression import LOOKED_AT, Impression
from services.outreach.radar.lexicon import Language
from services.outreach.radar.recognise import Found, Sign, Verdict

log = logging.getLogger(__name__)

MUST_BE_HAPPY = 0.15
"""Probability of a success below which none is believed."""
MAY_BE_SAD = 0.3
"""Probability of trouble above which no success is believed."""
MUST_BE_SAD = 0.1
"""Probability of trouble below which none is believed."""
AGREES = 0.6
"""Probability from which on a weak sign counts."""
SAD_ALONE, HAPPY_ALONE = 0.9, 0.95
"""Probabilities from which on a post without any sign is shown as unclear."""
PATIENCE = 8.0
"""Seconds that a post waits for a language model."""


def weighed(found: Found, how: Impression) -> Found:
    """Return what is left of the rules' verdict beside the impression of the whole. Pure.

    It may doubt everything. It lets weak signs count and shows what has no sign as unclear; it
    never makes a success of a post without one.
    """
    if found.verdict == "success":
        if how.trouble > MAY_BE_SAD:
            return _unsure(found, Sign("sounds_sad", ""))
        return found if how.success >= MUST_BE_HAPPY else _unsure(found, Sign("no_event", ""))
    if found.verdict == "trouble" and how.trouble < MUST_BE_SAD:
        happy = how.success >= AGREES
        return _unsure(found, Sign("sounds_happy" if happy else "no_event", ""))
    if found.verdict == "neither" and found.leaning:
        return _leaning(found, how)
    return found


def _leaning(found: Found, how: Impression) -> Found:
    happy = how.success >= AGREES and how.trouble <= MAY_BE_SAD
    sad = how.trouble >= AGREES
    if found.leaning == "success" and happy:
        return replace(found, verdict="success", signs=(*found.signs, Sign("sounds_good", "")))
    if found.leaning == "trouble" and sad:
        return replace(found, verdict="trouble", signs=(*found.signs, Sign("sounds_bad", "")))
    if how.trouble >= SAD_ALONE:
        return _unsure(found, Sign("sounds_bad", ""))
    if how.success >= HAPPY_ALONE:
        return _unsure(found, Sign("sounds_good", ""))
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
