"""Groups what a PDF page draws into lines, and drops what only repeats from page to page."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Fragment:
    """A piece of drawn text, its lower left corner and font size in points; may hold line ends."""

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
    cells: tuple[tuple[float, str], ...]


_NARROW = frozenset(" .,:;!|'ijltfrI()[]/-")
_CELL_GAP = 1.3
_GUESS_ERROR = 0.1
_MARGIN_LINES = 3
_MARGIN_SCALE = 1.05
_MARGIN_SHARE = 0.16
_REPEATED_SHARE = 0.4
_SAME_HEIGHT = 2.0
_DIGITS = re.compile(r"\d+")
_PAGE_NUMBER = re.compile(
    r"(?:seite|page|s\.|p\.)?\s*[-–|]?\s*\d{1,4}\s*(?:(?:von|of|/)\s*\d{1,4})?\s*[-–|]?$"
    r"|[ivxlc]{1,6}$",
    re.IGNORECASE,
)
_ENTRY_END = 60
_CONTENTS_ENTRY = re.compile(r"(?:\.\s?){5,}\s*\d{1,4}$")


def text_lines(pages: Sequence[Page]) -> list[Line]:
    """The lines of all pages in the order drawn, without headers, footers and contents lists."""
    by_page = [_lines(page) for page in pages]
    largest = _text_size(line for lines in by_page for line in lines) * _MARGIN_SCALE
    margins = [_margin(page, lines, largest) for page, lines in zip(pages, by_page, strict=True)]
    dropped = _furniture(margins)
    return [
        line
        for lines in by_page
        for line in lines
        if line not in dropped and not _CONTENTS_ENTRY.search(line.text[-_ENTRY_END:])
    ]


def _furniture(margins: Sequence[Sequence[Line]]) -> set[Line]:
    """Of the lines in the pages' margins those that are page numbers or repeat.

    A chapter's header is on few pages, but in the same place on the next or the one after.
    """
    counted = Counter(key for margin in margins for key in {_key(line) for line in margin})
    often = max(2, round(len(margins) * _REPEATED_SHARE))
    found: set[Line] = set()
    for number, margin in enumerate(margins):
        near = [line for other in margins[number + 1 : number + 3] for line in other]
        for line in margin:
            twins = [other for other in near if _is_twin(line, other)]
            if twins or counted[_key(line)] >= often or _PAGE_NUMBER.match(line.text):
                found.update([line, *twins])
    return found


def _is_twin(line: Line, other: Line) -> bool:
    return abs(line.y - other.y) <= _SAME_HEIGHT and _key(line) == _key(other)


def _key(line: Line) -> str:
    return _DIGITS.sub("#", line.text)


def _text_size(lines: Iterable[Line]) -> float:
    sizes: Counter[float] = Counter()
    for line in lines:
        sizes[line.size] += len(line.text)
    return max(sizes, key=lambda size: sizes[size], default=0.0)


def _margin(page: Page, lines: Iterable[Line], largest: float) -> list[Line]:
    """The outermost lines, none set larger than `largest`, that may be header and footer."""
    ordered = sorted((line for line in lines if line.size <= largest), key=lambda line: line.y)
    low, high = page.height * _MARGIN_SHARE, page.height * (1 - _MARGIN_SHARE)
    bottom = [line for line in ordered[:_MARGIN_LINES] if line.y < low]
    top = [line for line in ordered[-_MARGIN_LINES:] if line.y > high]
    return bottom + top


def _lines(page: Page) -> list[Line]:
    lines: list[Line] = []
    open_line: list[Fragment] = []
    for fragment in page.fragments:
        for position, text in enumerate(fragment.text.split("\n")):
            if position:
                lines += _line(open_line, page.number)
                open_line = []
            if text:
                open_line.append(replace(fragment, text=text.replace("\u00ad", "-")))
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
    """Parts divided by wider gaps than any space, with widths guessed."""
    cells: list[tuple[float, str]] = []
    edge = guessed = 0.0
    for fragment in fragments:
        if cells and fragment.x - edge <= fragment.size * _CELL_GAP + guessed * _GUESS_ERROR:
            cells[-1] = (cells[-1][0], cells[-1][1] + fragment.text)
        elif fragment.text.strip():
            cells.append((fragment.x, fragment.text))
        guessed = _guessed_width(fragment)
        edge = fragment.x + guessed
    return tuple((x, " ".join(text.split())) for x, text in cells)


def _guessed_width(fragment: Fragment) -> float:
    """The width of text in a usual font, whose metrics are not at hand."""
    text = fragment.text.strip()
    narrow = sum(character in _NARROW for character in text)
    wide = sum(character.isupper() or character in "mw" for character in text)
    return fragment.size * (0.28 * narrow + 0.7 * wide + 0.54 * (len(text) - narrow - wide))
