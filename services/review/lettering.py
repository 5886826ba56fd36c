"""Text as lines that fit a width, whatever somebody wrote: nothing hidden, nothing over. Pure."""

import unicodedata
from collections.abc import Callable, Iterator
from functools import lru_cache

import regex
from PIL.ImageFont import FreeTypeFont

JOINING = "\u200c\u200d\ufe0e\ufe0f"
"""Invisible signs that belong to a letter or an emoji beside them."""
MOST_MARKS = 6
"""Code points of one letter with its accents; what is piled up higher is counted, not drawn."""
MOST_LINES = 150
"""Lines of one text; the rest of it is in the other files."""
CUT = "[…]"


def named(char: str) -> str:
    """Return what stands for a character that cannot be drawn or must not act: number and name."""
    name = unicodedata.name(char, "").lower()
    return f"[U+{ord(char):04X}{' ' + name if name else ''}]"


def drawable(font: FreeTypeFont) -> Callable[[str], bool]:
    """Return whether a font has a picture for a character, by comparing with its empty box."""
    missing = bytes(font.getmask("\U0010fffe"))

    @lru_cache(maxsize=4096)
    def has(char: str) -> bool:
        return bytes(font.getmask(char)) != missing

    return has


def legible(text: str, has: Callable[[str], bool]) -> str:
    """Return a text in which every character is seen: what steers or is unknown stands by name."""
    letters = (
        _letter(cluster, has) for cluster in regex.findall(r"\X", text.replace("\r\n", "\n"))
    )
    return "".join(letters)


def _letter(cluster: str, has: Callable[[str], bool]) -> str:
    if cluster.isspace():
        return "\n" if cluster in ("\n", "\r", "\u2028", "\u2029", "\x0b", "\x0c", "\x85") else " "
    marks = [char for char in cluster if char not in JOINING]
    shown = "".join(
        char if unicodedata.category(char)[0] != "C" and has(char) else named(char)
        for char in marks[:MOST_MARKS]
    )
    rest = len(marks) - MOST_MARKS
    return f"{shown}[+{rest}]" if rest > 0 else shown


def lines_of(text: str, font: FreeTypeFont, width: float) -> list[str]:
    """Return the lines of a legible text; words too long for a line are broken anywhere."""
    found: list[str] = []
    for paragraph in text.split("\n"):
        for line in _wrapped(paragraph, font, width):
            if len(found) == MOST_LINES:
                return [*found, CUT]
            found.append(line)
    return found


def _wrapped(paragraph: str, font: FreeTypeFont, width: float) -> Iterator[str]:
    line = ""
    for word in paragraph.split(" "):
        longer = f"{line} {word}" if line else word
        if font.getlength(longer) <= width:
            line = longer
            continue
        if line:
            yield line
        line = ""
        for piece in _broken(word, font, width):
            if line:
                yield line
            line = piece
    yield line


def _broken(word: str, font: FreeTypeFont, width: float) -> Iterator[str]:
    """Yield the pieces of a word, each as long as fits."""
    steps: dict[str, float] = {}
    piece, length = "", 0.0
    for found in regex.finditer(r"\X", word):
        letter = found[0]
        if letter not in steps:
            steps[letter] = font.getlength(letter)
        if piece and length + steps[letter] > width:
            yield piece
            piece, length = "", 0.0
        piece += letter
        length += steps[letter]
    yield piece
