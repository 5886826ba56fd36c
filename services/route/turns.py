"""A stored thread as its turns: who said what to whom, reduced to what its behaviour shows."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from services.route.decide import (
    Reading,
    calls_for_help,
    is_mere_abuse,
    possibly_illegal,
)
from services.route.head import Floats
from services.store.conversations import Said

_WORD = re.compile(r"[^\W\d_]+")
_MENTION = re.compile(r"^\s*@\w")
_FIGURE = re.compile(r"\d+(?:[.,:]\d+)*")
_PERSONAL = re.compile(
    r"\b(?:ich|mich|mir|mein\w*|wir|uns|unser\w*|i|my|me|mine|we|us|our|ours|ick|mei|meim"
    r"|mia?r|ma)\b",
    re.IGNORECASE,
)
_PROOF = re.compile(
    r"\b(?:beweis\w*|beleg\w*|quellen?|nachweis\w*|proof|prove|evidence|sources?)\b", re.IGNORECASE
)
PROOF_WORDS = 14
"""A demand for proof is short; a longer text says something itself."""
HOSTILE = 0.7
"""Probability of attack or threat; below it a comment may still be harsh criticism."""
ASKS = 0.3
"""Probability of a question that counts as one without any sign of it."""
CONTENT = 4
"""Letters of a word that may carry a subject."""


@dataclass(frozen=True)
class Turn:
    """One comment, or one answer of ours, as far as a thread's behaviour shows in it."""

    key: str
    author: str | None
    """The account's key; None when we speak."""
    to: str | None
    """The account it answers; None when it answers us, or nobody but the post."""
    at: datetime
    vector: Floats | None = None
    """Unit vector of the embedding, None when there is none in the space in use."""
    words: frozenset[str] = frozenset()
    """Different words of some length, case folded."""
    length: int = 0
    """Words."""
    asks: bool = False
    hostile: bool = False
    """Reads as an attack and as next to nothing else."""
    mere_abuse: bool = False
    """The same and surely so, as what is put to rest: however long, it says nothing."""
    criticises: float = 0.0
    """Probability that it is criticism."""
    personal: bool = False
    """Speaks of oneself."""
    figures: frozenset[str] = frozenset()
    """The figures it names, as they are written."""
    demands_proof: bool = False
    urgent: bool = False
    """Perhaps against the law, or a call for help: never a matter for a mute."""
    to_somebody: bool = False
    """Begins by naming somebody."""


@dataclass(frozen=True)
class Conversation:
    """A thread's turns, the oldest first, and in which space their vectors are."""

    turns: Sequence[Turn]
    space: str


def read_turn(said: Said, reading: Reading) -> Turn:
    """Return a comment's turn."""
    words = _WORD.findall(said.text)
    kinds = reading.said.kinds
    hostile = kinds["attack"] + kinds["threat"]
    worth = max(kinds["criticism"], kinds["question"], kinds["help"])
    abuse = is_mere_abuse(reading) and not reading.signals.asks
    marked = reading.signals.question_mark and not abuse
    asks = reading.signals.asks or marked or kinds["question"] >= ASKS
    return Turn(
        key=said.key,
        author=said.author,
        to=said.to,
        at=said.at,
        vector=said.vector,
        words=frozenset(word.casefold() for word in words if len(word) >= CONTENT),
        length=len(words),
        asks=asks,
        hostile=hostile >= HOSTILE and worth < reading.bars.next_to_nothing and not asks,
        mere_abuse=abuse and not asks,
        criticises=kinds["criticism"],
        personal=bool(_PERSONAL.search(said.text)),
        figures=frozenset(_FIGURE.findall(said.text)),
        demands_proof=len(words) <= PROOF_WORDS and bool(_PROOF.search(said.text)),
        urgent=bool(possibly_illegal(reading) or calls_for_help(reading)),
        to_somebody=bool(_MENTION.match(said.text)),
    )


def our_turn(key: str, to: str | None, at: datetime) -> Turn:
    """Return an answer of ours to an account."""
    return Turn(key=key, author=None, to=to, at=at)
