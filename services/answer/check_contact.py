"""Checks of whether a draft answers here, and of whom it names."""

import re
import unicodedata
from collections.abc import Sequence

from services.answer.checked import Checked, proof
from services.answer.draft import Turn
from services.kit.grams import character_grams

_AT = r"\s?(?:@|[(\[{<]\s?(?:at|ät|a)\s?[)\]}>])\s?|\s(?:at|ät)\s"
_DOT = r"\.|\s?[(\[{<]\s?(?:dot|punkt|\.)\s?[)\]}>]\s?|\s(?:dot|punkt)\s"
_E_MAIL = re.compile(
    rf"[\w.+-]+(?:{_AT})[\w-]+(?:(?:{_DOT})[\w-]+)+|[\w.+-]+@[\w-]+", re.IGNORECASE
)
_DATE = re.compile(r"\d{1,2}[./]\s?\d{1,2}[./](?:\s?\d{2,4})?")
_TELEPHONE = re.compile(
    r"(?<![\w.,])(?:\+|00|\(?0)\s?\(?\d[\d\s/().-]{4,}\d|\b(?:tel|telefon|phone)[.:]*\s?\d",
    re.IGNORECASE,
)
_MENTION = re.compile(r"(?<![\w.])[@#]\s?[^\W\d_](?:[.-]?\w)*")
_TITLED = re.compile(r"\b(?:(?:Herrn?|Frau|Mrs?|Ms|Dr|Prof)\b\.?\s)+(?P<name>[^\W\d_]{3,})")
_NAME = re.compile(r"[^\W\d_]{3,}")
_INFLECTED = re.compile(r"e[nms]?$")
"""How a German adjective ends: at the beginning of a sentence it is capitalised, yet no name."""


def answers_in_place(checked: Checked) -> str | None:
    """The draft's own words send nobody elsewhere: no address, no number, no "contact us"."""
    text = checked.own_text
    for pattern in (checked.words.deflects, _E_MAIL):
        if found := pattern.search(text):
            return found[0].strip()
    if found := _TELEPHONE.search(_DATE.sub(" ", text)):
        return found[0].strip()
    return None


def names_are_known(checked: Checked) -> str | None:
    """Nobody is mentioned or named whom the publications do not name."""
    if found := _MENTION.search(checked.own_text):
        return found[0]
    text = " \n ".join(proof(source) for source in checked.sources.values())
    known = {word.casefold() for word in _NAME.findall(text)}
    polite = checked.words.glue.union(*checked.words.courtesy.values())
    strangers = _speakers(checked.question.thread) - known - polite
    grams = set(character_grams(text))
    for sentence in checked.draft.sentences:
        words = unicodedata.normalize("NFKC", checked.own_words(sentence))
        for found in _TITLED.finditer(words):
            if found["name"][0].isupper() and found["name"].casefold() not in known:
                return found[0]
        for found in _NAME.finditer(words):
            if found[0][0].isupper() and found[0].casefold() in strangers:
                return found[0]
        comparable = any(checked.in_answer_language(one) for one in checked.cited(sentence))
        if comparable and (pair := _unknown_pair(words, grams, checked.words.glue)):
            return pair
    return None


def _speakers(thread: Sequence[Turn]) -> set[str]:
    """Return the parts of the names of those who spoke before, in small letters."""
    names = " ".join(turn.speaker for turn in thread if not turn.ours)
    return {part.casefold() for part in _NAME.findall(unicodedata.normalize("NFKC", names))}


def _unknown_pair(words: str, grams: set[str], glue: frozenset[str]) -> str | None:
    """Return the first two capitalised words side by side that no passage holds even in part."""
    before: re.Match[str] | None = None
    for found in _NAME.finditer(words):
        own = character_grams(found[0])
        known = sum(gram in grams for gram in own) * 2 >= len(own)
        begins = found.start() == 0 and _INFLECTED.search(found[0])
        if not found[0][0].isupper() or known or begins or found[0].casefold() in glue:
            before = None
        elif before and words[before.end() : found.start()] == " ":
            return words[before.start() : found.end()]
        else:
            before = found
    return None
