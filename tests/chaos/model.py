"""A language model with moods: it answers properly until told to hang, to babble or to refuse."""

import asyncio
import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from services.route.ask_model import SortedKind
from tests.chaos.killer import MARK, kill_who_asks
from tests.kit.scripted_llm import (
    Behaviour,
    ScriptedLLM,
    answers,
    drops,
    half_a_body,
    hangs,
    says,
    status,
)

MOODS: Mapping[str, Behaviour] = {
    "hangs": hangs(),
    "garbage": says('Gern! Hier ist meine Antwort: { "answerable": vielleicht'),
    "429": status(429, retry_after="1"),
    "500": status(500),
    "drops": drops(),
    "half": half_a_body(),
}
_SENTENCE = re.compile(r'"text": "((?:[^"\\]|\\.)*?[a-zäöüß]{3}\.)')


class MoodyModel:
    """Gives a scripted server an endless script."""

    def __init__(self, server: ScriptedLLM) -> None:
        self.server = server
        self.mood: str | None = None
        self.asked = 0
        server.takes = self._prepare

    def _prepare(self, asked: Mapping[str, Any]) -> None:
        self.asked += 1
        self.server.requests.clear()
        if MARK in _prompt(asked):
            kill_who_asks(self.server.connection)
            self.server.script.append(drops())
        else:
            self.server.script.append(MOODS[self.mood] if self.mood else _replies(asked))

    @contextmanager
    def being(self, mood: str) -> Iterator[None]:
        """Be in a mood while the block runs; what hangs then is let go afterwards."""
        self.mood = mood
        try:
            yield
        finally:
            self.mood = None
            self.server.closing.set()
            self.server.closing = asyncio.Event()


def _prompt(asked: Mapping[str, Any]) -> str:
    return " ".join(str(message["content"]) for message in asked["messages"])


def _replies(asked: Mapping[str, Any]) -> Behaviour:
    """Answer in the form that is asked for: a comment's kind, or a sentence with its passage."""
    form = asked.get("response_format", {}).get("json_schema", {}).get("name")
    return answers({"kind": "question"}) if form == SortedKind.__name__ else _cites(asked)


def _cites(asked: Mapping[str, Any]) -> Behaviour:
    """Answer with a sentence of the first passage, word for word."""
    found = _SENTENCE.search(_prompt(asked))
    if found is None:
        return answers({"answerable": False, "sentences": []})
    text = json.loads(f'"{found[1]}"')
    cited = {"text": text, "kind": "fact", "citations": [{"passage": 1, "quote": text}]}
    return answers({"answerable": True, "sentences": [cited]})
