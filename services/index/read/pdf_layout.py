"""Finds headings, paragraphs, lists and tables in the lines of a PDF."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from services.index.read.assemble import Piece
from services.index.read.document import Kind
from services.index.read.pdf_lines import Line
from services.index.read.pdf_tables import find_tables, table_cells
from services.index.read.pdf_typography import Typography, usual_typography
from services.index.read.table import table_rows
from services.index.read.wrapping import BULLET, NUMBER, ends_sentence, join_lines, without_bullet

_LONGEST_HEADING = 160
_PARAGRAPH_GAP = 1.35
_HEADING_GAP = 1.8
_SHORT_LINE = 0.6
_INDENT = 0.8


@dataclass(slots=True)
class _Group:
    """Lines that belong together."""

    kind: Kind
    lines: list[Line]

    @property
    def last(self) -> Line:
        return self.lines[-1]


def layout_pieces(lines: Sequence[Line]) -> Iterator[Piece]:
    """The pieces in reading order; a paragraph that crosses pages is one piece."""
    if not lines:
        return
    usual = usual_typography(lines)
    for group in _groups(lines, usual):
        page, page_to = group.lines[0].page, group.last.page
        if group.kind == Kind.TABLE_ROW:
            yield from table_rows(table_cells(group.lines), page=page, page_to=page_to)
            continue
        text = join_lines(line.text for line in group.lines)
        if group.kind == Kind.HEADING and len(text) <= _LONGEST_HEADING:
            level = usual.heading_level(group.lines[0])
            yield Piece(Kind.HEADING, text, level=level, page=page, page_to=page_to)
        else:
            kind = Kind.LIST_ITEM if group.kind == Kind.LIST_ITEM else Kind.PARAGRAPH
            yield Piece(kind, without_bullet(text), page=page, page_to=page_to)


def _groups(lines: Sequence[Line], usual: Typography) -> list[_Group]:
    groups: list[_Group] = []
    tables = find_tables(lines)
    for position, line in enumerate(lines):
        before = _read_before(groups, line, usual)
        if position in tables:
            if tables[position] == position:
                groups.append(_Group(Kind.TABLE_ROW, []))
            groups[-1].lines.append(line)
        elif usual.is_heading(line):
            if before and before.kind == Kind.HEADING and _same_heading(before.last, line):
                before.lines.append(line)
            else:
                groups.append(_Group(Kind.HEADING, [line]))
        elif _starts_item(line, before):
            groups.append(_Group(Kind.LIST_ITEM, [line]))
        elif before and _continues(before, line, usual):
            before.lines.append(line)
        else:
            groups.append(_Group(Kind.PARAGRAPH, [line]))
    return groups


def _read_before(groups: Sequence[_Group], line: Line, usual: Typography) -> _Group | None:
    """The group a reader comes from: on a new page or column, the one above the footnotes."""
    if not groups:
        return None
    if not usual.is_small(line) and not _is_below(groups[-1].last, line):
        for group in reversed(groups):
            if not usual.is_small(group.last):
                return group
    return groups[-1]


def _is_below(above: Line, line: Line) -> bool:
    return above.page == line.page and line.y < above.y


def _same_heading(above: Line, line: Line) -> bool:
    return (
        _is_below(above, line)
        and (above.size, above.bold) == (line.size, line.bold)
        and above.y - line.y <= _HEADING_GAP * line.size
        and not NUMBER.match(line.text)
    )


def _starts_item(line: Line, before: _Group | None) -> bool:
    if BULLET.match(line.text):
        return True
    if not NUMBER.match(line.text):
        return False
    return (
        before is None
        or before.kind in {Kind.LIST_ITEM, Kind.HEADING}
        or ends_sentence(before.last.text)
    )


def _continues(before: _Group, line: Line, usual: Typography) -> bool:
    """Whether `line` goes on with the paragraph or list item that `before` is."""
    above = before.last
    if before.kind not in {Kind.PARAGRAPH, Kind.LIST_ITEM} or abs(above.size - line.size) > 0.6:
        return False
    ended = ends_sentence(above.text)
    if not _is_below(above, line):
        return not ended
    if above.y - line.y > usual.leading * line.size * _PARAGRAPH_GAP:
        return False
    return not ended or not _looks_new(before, line, usual)


def _looks_new(before: _Group, line: Line, usual: Typography) -> bool:
    """Whether `line`, after a sentence's end, looks like the first of a paragraph."""
    above, first = before.last, before.lines[0]
    if before.kind == Kind.LIST_ITEM:
        return line.x < first.x + 1 and above.x > first.x + 1
    short = len(above.text) < usual.length * _SHORT_LINE
    return short or above.bold != line.bold or line.x > above.x + _INDENT * line.size
