"""Walks the XML of a Word document's body in reading order."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from docx.oxml.ns import qn

from services.index.read.assemble import Piece
from services.index.read.document import Kind
from services.index.read.docx_numbering import Numbering, whole_number
from services.index.read.docx_styles import Role, numbered
from services.index.read.docx_unseen import is_unseen
from services.index.read.table import table_rows
from services.index.read.wrapping import without_bullet

_PARAGRAPH, _TABLE, _ROW, _CELL = qn("w:p"), qn("w:tbl"), qn("w:tr"), qn("w:tc")
_TEXT, _BOX, _VALUE = qn("w:t"), qn("w:txbxContent"), qn("w:val")
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_UNSEEN = frozenset({qn("w:del"), qn("w:moveFrom"), qn("w:pPr"), _FALLBACK, _BOX})
_WRAPPERS = frozenset(map(qn, ("w:sdt", "w:sdtContent", "w:customXml", "w:ins", "w:moveTo")))
_MARKS = {
    qn("w:tab"): " ",
    qn("w:br"): "\n",
    qn("w:cr"): "\n",
    qn("w:noBreakHyphen"): "-",
    qn("w:sym"): " ",
}
_WIDEST_SPAN = 64
_TEXT_ROLE = Role()


@dataclass(frozen=True, slots=True)
class Look:
    """What paragraph styles mean, and the numbering that counts on while the body is read."""

    roles: Mapping[str, Role]
    unseen: frozenset[str]
    """The ids of the styles whose text nobody sees."""
    numbering: Numbering


def body_pieces(container: Any, look: Look) -> Iterator[Piece]:
    """The pieces of a body or text box in reading order."""
    for element in container:
        if element.tag == _PARAGRAPH:
            yield from _paragraph(element, look)
        elif element.tag == _TABLE:
            yield from table_rows(_rows(element, look))
        elif element.tag in _WRAPPERS:
            yield from body_pieces(element, look)


def _paragraph(paragraph: Any, look: Look) -> Iterator[Piece]:
    properties = paragraph.find(qn("w:pPr"))
    styled = None if properties is None else properties.find(qn("w:pStyle"))
    style = "" if styled is None else styled.get(_VALUE, "")
    role = numbered(look.roles.get(style, _TEXT_ROLE), properties)
    words = "" if style in look.unseen else _words(paragraph, look)
    text = without_bullet(words) if role.is_item else words
    if role.list and text.strip():
        depth = look.numbering.level_of(role.list, style) if role.depth is None else role.depth
        text = look.numbering.next_label(role.list, depth) + text
    if not role.is_contents:
        kind = Kind.LIST_ITEM if role.is_item else Kind.PARAGRAPH
        yield Piece(Kind.HEADING if role.level else kind, text, level=role.level)
    for box in paragraph.iter(_BOX):
        if not any(above.tag == _FALLBACK for above in box.iterancestors()):
            yield from body_pieces(box, look)


def _words(element: Any, look: Look) -> str:
    """The visible text below `element`, without that of text boxes inside."""
    words = []
    for child in element:
        if child.tag == _TEXT:
            words.append(child.text or "")
        elif child.tag in _MARKS:
            words.append(_MARKS[child.tag])
        elif child.tag not in _UNSEEN and not is_unseen(child, look.unseen):
            words.append(_words(child, look))
    return "".join(words)


def _rows(table: Any, look: Look) -> list[list[str]]:
    """The cells' texts; what spans columns is in the first, what spans rows in each of them."""
    rows: list[list[str]] = []
    for row in _own(table, _ROW):
        cells: list[str] = []
        for cell in _own(row, _CELL):
            text = "\n".join(_words(paragraph, look) for paragraph in cell.iter(_PARAGRAPH))
            merged = cell.find(f"{qn('w:tcPr')}/{qn('w:vMerge')}")
            if merged is not None and merged.get(_VALUE) != "restart" and rows:
                text = rows[-1][len(cells)] if len(cells) < len(rows[-1]) else text
            span = cell.find(f"{qn('w:tcPr')}/{qn('w:gridSpan')}")
            width = 1 if span is None else whole_number(span.get(_VALUE), 1)
            cells += [text, *[""] * (min(width, _WIDEST_SPAN) - 1)]
        rows.append(cells)
    return rows


def _own(whole: Any, part: str) -> Iterator[Any]:
    """The rows of a table or cells of a row, and not those of tables inside."""
    return (found for found in whole.iter(part) if next(found.iterancestors(whole.tag)) is whole)
