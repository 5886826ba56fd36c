"""Makes one document from the pieces any format was read into."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePath

from services.index.read.clean import clean_line, clean_lines
from services.index.read.dates import stated_date
from services.index.read.document import Block, Document, Facts, Kind, Notice
from services.index.read.unreadable import Reason, Unreadable

MAX_CHARACTERS = 3_000_000
MAX_PIECES = 60_000
_LONGEST_HEADING = 200
_OPENING_PIECES = 5
_DATED_PIECES = 12
_OPENING_CHARACTERS = 500
_LONGEST_FACT = 300
_LETTER = re.compile(r"[^\W\d_]")
_LANGUAGE = re.compile(r"[a-z]{2}(?=$|[-_])", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Piece:
    """What a reader found; `level` counts from 1 for headings, 1 being the outermost."""

    kind: Kind
    text: str
    level: int = 0
    page: int | None = None
    page_to: int | None = None


def assemble(
    pieces: Iterable[Piece], facts: Facts, *, name: str, notices: Sequence[Notice] = ()
) -> Document:
    """Clean the pieces, put each under its headings and find a title; raises Unreadable.

    Without a stated title the heading above all others is the title, else the file's name. The
    title itself is no heading of the text.
    """
    cleaned = _all_cleaned(pieces)
    above_all = _heading_above_all(cleaned)
    title = _fact(facts.title) or (above_all.text if above_all else _stem(name))
    blocks = _blocks([piece for piece in cleaned if not _is_title(piece, title, above_all)])
    if not any(block.kind != Kind.HEADING and _LETTER.search(block.text) for block in blocks):
        raise Unreadable(Reason.NO_TEXT)
    language = _LANGUAGE.match(facts.language or "")
    return Document(
        title=title,
        blocks=tuple(blocks),
        language=language.group().lower() if language else None,
        date=facts.date or stated_date(_opening(cleaned)) or facts.file_date,
        author=_fact(facts.author),
        url=facts.url,
        notices=tuple(notices),
    )


def _all_cleaned(pieces: Iterable[Piece]) -> list[Piece]:
    """The pieces that hold text; gives up as soon as there are more than any publication has."""
    cleaned: list[Piece] = []
    characters = 0
    for piece in map(_cleaned, pieces):
        characters += len(piece.text)
        if characters > MAX_CHARACTERS or len(cleaned) >= MAX_PIECES:
            raise Unreadable(Reason.TOO_LARGE)
        if piece.text:
            cleaned.append(piece)
    return cleaned


def _cleaned(piece: Piece) -> Piece:
    text = clean_lines(piece.text) if piece.kind == Kind.CODE else clean_line(piece.text)
    if piece.kind == Kind.HEADING and len(text) > _LONGEST_HEADING:
        return replace(piece, text=text, kind=Kind.PARAGRAPH, level=0)
    return replace(piece, text=text)


def _fact(stated: str | None) -> str | None:
    return clean_line(stated or "")[:_LONGEST_FACT].strip() or None


def _stem(name: str) -> str:
    stem = clean_line(PurePath(name.replace("\\", "/")).stem.replace("_", " ").replace("-", " "))
    return stem[:_LONGEST_FACT] or "?"


def _opening(pieces: Sequence[Piece]) -> str:
    return "\n".join(piece.text[:_OPENING_CHARACTERS] for piece in pieces[:_DATED_PIECES])


def _heading_above_all(pieces: Sequence[Piece]) -> Piece | None:
    """The heading the document opens with, if no other is of its level or above."""
    headings = [piece for piece in pieces if piece.kind == Kind.HEADING]
    if not headings or headings[0] not in pieces[:_OPENING_PIECES]:
        return None
    if any(other.level <= headings[0].level for other in headings[1:]):
        return None
    return headings[0]


def _is_title(piece: Piece, title: str, above_all: Piece | None) -> bool:
    if piece.kind != Kind.HEADING:
        return False
    ours, theirs = piece.text.casefold(), title.casefold()
    return ours == theirs or (piece is above_all and (ours in theirs or theirs in ours))


def _blocks(pieces: Iterable[Piece]) -> list[Block]:
    blocks = []
    path: list[Piece] = []
    for piece in pieces:
        if piece.kind == Kind.HEADING:
            path = [*(above for above in path if above.level < piece.level), piece]
        heading = tuple(above.text for above in path)
        page_to = piece.page if piece.page_to is None else piece.page_to
        blocks.append(Block(piece.text, heading, piece.kind, piece.page, page_to))
    return blocks
