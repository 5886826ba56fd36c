"""Counts the numbers Word shows before paragraphs, which stand nowhere in their text."""

import re
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from docx.oxml.ns import qn

_PLACE = re.compile(r"%([1-9])")
_ROMAN = (
    *((1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l")),
    *((40, "xl"), (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i")),
)
_LARGEST_ROMAN = 3999
_LEVELS = 9
_VALUE = qn("w:val")


@dataclass(frozen=True, slots=True)
class Level:
    """How one level of a list is numbered; `style` is the paragraph style tied to it."""

    start: int
    form: str
    pattern: str
    style: str


@dataclass(slots=True)
class Numbering:
    """All lists of a document and how far each has been counted."""

    lists: dict[str, str] = field(default_factory=dict)
    levels: dict[str, dict[int, Level]] = field(default_factory=dict)
    _counts: defaultdict[str, list[int]] = field(
        default_factory=lambda: defaultdict(lambda: [0] * _LEVELS)
    )

    def level_of(self, number_id: str, style: str) -> int:
        """The level that list ties to a paragraph style, the first if it ties none."""
        levels = self.levels.get(self.lists.get(number_id, ""), {})
        return next((depth for depth, level in levels.items() if style and level.style == style), 0)

    def next_label(self, number_id: str, depth: int) -> str:
        """Count one paragraph on; its label with a space, "" for bullets and unknown lists."""
        shape = self.lists.get(number_id, "")
        levels = self.levels.get(shape, {})
        if depth not in levels:
            return ""
        counts = self._counts[shape]
        counts[depth] = counts[depth] + 1 if counts[depth] else levels[depth].start
        counts[depth + 1 :] = [0] * (_LEVELS - depth - 1)
        if levels[depth].form in {"bullet", "none"}:
            return ""

        def shown(place: re.Match[str]) -> str:
            above = int(place[1]) - 1
            level = levels.get(above, levels[depth])
            return _in_form(counts[above] or level.start, level.form)

        label = _PLACE.sub(shown, levels[depth].pattern).strip()
        return f"{label} " if label else ""


def read_numbering(root: Any) -> Numbering:
    """The lists that a numbering part defines; `root` is None if the document has none."""
    if root is None:
        return Numbering()
    lists = {}
    for listed in root.iter(qn("w:num")):
        shape = listed.find(qn("w:abstractNumId"))
        if shape is not None:
            lists[listed.get(qn("w:numId"), "")] = shape.get(_VALUE, "")
    levels = {
        shape.get(qn("w:abstractNumId"), ""): {
            depth: _level(level)
            for level in shape.iter(qn("w:lvl"))
            if 0 <= (depth := whole_number(level.get(qn("w:ilvl")), -1)) < _LEVELS
        }
        for shape in root.iter(qn("w:abstractNum"))
    }
    return Numbering(lists, levels)


def whole_number(written: str | None, otherwise: int) -> int:
    """The small number that an attribute holds, `otherwise` if it holds none."""
    return int(written) if written and re.fullmatch(r"\d{1,6}", written) else otherwise


def _level(level: Any) -> Level:
    def stated(tag: str, otherwise: str) -> str:
        found = level.find(qn(tag))
        return otherwise if found is None else str(found.get(_VALUE, otherwise))

    return Level(
        start=whole_number(stated("w:start", "1"), 1),
        form=stated("w:numFmt", "decimal"),
        pattern=stated("w:lvlText", ""),
        style=stated("w:pStyle", ""),
    )


def _in_form(count: int, form: str) -> str:
    if form in {"lowerLetter", "upperLetter"} and count > 0:
        letter = chr(ord("a") + (count - 1) % 26) * ((count - 1) // 26 + 1)
        return letter.upper() if form == "upperLetter" else letter
    if form in {"lowerRoman", "upperRoman"} and 0 < count <= _LARGEST_ROMAN:
        roman = _roman(count)
        return roman.upper() if form == "upperRoman" else roman
    return str(count)


def _roman(count: int) -> str:
    written = ""
    for value, letters in _ROMAN:
        times, count = divmod(count, value)
        written += letters * times
    return written
