"""Undoes what wrapping does to text: line ends and the hyphens before them."""

import re
from collections.abc import Iterable

BULLET = re.compile(r"\s*[-–—*•‣◦▪●·■□➢✓]\s+")
NUMBER = re.compile(r"\s*(?:\(?\d{1,2}[.)]|\(?[a-z]\)|\([ivx]{1,4}\))\s+")

_LONGEST_CLOSING = 6
_ENDED = re.compile(r"[.!?:…][\"'»«“”‘’)\]]*$")
_LONGEST_WORD = 60
_CUT_WORD = re.compile(r"(?P<part>[^\W_]+)[-\u2010]$")
_GOES_ON = re.compile(r"[^\W\d_]{1,60}+")
_SUSPENDED = frozenset(
    ("und", "oder", "bzw", "beziehungsweise", "sowie", "als", "bis", "wie", "noch", "and", "or")
)


def ends_sentence(line: str) -> bool:
    """Whether the line ends as a sentence, or what introduces a list, does."""
    return _ENDED.search(line[-_LONGEST_CLOSING:]) is not None


def without_bullet(text: str) -> str:
    bullet = BULLET.match(text)
    return text[bullet.end() :] if bullet else text


def join_lines(lines: Iterable[str]) -> str:
    """The lines as one, with words cut at a line's end made whole.

    "Förder-" and "richtlinie" are one word, "Kinder-" and "und" two; "EU-" and "Richtlinie",
    "EU-" and "weit", "100-" and "prozentig" keep their hyphen.
    """
    parts: list[str] = []
    for line in map(str.strip, lines):
        if parts and line:
            parts[-1], glue = _fitted(parts[-1], line)
            parts.append(glue)
        if line:
            parts.append(line)
    return "".join(parts)


def _fitted(above: str, line: str) -> tuple[str, str]:
    """The line above, without a hyphen that only wrapping put there, and what goes between."""
    if above.endswith("\u00ad"):
        return above[:-1], ""
    cut, ahead = _CUT_WORD.search(above[-_LONGEST_WORD:]), _GOES_ON.match(line)
    if cut is None or ahead is None or ahead.group() in _SUSPENDED:
        return above, " "
    if line[0].isupper() or cut["part"].isupper() or not cut["part"].isalpha():
        return above, ""
    return above[:-1], ""
