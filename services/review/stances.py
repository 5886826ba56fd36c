"""Ready texts for replies that say no fact: which are offered in a thread, in which order. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from schemas.drafts import Stance
from services.kit.wordings import Wordings, load_wordings
from services.review.texts import LANGUAGES
from services.store.accounts import Language

PICKED: dict[Stance, str] = {"thank": "t", "empathise": "h", "boundary": "b", "close": "g"}
"""Stances with ready texts, and their keys."""


@dataclass(frozen=True)
class Wording:
    """One ready text."""

    name: str
    """File, version, section and number."""
    text: str


@dataclass(frozen=True)
class Offer:
    """A stance with its wordings; the one used least in the thread comes first."""

    stance: Stance
    key: str
    wordings: Sequence[Wording]


def load_stances() -> dict[Language, Wordings]:
    """Read the ready texts of both languages; raises BadPrompt."""
    return {language: load_wordings("stances", language, list(PICKED)) for language in LANGUAGES}


def spoken(language: str) -> Language:
    """Return the language of our own words to somebody who writes in `language`."""
    return "de" if language in ("de", "und") else "en"


def offers(
    wordings: Wordings, *, organisation: str, sources: Sequence[str], used: Mapping[str, int]
) -> list[Offer]:
    """Return what can be said; `sources` are titles we answered from, `used` counts wordings."""
    values = {"organisation": organisation, "sources": "; ".join(sources)}
    found = []
    for stance, key in PICKED.items():
        ready = [
            Wording(f"{wordings.name}:{stance}:{number}", text)
            for number, text in wordings.numbered(stance, values)
        ]
        ready.sort(key=lambda one: used.get(one.name, 0))
        if ready:
            found.append(Offer(stance, key, ready))
    return found
