"""The word lists that the checks go by, as patterns and sets."""

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files


@dataclass(frozen=True)
class Words:
    """The lists of `words.toml`, all case-folded."""

    deflects: re.Pattern[str]
    promises: re.Pattern[str]
    condescends: re.Pattern[str]
    glue: frozenset[str]
    answering: frozenset[str]
    asking: frozenset[str]
    loaded: Mapping[str, re.Pattern[str]]
    """By what they are about."""
    courtesy: Mapping[str, frozenset[str]]
    """By ISO 639-1 language."""


def _phrases(alternatives: Sequence[str]) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{'|'.join(alternatives)})", re.IGNORECASE)


def _whole_words(alternatives: Sequence[str]) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{'|'.join(alternatives)})(?!\w)", re.IGNORECASE)


def read_words() -> Words:
    """Load the word lists that ship with the service."""
    lists = tomllib.loads(files(__package__).joinpath("words.toml").read_text(encoding="utf-8"))
    return Words(
        deflects=_phrases(lists["deflects"]),
        promises=_phrases(lists["promises"]),
        condescends=_phrases(lists["condescends"]),
        glue=frozenset(lists["glue"].casefold().split()),
        answering=frozenset(lists["answering"].casefold().split()),
        asking=frozenset(lists["asking"].casefold().split()),
        loaded={name: _whole_words(words) for name, words in lists["loaded"].items()},
        courtesy={
            language: frozenset(words.casefold().split())
            for language, words in lists["courtesy"].items()
        },
    )
