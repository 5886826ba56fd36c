"""In the doubtful band a language model may be asked; its answer is one more opinion, as data."""

import asyncio
import json
import logging
from collections.abc import Mapping
from typing import Literal, Protocol

from pydantic import BaseModel

from schemas.comments import LANE_OF, Reason
from services.kit.faults import TryLater
from services.kit.llm import Completion, ModelFailed
from services.kit.prompt import BadPrompt, Prompt
from services.route.decide import Verdict

log = logging.getLogger(__name__)

PATIENCE = 4.0
"""Seconds that a comment waits for an opinion."""
SHOWN = 2000
"""Characters of the comment that the model is shown."""
AGREED = 0.6
"""Probability noted for a kind that the model names: the heads alone were less sure."""


class SortedKind(BaseModel):
    """The model's whole output: it can calm nothing down and alarm nobody."""

    kind: Literal["question", "criticism", "praise", "discussion"]


class Completes(Protocol):
    """What is needed of a language model."""

    async def complete(
        self, messages: list[dict[str, str]], schema: type[SortedKind]
    ) -> Completion[SortedKind]:
        """Ask once."""
        ...


def require_fillable(prompt: Prompt) -> None:
    """Raise BadPrompt when a prompt describes another output or asks for values we do not have."""
    if prompt.schema != SortedKind.__name__:
        raise BadPrompt(f"{prompt.name} describes {prompt.schema}, not {SortedKind.__name__}")
    prompt.messages(comment="")


async def ask(
    model: Completes, prompts: Mapping[str, Prompt], text: str, language: str, doubt: Verdict
) -> Verdict:
    """Return the verdict with the model's opinion, or the doubtful one if it is silent too long."""
    prompt = prompts["en" if language == "en" else "de"]
    messages = prompt.messages(comment=json.dumps(text[:SHOWN], ensure_ascii=False))
    try:
        async with asyncio.timeout(PATIENCE):
            done = await model.complete(messages, SortedKind)
    except (TimeoutError, TryLater, ModelFailed) as error:
        log.warning("sorting goes on without the language model: %s", type(error).__name__)
        return doubt
    kind = done.answer.kind
    reason = Reason(rule="model_says", detail=kind)
    return Verdict(kind, LANE_OF[kind], (reason, *doubt.reasons), AGREED)
