"""Another version of the model: taught by moderators and files, compared before it goes live."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, get_args

import numpy as np

from schemas.comments import Kind
from services.route.decide import Reading, decide
from services.route.head import Seen
from services.route.measure import Figure, Judged, macro_f1, measure, share
from services.route.reader import Model
from services.route.signals import Words, read_signals

KINDS: tuple[Kind, ...] = get_args(Kind)
ALIASES: Mapping[str, Kind] = {
    "frage": "question", "kritik": "criticism", "vorschlag": "criticism",
    "suggestion": "criticism", "complaint": "criticism", "lob": "praise",
    "diskussion": "discussion", "gespräch": "discussion", "angriff": "attack", "troll": "attack",
    "insult": "attack", "hilferuf": "help", "call for help": "help", "werbung": "spam",
    "drohung": "threat", "sonstiges": "other",
}  # fmt: skip
FROZEN_EVERY = 5
"""Of so many labelled comments one is never learnt from."""
FEWEST = 30
"""Frozen comments below which a comparison says nothing."""


def kind_named(name: str) -> Kind | None:
    """Return the kind that a label means, None when it means none."""
    told = name.strip().casefold()
    return told if told in KINDS else ALIASES.get(told)


def is_frozen(text: str) -> bool:
    """Tell whether a comment belongs to the frozen set: by its text, so for ever."""
    digest = sha256(" ".join(text.split()).casefold().encode("utf-8", "replace")).digest()
    return digest[0] % FROZEN_EVERY == 0


@dataclass(frozen=True)
class Frozen:
    """Labelled comments that no version learns from."""

    texts: Sequence[str]
    seen: Sequence[Seen]
    kinds: Sequence[Kind]
    space: str = ""


@dataclass(frozen=True)
class Report:
    """How one version does on the frozen set."""

    rows: int
    macro_f1: Figure
    slighted: Figure
    """Share of criticism, questions and calls for help that would rest unread."""
    missed_questions: Figure

    def lines(self) -> list[str]:
        return [
            f"macro F1 {self.macro_f1.shown()}",
            f"criticism, questions, calls for help that rest {self.slighted.shown()}",
            f"questions not to be answered {self.missed_questions.shown()}",
        ]

    def as_card(self) -> dict[str, Any]:
        return {
            "rows": self.rows, "macro_f1": self.macro_f1.value, "slighted": self.slighted.value,
            "missed_questions": self.missed_questions.value,
        }  # fmt: skip


def report(model: Model, frozen: Frozen, words: Words) -> Report:
    """Judge a version on the frozen set."""
    gold = np.array([KINDS.index(kind) for kind in frozen.kinds])
    said = [model.judge(seen, frozen.space) for seen in frozen.seen]
    probabilities = np.array([[one.kinds.get(kind, 0.0) for kind in KINDS] for one in said])
    judged = Judged(gold, probabilities.argmax(axis=1), probabilities)
    lanes = [
        decide(Reading(read_signals(text, words, is_reply=False), one)).lane
        for text, one in zip(frozen.texts, said, strict=True)
    ]
    pairs = list(zip(frozen.kinds, lanes, strict=True))
    owed = [lane for kind, lane in pairs if kind in ("criticism", "question", "help")]
    asked = [lane for kind, lane in pairs if kind == "question"]
    return Report(
        len(gold), measure(judged, only={"macro_f1": macro_f1})["macro_f1"],
        share(owed.count("rest"), len(owed)),
        share(sum(lane not in ("answer", "urgent") for lane in asked), len(asked)),
    )  # fmt: skip


def may_go_live(new: Report, live: Report) -> str | None:
    """Return why a version should not replace the live one, None when it may."""
    if new.rows < FEWEST:
        return f"only {new.rows} frozen comments: a comparison needs {FEWEST}"
    if new.macro_f1.value < live.macro_f1.value - 0.005:
        return "its macro F1 on the frozen set is lower than the live version's"
    if new.slighted.value > live.slighted.value:
        return "it lets more criticism, questions or calls for help rest than the live version"
    return None
