"""Finds tables in the lines of a PDF by what stands in columns."""

from collections.abc import Sequence

from services.index.read.pdf_lines import Line

_COLUMN_SLACK = 1.5
_ROW_GAP = 2.5
_SIZE_SLACK = 0.6
_MOST_PARTIAL_ROWS = 2


def find_tables(lines: Sequence[Line]) -> dict[int, int]:
    """For the position of each line in a table, that of the table's first line."""
    found: dict[int, int] = {}
    position = 0
    while position < len(lines):
        end = _table_end(lines, position)
        if end > position + 1:
            found |= dict.fromkeys(range(position, end), position)
        position = max(end, position + 1)
    return found


def table_cells(lines: Sequence[Line]) -> list[list[str]]:
    """A row of cell texts a line, each under the column of the first line it stands in."""
    rows = []
    for line in lines:
        row = [""] * len(lines[0].cells)
        for x, text in line.cells:
            distances = [abs(x - column) for column, _ in lines[0].cells]
            row[distances.index(min(distances))] = text
        rows.append(row)
    return rows


def _table_end(lines: Sequence[Line], first: int) -> int:
    """One past the last line of the table that `first` begins, `first` itself if it begins none.

    Between full rows there may be few with empty cells, as wrapped text leaves them.
    """
    end = first
    for position in range(first, len(lines)):
        line = lines[position]
        if not _in_columns(lines[first], line) or not _is_next(
            lines[max(first, position - 1)], line
        ):
            break
        if len(line.cells) == len(lines[first].cells) > 1:
            end = position + 1
        elif position - end >= _MOST_PARTIAL_ROWS:
            break
    return end


def _in_columns(first: Line, line: Line) -> bool:
    """Whether each cell of `line` starts about where one of `first` does."""
    slack = _COLUMN_SLACK * line.size
    return len(line.cells) <= len(first.cells) and all(
        any(abs(x - column) <= slack for column, _ in first.cells) for x, _ in line.cells
    )


def _is_next(above: Line, line: Line) -> bool:
    """Whether `line` is close below `above`; a full row may be the first of the next page."""
    if abs(above.size - line.size) >= _SIZE_SLACK:
        return False
    if line.page == above.page + 1:
        return len(line.cells) == len(above.cells) > 1
    return line.page == above.page and 0 <= above.y - line.y <= _ROW_GAP * line.size
