"""Cuts blocks into the smallest parts that passages are packed from."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from services.index.read.document import Block, Kind
from services.index.read.wrapping import NUMBER
from services.kit.sentences import Span, split_sentences

_DENSE = re.compile(r"[^\w\s]|\d|[\u2e80-\U0010ffff]")
_DENSE_EXTRA, _CAPITAL_EXTRA = 0.85, 0.3
_CLAUSE_END = re.compile(r"[;:,–—)]\s|\s(?=(?:und|oder|sowie|and|or)\s)")
_PART_SHARE = 0.65
_LEAST_SENTENCE = 20
_LONGEST_REPEATED = 250
_ITEM_MARK = "– "
_LEFT_OUT = "\n…\n"
_LISTED = frozenset({Kind.LIST_ITEM, Kind.TABLE_ROW})

PARAGRAPH, ITEM, SENTENCE, CUT, GLUED = 0.0, 0.05, 0.12, 1.0, 2.0
"""What it costs to begin a passage there."""


@dataclass(frozen=True, slots=True)
class Unit:
    """A sentence, list item or table row, or a part of one that is too long for a passage.

    `before` separates it from the unit before. A passage may begin with it at the price `border`
    and then repeats `lead` first.
    """

    text: str
    before: str
    border: float
    lead: str = ""
    page: int | None = None
    page_to: int | None = None


def weight(text: str) -> float:
    """The length of plain prose that costs an embedding model as many tokens as `text`.

    Digits, signs and capitals make more tokens; the 512 tokens of e5 hold about 1,400.
    """
    dense = len(_DENSE.findall(text))
    capitals = sum(map(str.isupper, text))
    return len(text) + _DENSE_EXTRA * dense + _CAPITAL_EXTRA * capitals


def block_units(blocks: Sequence[Block], *, longest: float, overlap: int) -> Iterator[Unit]:
    """The units of neighbouring blocks, none heavier than `longest`.

    A heading among them stays with what follows. What begins inside a paragraph repeats up to
    `overlap` sentences before it, an item of a list the sentence that introduces the list.
    """
    introduction = ""
    above: Block | None = None
    for block in blocks:
        listed = block.kind in _LISTED
        starts_list = listed and (above is None or above.kind != block.kind)
        if starts_list:
            introduction = _introduction(above)
        border = PARAGRAPH
        if above and (above.kind == Kind.HEADING or (starts_list and introduction)):
            border = GLUED
        elif listed and above:
            border = ITEM
        lead = introduction + _LEFT_OUT if listed and introduction and border == ITEM else ""
        before = "\n" if listed and not (starts_list and NUMBER.match(block.text)) else "\n\n"
        first = Unit("", before, border, lead, block.page, block.page_to)
        yield from _units(block, first, longest=longest, overlap=overlap)
        above = block


def _introduction(above: Block | None) -> str:
    """The last sentence of the paragraph above a list, if it leads over to it."""
    if above is None or above.kind != Kind.PARAGRAPH or not above.text.endswith(":"):
        return ""
    last = split_sentences(above.text)[-1]
    length = last.end - last.start
    return above.text[last.start : last.end] if length <= _LONGEST_REPEATED else ""


def _units(block: Block, first: Unit, *, longest: float, overlap: int) -> Iterator[Unit]:
    text = block.text
    if block.kind in _LISTED and not NUMBER.match(text):
        text = _ITEM_MARK + text
    spans = _sentences(text, block.kind)
    end = 0
    for number, sentence in enumerate(spans):
        for part in _parts(text, sentence, longest):
            before, border, lead = first.before, first.border, first.lead
            if end:
                before, border, lead = text[end : part.start], CUT, ""
            if end and part.start == sentence.start:
                border = SENTENCE
                lead = _lead(text, spans[max(0, number - overlap) : number], part.start)
            words = text[part.start : part.end]
            yield Unit(words, before, border, lead, block.page, block.page_to)
            end = part.end


def _sentences(text: str, kind: Kind) -> list[Span]:
    """The sentences of a block, short ones joined with the next; a row or line of code is one."""
    if kind == Kind.TABLE_ROW:
        return [Span(0, len(text))]
    if kind == Kind.CODE:
        return [Span(line.start(), line.end()) for line in re.finditer(r"[^\n]+", text)]
    joined: list[Span] = []
    for span in split_sentences(text):
        if joined and joined[-1].end - joined[-1].start < _LEAST_SENTENCE:
            joined[-1] = Span(joined[-1].start, span.end)
        else:
            joined.append(span)
    return joined


def _lead(text: str, spans: Sequence[Span], start: int) -> str:
    if not spans or start - spans[0].start > _LONGEST_REPEATED:
        return ""
    return text[spans[0].start : start]


def _parts(text: str, sentence: Span, longest: float) -> Iterator[Span]:
    """The sentence, or if it is too heavy parts of it that end with a clause or at least a word."""
    start = sentence.start
    while _is_heavier(text, start, sentence.end, longest):
        limit = _limit(text, start, longest * _PART_SHARE)
        half = start + (limit - start) // 2
        clauses = [clause.end() for clause in _CLAUSE_END.finditer(text, half, limit)]
        cut = clauses[-1] if clauses else text.rfind(" ", half, limit) + 1 or limit
        yield Span(start, start + len(text[start:cut].rstrip()))
        start = cut
    yield Span(start, sentence.end)


def _is_heavier(text: str, start: int, end: int, limit: float) -> bool:
    return end - start > limit or weight(text[start:end]) > limit


def _limit(text: str, start: int, longest: float) -> int:
    """A place after `start` up to which the text is not heavier than `longest`."""
    length = int(longest)
    while length > 1 and weight(text[start : start + length]) > longest:
        length = int(length * 0.9)
    return start + max(length, 1)
