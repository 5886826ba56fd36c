"""Walks the simple tree of headings, paragraphs, lists and tables that extraction leaves."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from services.index.read.assemble import Piece
from services.index.read.document import Kind
from services.index.read.table import table_rows

_BLOCKS = frozenset({"ab", "code", "head", "item", "list", "p", "quote", "table"})


def body_pieces(body: Any) -> Iterator[Piece]:
    """The pieces below the lxml element `body`, in reading order.

    A heading without a rank, such as a summary that unfolds, is one level below the last ranked.
    """
    ranked = 1
    for piece in _mixed(body, Kind.PARAGRAPH):
        if piece.kind == Kind.HEADING and not piece.level:
            yield replace(piece, level=ranked + 1)
        else:
            ranked = piece.level or ranked
            yield piece


def _mixed(container: Any, kind: Kind, marker: str = "") -> Iterator[Piece]:
    """Blocks as they come, and the text between them; the first text is of `kind`."""
    text = container.text or ""
    for child in container:
        if child.tag not in _BLOCKS:
            text += " " if child.tag == "lb" else "".join(child.itertext())
        else:
            if text.strip():
                yield Piece(kind, marker + text)
                kind, marker = Kind.PARAGRAPH, ""
            text = ""
            yield from _mixed(child, kind, marker) if child.tag == "p" else _block(child)
            kind, marker = Kind.PARAGRAPH, ""
        text += child.tail or ""
    if text.strip():
        yield Piece(kind, marker + text)


def _block(element: Any) -> Iterator[Piece]:
    match element.tag:
        case "head":
            rank = element.get("rend", "")[1:]
            text = " ".join(element.itertext())
            yield Piece(Kind.HEADING, text, level=int(rank) if rank.isdecimal() else 0)
        case "list":
            numbers = iter(range(1, len(element) + 1))
            for child in element:
                marked = child.tag == "item" and element.get("rend") == "ol"
                yield from _item(child, f"{next(numbers)}. " if marked else "")
        case "table":
            rows = ([_words(cell) for cell in row.iter("cell")] for row in element.iter("row"))
            yield from table_rows([row for row in rows if row])
        case "code":
            yield Piece(Kind.CODE, "".join(element.itertext()))
        case _:
            yield from _mixed(element, Kind.PARAGRAPH)


def _item(element: Any, marker: str) -> Iterator[Piece]:
    if element.tag == "item":
        yield from _mixed(element, Kind.LIST_ITEM, marker)
    else:
        yield from _block(element)


def _words(element: Any) -> str:
    return " ".join(element.itertext())
