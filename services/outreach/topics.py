"""Which topics a text names. Pure."""

import re
from collections.abc import Sequence

_WORD = re.compile(r"\w+")
SHORTEST_STEM = 4


def named(text: str, topics: Sequence[str]) -> list[str]:
    """Return the topics of which every word begins a word of the text, or stands inside a long one.

    German compounds hide a topic inside: "Hitze" is named by "Sommerhitze".
    """
    words = {word.casefold() for word in _WORD.findall(text)}
    return [topic for topic in topics if _is_named(topic, words)]


def _is_named(topic: str, words: set[str]) -> bool:
    parts = [part.casefold() for part in _WORD.findall(topic)]
    return bool(parts) and all(any(_holds(word, part) for word in words) for part in parts)


def _holds(word: str, part: str) -> bool:
    return part in word if len(part) >= SHORTEST_STEM else word == part
