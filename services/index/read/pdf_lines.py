"""Groups what a PDF page draws into lines, and drops what only repeats from page to page."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Fragment:
    """A piece of drawn text: lower left corner and font size in points; "\\n" separates lines."""

    text: str
    x: float
    y: float
    size: float
    bold: bool


@dataclass(frozen=True, slots=True)
class Page:
    """One page as it was drawn; `height` in points."""

    number: int
    height: float
    fragments: tuple[Fragment, ...]
    has_images: bool = False

    @property
    def text(self) -> str:
        return "".join(fragment.text for fragment in self.fragments)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of text; `cells` are its parts where wide gaps divide it, with their left edges."""

    text: str
    page: int
    x: float
    y: float
    size: float
    bold: bool
    cells: tuple[tuple[float, str], ...] = field(default=())


_CHARACTER_WIDTH = 0.5
_CELL_GAP = 1.5
_GUESS_ERROR = 0.15
_MARGIN_LINES = 3
_MARGIN_SHARE = 0.16
_REPEATED_SHARE = 0.4
_DIGITS = re.compile(r"\d+")
_PAGE_NUMBER = re.compile(
    r"(?:seite|page|s\.|p\.)?\s*[-–|]?\s*\d{1,4}\s*(?:(?:von|of|/)\s*\d{1,4})?\s*[-–|]?$",
    re.IGNORECASE,
)
_CONTENTS_ENTRY = re.compile(r"(?:\.\s?){5,}\s*\d{1,4}$")


def text_lines(pages: Sequence[Page]) -> list[Line]:
    """The lines of all pages in the order drawn, without headers, footers and contents lists."""
    by_page = [(page, _lines(page)) for page in pages]
    margins = [_margin(page, lines) for page, lines in by_page]
    counted = Counter(key for margin in margins for key in {_key(line) for line in margin})
    often = max(2, round(len(pages) * _REPEATED_SHARE))
    return [
        line
        for (_, lines), margin in zip(by_page, margins, strict=True)
        for line in lines
        if not _CONTENTS_ENTRY.search(line.text)
        and not (line in margin and (counted[_key(line)] >= often or _PAGE_NUMBER.match(line.text)))
    ]


def _key(line: Line) -> str:
    return _DIGITS.sub("#", line.text)


def _margin(page: Page, lines: Iterable[Line]) -> list[Line]:
    """The outermost lines of the page, of which some may be header and footer."""
    ordered = sorted(lines, key=lambda line: line.y)
    low, high = page.height * _MARGIN_SHARE, page.height * (1 - _MARGIN_SHARE)
    bottom = [line for line in ordered[:_MARGIN_LINES] if line.y < low]
    top = [line for line in ordered[-_MARGIN_LINES:] if line.y > high]
    return bottom + top


def _lines(page: Page) -> list[Line]:
    lines: list[Line] = []
    open_line: list[Fragment] = []
    for fragment in page.fragments:
        first, *others = fragment.text.split("\n")
        for position, text in enumerate([first, *others]):
            if position:
                lines += _line(open_line, page.number)
                open_line = []
            if text:
                open_line.append(
                    Fragment(text, fragment.x, fragment.y, fragment.size, fragment.bold)
                )
    return lines + _line(open_line, page.number)


def _line(fragments: Sequence[Fragment], page: int) -> list[Line]:
    """One line of the fragments, or none if they hold nothing to read."""
    seen = [fragment for fragment in fragments if fragment.text.strip()]
    if not seen:
        return []
    text = " ".join("".join(fragment.text for fragment in fragments).split())
    size = max(seen, key=lambda fragment: len(fragment.text)).size
    bold = all(fragment.bold for fragment in seen)
    return [Line(text, page, seen[0].x, seen[0].y, size, bold, _cells(fragments))]


def _cells(fragments: Iterable[Fragment]) -> tuple[tuple[float, str], ...]:
    """Parts divided by wider gaps than any space; widths are guessed from character counts."""
    cells: list[tuple[float, str]] = []
    edge = guessed = 0.0
    for fragment in fragments:
        if cells and fragment.x - edge <= fragment.size * _CELL_GAP + guessed * _GUESS_ERROR:
            cells[-1] = (cells[-1][0], cells[-1][1] + fragment.text)
        elif fragment.text.strip():
            cells.append((fragment.x, fragment.text))
        guessed = len(fragment.text.strip()) * fragment.size * _CHARACTER_WIDTH
        edge = fragment.x + guessed
    return tuple((x, " ".join(text.split())) for x, text in cells)
