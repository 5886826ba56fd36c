"""Walks the XML of a Word document's body in reading order."""

from collections.abc import Iterator, Mapping
from typing import Any

from docx.oxml.ns import qn

from services.index.read.assemble import Piece
from services.index.read.document import Kind
from services.index.read.docx_styles import Role, is_numbered
from services.index.read.table import table_rows
from services.index.read.wrapping import BULLET

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
_NO_ROLE = Role()


def body_pieces(container: Any, roles: Mapping[str, Role]) -> Iterator[Piece]:
    """The pieces of a body or text box; `roles` tells what its paragraph styles mean."""
    for element in container:
        if element.tag == _PARAGRAPH:
            yield from _paragraph(element, roles)
        elif element.tag == _TABLE:
            yield from table_rows(_rows(element))
        elif element.tag in _WRAPPERS:
            yield from body_pieces(element, roles)


def _paragraph(paragraph: Any, roles: Mapping[str, Role]) -> Iterator[Piece]:
    properties = paragraph.find(qn("w:pPr"))
    role = _role(properties, roles)
    text = _words(paragraph)
    if role.level:
        yield Piece(Kind.HEADING, text, level=role.level)
    elif role.is_list:
        yield Piece(Kind.LIST_ITEM, BULLET.sub("", text))
    elif not role.is_contents:
        yield Piece(Kind.PARAGRAPH, text)
    for box in paragraph.iter(_BOX):
        if not any(above.tag == _FALLBACK for above in box.iterancestors()):
            yield from body_pieces(box, roles)


def _role(properties: Any, roles: Mapping[str, Role]) -> Role:
    """A paragraph's role by its style, or by the numbering it has of its own."""
    if properties is None:
        return _NO_ROLE
    style = properties.find(qn("w:pStyle"))
    role = _NO_ROLE if style is None else roles.get(style.get(_VALUE, ""), _NO_ROLE)
    return Role(is_list=True) if role == _NO_ROLE and is_numbered(properties) else role


def _words(element: Any) -> str:
    """The visible text below `element`, without that of text boxes inside."""
    words = []
    for child in element:
        if child.tag == _TEXT:
            words.append(child.text or "")
        elif child.tag in _MARKS:
            words.append(_MARKS[child.tag])
        elif child.tag not in _UNSEEN and not _is_hidden(child):
            words.append(_words(child))
    return "".join(words)


def _is_hidden(run: Any) -> bool:
    return run.find(f"{qn('w:rPr')}/{qn('w:vanish')}") is not None


def _rows(table: Any) -> list[list[str]]:
    """The cells' texts; what spans columns is in the first, what spans rows in each of them."""
    rows: list[list[str]] = []
    for row in table.iter(_ROW):
        cells: list[str] = []
        for cell in row.iterchildren(_CELL):
            text = "\n".join(_words(paragraph) for paragraph in cell.iter(_PARAGRAPH))
            merged = cell.find(f"{qn('w:tcPr')}/{qn('w:vMerge')}")
            if merged is not None and merged.get(_VALUE) != "restart" and rows:
                text = rows[-1][len(cells)] if len(cells) < len(rows[-1]) else text
            span = cell.find(f"{qn('w:tcPr')}/{qn('w:gridSpan')}")
            width = span.get(_VALUE, "1") if span is not None else "1"
            cells += [text] + [""] * (min(int(width), 64) - 1 if width.isdecimal() else 0)
        rows.append(cells)
    return rows
