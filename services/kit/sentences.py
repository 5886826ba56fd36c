"""Cuts German and English prose into sentences without losing a character's place."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from services.kit.abbreviations import (
    BEFORE_A_NUMBER,
    MAY_END_A_SENTENCE,
    NEVER_END_A_SENTENCE,
    NEVER_ENDING_CHAINS,
    STARTERS,
)


@dataclass(frozen=True, slots=True)
class Span:
    """A half-open range of character offsets into the text it was cut from."""

    start: int
    end: int


# Possessive quantifiers and short windows keep every pattern linear on hostile text.
_LOOK_BACK = 48
_LONGEST_LABEL = 11
_STOP = re.compile(
    r"(?P<mark>[.!?…]++)(?P<closing>[\"'»«›‹“”„’‘)\]]*+)"
    r"(?:[ ]?[\U0001F000-\U0001FAFF\u2600-\u27BF\uFE0F\u200D]++)*+"
)
_SPACE = re.compile(r"\s*+")
_OPENING = re.compile(r"[\s\"'»«›‹“”„’‘‚(\[–—-]*+")
_WORD_AHEAD = re.compile(r"[^\W_]{1,40}+")
_WORD_BEHIND = re.compile(r"(?<![^\W\d_])[^\W\d_]{1,40}$")
_CHAIN_BEHIND = re.compile(r"(?<![^\W_])(?:[^\W\d_]{1,2}\.\s?){0,4}[^\W\d_]$")
_ORDINAL_BEHIND = re.compile(r"(?<![\w,])(?:(?<!\d\.)\d{1,3}|\d{1,2}\.\s?\d{1,2}|[IVXLC]{2,6})$")
_ITEM_BEHIND = re.compile(r"[:;]\s?(?:\d{1,2}|[a-z])$")
_ENUMERATOR = re.compile(
    r"(?:\d{1,4} )?(?:\d{1,3}|[A-Za-z]|[IVXLC]{2,6})(?:\.(?:\d{1,3}|[a-z]))*+\."
)
_GLUED_BEHIND = re.compile(r"(?<![\w@/.:])[^\W\d_]*[a-zäöüß]{3}$")
_GLUED_AHEAD = re.compile(
    r"(?!(?:At|Ch|Com|De|Eu|Info|Js|Net|Org)\b)(?:\d{1,3}\.?[ ]?)?[A-ZÄÖÜ][a-zäöüß]++[\s,;:.!?)]"
)
_BORDER = re.compile(
    r"\n[ \t\r\v]*+\n|[\f\u2028\u2029]"
    r"|\n(?=[ \t]*+(?:[-–—*•‣◦▪●·]|\(?[a-z]\)|\(?\d{1,3}\))[ \t])"
    r"|[ \t](?=[•‣◦▪●][ \t])"
    r"|(?P<numbered>\n(?=[ \t]*+\d{1,3}\.[ \t]"
    r"(?!Jan|Feb|Mär|Apr|Mai|Jun|Jul|Aug|Sep|Okt|Nov|Dez)))"
)
_NUMBERED = re.compile(r"\s*+\d{1,3}\.[ \t]")


def split_sentences(text: str) -> list[Span]:
    """The sentences of `text` in order, trimmed of white space; linear in its length.

    Blank lines and list markers end a sentence even without a full stop. Between two spans there
    is only white space, so what is cut from the text stays verbatim.
    """
    casual = not any(character.isupper() for character in text)
    spans = []
    for start, end in _stretches(text):
        sentence = _after(_SPACE, text, start, end)
        for stop in _STOP.finditer(text, start, end):
            if stop.end() > sentence and _ends_sentence(text, sentence, stop, end, casual=casual):
                spans.append(Span(sentence, stop.end()))
                sentence = _after(_SPACE, text, stop.end(), end)
        if sentence < end:
            spans.append(Span(sentence, sentence + len(text[sentence:end].rstrip())))
    return spans


def _after(pattern: re.Pattern[str], text: str, start: int, end: int) -> int:
    found = pattern.match(text, start, end)
    return found.end() if found else start


def _stretches(text: str) -> Iterator[tuple[int, int]]:
    """The stretches between blank lines and list markers, which no sentence crosses."""
    start = 0
    for border in _BORDER.finditer(text):
        if border["numbered"] is not None and not _is_list_item(text, start, border.start()):
            continue
        yield start, border.start()
        start = border.end()
    yield start, len(text)


def _is_list_item(text: str, start: int, line_end: int) -> bool:
    """Whether the numbered line after `line_end` is an item and not a wrapped "12. Mai"."""
    line = text[max(start, line_end - _LOOK_BACK) : line_end].rstrip()
    return line.endswith((".", ":", ";", "!", "?")) or _NUMBERED.match(text, start) is not None


def _ends_sentence(
    text: str, sentence: int, stop: re.Match[str], end: int, *, casual: bool
) -> bool:
    after, closing = stop.end(), stop["closing"]
    behind = text[max(sentence, stop.start() - _LOOK_BACK) : stop.start()]
    if after == end or not text[after].isspace():
        return after == end or (not closing and _is_glued(text, behind, after, end))
    ahead = _after(_OPENING, text, after, end)
    in_brackets = behind.endswith(("(", "[")) or (
        closing.endswith((")", "]")) and text[sentence] not in "(["
    )
    if in_brackets or ahead == end:
        return False
    return _mark_ends(text, sentence, stop, ahead, end, behind=behind, casual=casual)


def _mark_ends(
    text: str,
    sentence: int,
    stop: re.Match[str],
    ahead: int,
    end: int,
    *,
    behind: str,
    casual: bool,
) -> bool:
    """Whether the stop before the word at `ahead` ends the sentence; `casual` writes all small."""
    mark, small = stop["mark"], text[ahead].islower()
    if "!" in mark or "?" in mark:
        return not small or (not stop["closing"] and text[stop.end() : ahead].isspace())
    starts = _starts_sentence(text, ahead, end)
    if mark != ".":
        return starts or casual
    if small:
        return casual and not stop["closing"] and _is_plain_word(behind)
    so_far = text[sentence : min(stop.start() + 1, sentence + _LONGEST_LABEL + 1)]
    return not _is_label(so_far, behind) and _full_stop_ends(
        behind, number_ahead=text[ahead].isdigit(), starts=starts
    )


def _is_glued(text: str, behind: str, ahead: int, end: int) -> bool:
    """Whether a sentence ends without a space after it ("Das war gut.Danke dafür")."""
    return (
        _GLUED_AHEAD.match(text, ahead, end) is not None
        and _GLUED_BEHIND.search(behind) is not None
        and _is_plain_word(behind)
    )


def _starts_sentence(text: str, ahead: int, end: int) -> bool:
    word = _WORD_AHEAD.match(text, ahead, end)
    if word is None:
        return False
    if word.group() in {"A", "I"}:
        return (
            text[word.end() : word.end() + 1] == " "
            and text[word.end() + 1 : word.end() + 2].islower()
        )
    return word.group() in STARTERS


def _is_plain_word(behind: str) -> bool:
    word = _WORD_BEHIND.search(behind)
    return (
        word is not None
        and len(word.group()) > 2
        and word.group() not in NEVER_END_A_SENTENCE
        and not _may_be_abbreviation(word.group())
    )


def _is_label(so_far: str, behind: str) -> bool:
    """Whether the full stop belongs to the number of a list item ("1. Die Satzung")."""
    numbered = len(so_far) <= _LONGEST_LABEL and _ENUMERATOR.fullmatch(so_far) is not None
    return numbered or _ITEM_BEHIND.search(behind) is not None


def _full_stop_ends(behind: str, *, number_ahead: bool, starts: bool) -> bool:
    """Whether a single full stop after `behind` ends the sentence; no small letter follows it."""
    chain = _CHAIN_BEHIND.search(behind)
    if chain is not None:
        return starts and "".join(chain.group().split()) not in NEVER_ENDING_CHAINS
    if _ORDINAL_BEHIND.search(behind):
        return starts
    found = _WORD_BEHIND.search(behind)
    if found is None:
        return True
    word = found.group()
    if word in NEVER_END_A_SENTENCE:
        return False
    if word in BEFORE_A_NUMBER:
        return not number_ahead
    return starts or not _may_be_abbreviation(word)


def _may_be_abbreviation(word: str) -> bool:
    """Listed, a street, or a short word without any vowel that is no acronym ("Hrsg", "Tsd")."""
    return (
        word in MAY_END_A_SENTENCE
        or word.endswith("str")
        or (len(word) <= 5 and not word.isupper() and not re.search("[aeiouyäöü]", word.lower()))
    )
