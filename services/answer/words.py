"""The word lists that the checks go by, as patterns and sets."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files


@dataclass(frozen=True)
class Words:
    """The lists of `words.toml`, all case-folded."""

    deflects: re.Pattern[str]
    glue: frozenset[str]
    courtesy: Mapping[str, frozenset[str]]
    """By ISO 639-1 language."""


def read_words() -> Words:
    """Load the word lists that ship with the service."""
    lists = tomllib.loads(files(__package__).joinpath("words.toml").read_text(encoding="utf-8"))
    return Words(
        deflects=re.compile(rf"(?<!\w)(?:{'|'.join(lists['deflects'])})", re.IGNORECASE),
        glue=frozenset(lists["glue"].casefold().split()),
        courtesy={
            language: frozenset(words.casefold().split())
            for language, words in lists["courtesy"].items()
        },
    )
