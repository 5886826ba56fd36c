"""An attack of the corpus: who says what where, and what a model answers that obeys."""

import json
import re
from asyncio import Event
from collections.abc import Awaitable, Callable, Mapping, Sequence
from copy import deepcopy
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict
from starlette.responses import Response

from tests.kit.scripted_llm import ScriptedLLM, answers, says

CORPUS = Path(__file__).with_name("attacks.jsonl")
Answer = dict[str, Any]


class Attack(BaseModel):
    """One line of the corpus."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    language: str
    category: str
    where: Literal["comment", "thread", "post", "author", "publication"]
    text: str
    """The comment; of an attack by a publication, what that says."""
    obeyed: Answer | str | None = None
    """The fallen model's output: data, or text that is none. Passage 0 is the quoted one."""
    must_not: Sequence[str] = ()
    """Patterns of which no proposed draft may hold one."""
    thread: Sequence[tuple[str, str]] = ()
    """Who said what before; `us` is the organisation."""
    author: str = "Mira Sonntag"
    post: str = ""
    stands: bool = False
    """The model did not fall and says the truth: the draft must be proposed nevertheless."""
    hidden: str = ""
    """How a publication hides its words from people."""
    bare: str = ""
    """The same comment without its words to the machine, and the lane that it stays in."""
    stays: str = ""


def attacks() -> list[Attack]:
    """Read the corpus."""
    lines = CORPUS.read_text(encoding="utf-8").splitlines()
    return [Attack.model_validate_json(line) for line in lines]


def obeys(attack: Attack, llm: ScriptedLLM) -> Callable[[Event], Awaitable[Response]]:
    """Answer as the attacker wants, with the numbers of the passages that the model was shown."""

    async def behave(closing: Event) -> Response:
        if isinstance(attack.obeyed, str):
            return await says(attack.obeyed)(closing)
        shown = shown_passages(llm.requests[-1]["messages"])
        answer: Answer = deepcopy(attack.obeyed or {})
        for sentence in answer["sentences"]:
            for citation in sentence["citations"]:
                citation["passage"] = citation["passage"] or _holding(citation["quote"], shown)
        return await answers(answer)(closing)

    return behave


def shown_passages(messages: Sequence[Mapping[str, str]]) -> list[dict[str, Any]]:
    """Return the numbered passages out of a prompt."""
    found = re.search(r"^\[\{\"number\".*$", messages[-1]["content"], re.MULTILINE)
    passages: list[dict[str, Any]] = json.loads(found[0]) if found else []
    return passages


def _holding(quote: str, shown: Sequence[Mapping[str, Any]]) -> int:
    for passage in shown:
        if quote in passage["text"]:
            return int(passage["number"])
    return 1
