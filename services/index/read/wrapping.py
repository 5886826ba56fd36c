"""Undoes what wrapping does to text: line ends and the hyphens before them."""

import re

BULLET = re.compile(r"\s*[-–—*•‣◦▪●·■□➢✓]\s+")
NUMBER = re.compile(r"\s*(?:\(?\d{1,2}[.)]|\(?[a-z]\)|\([ivx]{1,4}\))\s+")

_CUT_WORD = re.compile(r"(?P<part>[^\W\d_]+)[-\u2010]$")
_GOES_ON = re.compile(r"[^\W\d_]+")
_SUSPENDED = frozenset(
    ("und", "oder", "bzw", "beziehungsweise", "sowie", "als", "bis", "wie", "noch", "and", "or")
)


def without_bullet(text: str) -> str:
    bullet = BULLET.match(text)
    return text[bullet.end() :] if bullet else text


def join_lines(first: str, second: str) -> str:
    """`first` and the line after it, with a word cut at the line's end made whole.

    "Förder-" + "richtlinie" is one word, "Kinder-" + "und" two, "EU-" + "Richtlinie" and "EU-" +
    "weit" keep their hyphen.
    """
    first, second = first.rstrip(), second.lstrip()
    if not first or not second:
        return first or second
    if first.endswith("\u00ad"):
        return first[:-1] + second
    cut, ahead = _CUT_WORD.search(first), _GOES_ON.match(second)
    if cut is None or ahead is None:
        return f"{first} {second}"
    if ahead.group() in _SUSPENDED:
        return f"{first} {second}"
    if second[0].isupper() or cut["part"].isupper():
        return first + second
    return first[:-1] + second
