"""Says a table row in words that stand alone, because a passage may hold one row of many."""

import re
from collections.abc import Iterator, Sequence

from services.index.read.assemble import Piece
from services.index.read.clean import clean_line
from services.index.read.document import Kind

_BETWEEN_CELLS = " · "
_YEAR = re.compile(r"(?:19|20)\d\d$")
_AMOUNT = re.compile(r"[-+–]?\s?[\d.,]*\d[\d.,]*\s?(?:%|€|Euro|EUR)?$")


def table_rows(
    rows: Sequence[Sequence[str]], *, page: int | None = None, page_to: int | None = None
) -> Iterator[Piece]:
    """One piece a row under the first row's column names: "Frist: 31. März · Betrag: 500 Euro".

    A single row or column has no names to carry, nor has a table whose first row holds amounts.
    """
    cleaned = [[clean_line(cell) for cell in row] for row in rows]
    named = len(cleaned) > 1 and len(cleaned[0]) > 1 and not any(map(_is_amount, cleaned[0][1:]))
    names = cleaned[0] if named else []
    for row in cleaned:
        if row == names:
            continue
        cells = [
            f"{names[column]}: {cell}" if column < len(names) and names[column] else cell
            for column, cell in enumerate(row)
            if cell
        ]
        if cells:
            yield Piece(Kind.TABLE_ROW, _BETWEEN_CELLS.join(cells), page=page, page_to=page_to)


def _is_amount(cell: str) -> bool:
    return _AMOUNT.match(cell) is not None and not _YEAR.match(cell)
