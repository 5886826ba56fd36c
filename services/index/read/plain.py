"""Reads plain text: paragraphs between blank lines, and headings where writers mark them."""

import re
from collections.abc import Iterator

from services.index.read.assemble import Piece, assemble
from services.index.read.clean import clean_line
from services.index.read.document import Document, Facts, Kind
from services.index.read.encoding import decode
from services.index.read.wrapping import BULLET, NUMBER, ends_sentence, join_lines, without_bullet

_BLANK = re.compile(r"\n\s*\n")
_RULE = re.compile(r"\s*[=\-_*~#]{3,}\s*")
_SECTION_NUMBER = re.compile(r"(?P<number>\d{1,2}(?:\.\d{1,2})*)\.?\s+\S")
_SENTENCE_END = re.compile(r"[.,;:]$")
_LETTERS = re.compile(r"[^\W\d_]")
_LONGEST_TITLE = 150
_NARROWEST_WRAP, _WIDEST_WRAP = 50, 120
_WRAPPED_SHARE = 0.6
"""A line shorter than this share of the width ended because the writer ended it."""


def read_plain(name: str, body: bytes, charset: str | None, url: str | None) -> Document:
    """The document; its first line, if it can be one, is the title."""
    text = decode(body, charset).replace("\r\n", "\n").replace("\r", "\n").replace("\f", "\n\n")
    paragraphs = [paragraph for paragraph in _BLANK.split(text) if paragraph.strip()]
    title, rest = _title(paragraphs)
    width = _wrap_width(text)
    pieces = (piece for paragraph in rest for piece in _pieces(paragraph, width))
    facts = Facts(title=title, url=url)
    return assemble(pieces, facts, name=name)


def _title(paragraphs: list[str]) -> tuple[str | None, list[str]]:
    """The first line, taken from the text when it stands alone and is not a sentence of it."""
    if not paragraphs:
        return None, []
    lines = [line for line in paragraphs[0].splitlines() if not _RULE.fullmatch(line)]
    first = clean_line(lines[0]) if lines else ""
    alone = len(lines) == 1 and len(paragraphs) > 1
    if alone and len(first) <= _LONGEST_TITLE and not first.endswith("."):
        return first, paragraphs[1:]
    return first[:_LONGEST_TITLE] or None, paragraphs


def _wrap_width(text: str) -> int:
    """The column at which the writer wrapped lines, 0 if lines end only where paragraphs do."""
    longest = max(map(len, text.splitlines()), default=0)
    return longest if _NARROWEST_WRAP <= longest <= _WIDEST_WRAP else 0


def _pieces(paragraph: str, width: int) -> Iterator[Piece]:
    lines = [line for line in paragraph.splitlines() if line.strip()]
    words = [line for line in lines if not _RULE.fullmatch(line)]
    if len(words) == 1 and (level := _heading_level(words[0].strip(), ruled=len(lines) > 1)):
        yield Piece(Kind.HEADING, words[0], level=level)
        return
    gathered: list[str] = []
    kind, wrapped = Kind.PARAGRAPH, False
    for line in words:
        above = gathered[-1] if wrapped and kind == Kind.PARAGRAPH else ""
        new = not above or ends_sentence(above)
        is_item = BULLET.match(line) or (new and NUMBER.match(line))
        if is_item or not wrapped:
            yield Piece(kind, join_lines(gathered))
            kind, gathered = Kind.LIST_ITEM if is_item else Kind.PARAGRAPH, []
        gathered.append(without_bullet(line) if is_item else line)
        wrapped = len(line) > width * _WRAPPED_SHARE > 0
    yield Piece(kind, join_lines(gathered))


def _heading_level(line: str, *, ruled: bool) -> int:
    """The level of a line that stands alone, 0 if it is no heading."""
    if len(line) > _LONGEST_TITLE or not _LETTERS.search(line) or _SENTENCE_END.search(line):
        return 0
    numbered = _SECTION_NUMBER.match(line)
    if numbered:
        return numbered["number"].count(".") + 1
    return int(ruled or (line.isupper() and len(_LETTERS.findall(line)) > 3))
