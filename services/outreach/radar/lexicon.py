"""The radar's word lists: how success and trouble sound, and what changes their meaning."""

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Literal

Side = Literal["success", "trouble"]
Language = Literal["de", "en"]


@dataclass(frozen=True)
class Cue:
    """Patterns that must all be found in one sentence."""

    side: Side
    kind: str
    patterns: tuple[re.Pattern[str], ...]
    firm: bool
    """It counts alone; others need joy or dismay beside them."""
    says_whose: bool
    """The pattern itself says that it is about the page."""
    own_sentence: bool
    """It counts only in a sentence in which the page speaks of itself."""


@dataclass(frozen=True)
class Lexicon:
    """All lists of one language."""

    cues: tuple[Cue, ...]
    shadow: re.Pattern[str]
    """Words that stand in no happy post."""
    markers: Mapping[str, re.Pattern[str]]
    genres: Mapping[str, re.Pattern[str]]
    vague: Mapping[str, re.Pattern[str]]


@cache
def lexicon(language: Language) -> Lexicon:
    """Return the shipped lists of a language."""
    found = _read(f"cues.{language}.toml")
    words: dict[str, str] = found["words"]
    around = dict(_read("markers.toml")[language])
    genres, vague = around.pop("genre"), around.pop("vague")
    return Lexicon(
        cues=(
            *_cues("trouble", found["trouble"], words),
            *_cues("success", found["success"], words),
        ),
        shadow=_pattern(rf"\b(?:{'|'.join(found['shadow']['words'])})\b"),
        markers=_patterns(around),
        genres=_patterns(genres),
        vague=_patterns(vague),
    )


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads(files(__package__).joinpath(name).read_text(encoding="utf-8"))


def _cues(side: Side, listed: Sequence[dict[str, Any]], words: dict[str, str]) -> list[Cue]:
    return [
        Cue(
            side=side,
            kind=one["kind"],
            patterns=tuple(_pattern(_filled(pattern, words)) for pattern in one["all"]),
            firm=one.get("firm", False),
            says_whose=one.get("whose") == "said",
            own_sentence=one.get("own_sentence", False),
        )
        for one in listed
    ]


def _filled(pattern: str, words: dict[str, str]) -> str:
    for name, value in words.items():
        pattern = pattern.replace(f"{{{name}}}", value)
    return pattern


def _patterns(listed: Mapping[str, str]) -> dict[str, re.Pattern[str]]:
    return {name: _pattern(pattern) for name, pattern in listed.items()}


def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(text, re.IGNORECASE)
