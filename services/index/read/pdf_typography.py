"""What is usual in a PDF's text, and so what stands out as a heading."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from services.index.read.pdf_lines import Line
from services.index.read.wrapping import BULLET

_LETTERS = re.compile(r"[^\W\d_]")
_LONGEST_LINE = 160
_HEADING_SCALE = 1.1
_SMALL_SCALE = 0.9
_DEEPEST = 6
_USUAL_LEADING = 1.2

Style = tuple[float, bool]
"""Font size to half a point, and whether it is bold."""


@dataclass(frozen=True, slots=True)
class Typography:
    """The text's style, its lines' length in characters, and their distance in font sizes."""

    size: float
    bold: bool
    length: int
    leading: float
    heading_styles: tuple[Style, ...] = ()

    def is_small(self, line: Line) -> bool:
        return line.size <= self.size * _SMALL_SCALE

    def is_heading(self, line: Line) -> bool:
        """Whether `line` is larger or bolder than the text and could be a heading's words."""
        text = line.text
        if len(text) > _LONGEST_LINE or len(_LETTERS.findall(text)) < 2 or BULLET.match(text):
            return False
        if text.endswith((",", ";")):
            return False
        if line.size >= self.size * _HEADING_SCALE:
            return True
        bolder = line.bold and not self.bold and not self.is_small(line)
        return bolder and not text.endswith(".")

    def heading_level(self, line: Line) -> int:
        """1 for the largest headings of the document, up to 6."""
        return min(self.heading_styles.index(_style(line)) + 1, _DEEPEST)


def usual_typography(lines: Sequence[Line]) -> Typography:
    """What most of the text in `lines`, of which there is at least one, looks like."""
    styles: Counter[Style] = Counter()
    for line in lines:
        styles[_style(line)] += len(line.text)
    (size, bold), _ = styles.most_common(1)[0]
    usual = [line for line in lines if _style(line) == (size, bold)]
    lengths = sorted(len(line.text) for line in usual)
    gaps = [
        (above.y - line.y) / line.size
        for above, line in pairwise(usual)
        if above.page == line.page and line.size and 0 < above.y - line.y < 3 * line.size
    ]
    leading = median(gaps) if gaps else _USUAL_LEADING
    text = Typography(size, bold, lengths[len(lengths) * 9 // 10], leading)
    found = {_style(line) for line in lines if text.is_heading(line)}
    ranked = sorted(found, key=lambda style: (-style[0], not style[1]))
    return Typography(size, bold, text.length, leading, tuple(ranked))


def _style(line: Line) -> Style:
    return round(line.size * 2) / 2, line.bold
