"""Finds headings, paragraphs, lists and tables in the lines of a PDF."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from services.index.read.assemble import Piece
from services.index.read.document import Kind
from services.index.read.pdf_lines import Line
from services.index.read.table import table_rows
from services.index.read.wrapping import BULLET, NUMBER, join_lines

_LETTERS = re.compile(r"[^\W\d_]")
_ENDED = re.compile(r"[.!?:…][\"'»«“”‘’)\]]*$")
_LONGEST_HEADING = 160
_HEADING_SCALE = 1.1
_SMALL_SCALE = 0.9
_PARAGRAPH_GAP = 1.35
_SHORT_LINE = 0.6
_COLUMN_SLACK = 1.5
_DEEPEST = 6


@dataclass(frozen=True, slots=True)
class Typography:
    """What is usual in a document: size and weight of its text, and its lines' length."""

    size: float
    bold: bool
    length: int


def usual_typography(lines: Sequence[Line]) -> Typography:
    styles: Counter[tuple[float, bool]] = Counter()
    for line in lines:
        styles[(_rounded(line.size), line.bold)] += len(line.text)
    (size, bold), _ = styles.most_common(1)[0]
    lengths = sorted(len(line.text) for line in lines if _rounded(line.size) == size)
    return Typography(size, bold, lengths[len(lengths) * 9 // 10])


def _rounded(size: float) -> float:
    return round(size * 2) / 2
