"""Characters that a reader cannot see, or sees as something else. Pure."""

import re
import unicodedata

_DISGUISES = re.compile(
    "[\u2460-\u24ff\ufe50-\ufe6f\uff01-\uff5e\ufffd\U0001d400-\U0001d7ff\U0001f100-\U0001f1ff]"
)
"""Letters and digits in circles, squares, mathematical or wide dress, and flags made of letters."""
_EMOJI = re.compile("[\u2190-\u2bff\ufe0f\U0001f300-\U0001faff]")
_JOINER = "\u200d"
_STACKED_MARKS = 3
_WORD = re.compile(r"[^\W\d_]+")


def without_invisible(text: str) -> str:
    """Drop what a person does not see: zero-width, direction and tag characters, controls."""
    return "".join(
        character
        for character in text
        if character in "\n\t" or not _is_invisible(unicodedata.category(character))
    )


def strange_character(text: str) -> str | None:
    """Name the first invisible or disguised character, None when there is none."""
    marks = 0
    for position, character in enumerate(text):
        category = unicodedata.category(character)
        marks = marks + 1 if category in ("Mn", "Me") else 0
        if character == "\n" or (character == _JOINER and _joins_emoji(text, position)):
            continue
        if _is_invisible(category) or _DISGUISES.match(character) or marks >= _STACKED_MARKS:
            return f"U+{ord(character):04X} {unicodedata.name(character, '')}".strip()
    return None


def mixed_word(text: str) -> str | None:
    """Return the first word whose letters come from more than one alphabet."""
    for found in _WORD.finditer(text):
        if len(alphabets(found[0])) > 1:
            return found[0]
    return None


def foreign_word(text: str) -> str | None:
    """Return the first word that is not written in Latin letters."""
    for found in _WORD.finditer(text):
        if alphabets(found[0]) - {"LATIN"}:
            return found[0]
    return None


def alphabets(word: str) -> set[str]:
    """Return the alphabets of a word's letters, as Unicode names them, e.g. `LATIN`."""
    return {
        unicodedata.name(letter, "UNNAMED").split()[0].split("-")[0]
        for letter in unicodedata.normalize("NFKC", word.replace("µ", ""))
        if letter.isalpha()
    } - {"MODIFIER", "FEMININE", "MASCULINE"}


def _joins_emoji(text: str, position: int) -> bool:
    before, after = text[position - 1 : position], text[position + 1 : position + 2]
    return bool(_EMOJI.match(before) and _EMOJI.match(after))


def _is_invisible(category: str) -> bool:
    return category in ("Cc", "Cf", "Co", "Cn", "Cs", "Zl", "Zp")
