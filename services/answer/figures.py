"""Reads figures out of German and English prose, however they are written. Pure.

18.000, 18 000, 18'000, 18 Tsd. and achtzehntausend are one figure; 18,000 is one too, because an
English answer quotes a German publication.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from services.answer.calendar_days import MONTH_AHEAD, Day, take_days
from services.answer.number_words import SCALES, spelled_numbers

_NUMBER = re.compile(
    r"(?<!\d)(?:(?P<grouped>[1-9]\d{0,2}(?:(?:\.\d{3})+(?:,\d+)?|(?:,\d{3})+(?:\.\d+)?"
    r"|(?:[' ]\d{3})+(?:[.,]\d+)?))(?![\d]|[.,]\d)"
    r"|(?P<clock>\d{1,2}(?::\d{2}|\.\d{2}(?= ?(?:uhr|h\b))))(?!\d)"
    r"|(?P<share>\d+⁄\d+)|(?P<plain>\d+(?:[.,]\d+)?(?!\d|[.,]\d))|(?P<other>\d+))"
)
_OS = re.compile(r"\d[\d.,o]*o(?![^\W\d_])")
"""The letter in place of a nought."""
_AFTER_NOON = re.compile(r" ?p\.?m\b")
_UNTIL_AFTER_NOON = re.compile(r" ?(?:to|and|until|till|-|–) ?\d{1,2}(?::\d{2})? ?p\.?m\b")
"""After the 4 in `4 to 6 pm`, which may be before noon or after it."""
_SCALE = re.compile(
    rf" ?(?:(?P<name>{'|'.join(sorted(SCALES, key=len, reverse=True))})\b|(?P<k>tsd\b|t(?=€)|k\b"
    r"|k(?=€))|(?P<m>mio\b|mill\.)|(?P<b>mrd\b|bn\b))\.?"
)
_UNITS = {
    "percent": r"%|prozent\w*|per ?cent\w*|pct\b|v\. ?h\.",
    "euro": r"€|euros?\b|eur\b",
    "dollar": r"\$|(?:us-)?dollars?\b|usd\b",
    "pound": r"£|pounds?\b|gbp\b",
    "degree": r"°|grad\b|degrees?\b",
    "clock": r"uhr\b|h\b|o'clock|[ap]\.m\b|pm\b",
    "workday": r"(?:werk|arbeits)tage?[ns]?\b|(?:working|business) days?\b|workdays?\b",
    "minute": r"minuten?\b|minutes?\b|min\b|-?minütig\w*",
    "hour": r"stunden?\b|hours?\b|std\b|-?stündig\w*",
    "day": r"tage?[ns]?\b|days?\b|-?tägig\w*",
    "week": r"wochen?\b|weeks?\b|-?wöchig\w*",
    "month": r"monate?[ns]?\b|months?\b|-?monatig\w*",
    "year": r"jahre?[ns]?\b|years?\b|-?jährig\w*",
    "kilometre": r"km\b|kilomet(?:er|re)\w*",
    "centimetre": r"cm\b|zentimeter\w*|centimet(?:er|re)s?\b",
    "metre": r"m\b|met(?:er|re)[ns]?\b",
}
_UNIT = re.compile(r"[ -]?(?:" + "|".join(f"(?P<{k}>{v})" for k, v in _UNITS.items()) + ")")
_BEFORE = re.compile(
    r"(?:(?P<euro>€|\beur|\beuro)|(?P<dollar>\$|\busd)|(?P<pound>£|\bgbp)"
    r"|(?P<page>\bs\.|\bseiten?|\bpp?\.|\bpages?)) ?$"
)
_LOOK_BACK = 8


@dataclass(frozen=True)
class Figure:
    """A number with its unit, if one stands beside it, and the words it was read from."""

    values: frozenset[Fraction]
    unit: str | None
    words: str
    counts: bool = True
    """False for `ein` and `one`: they can prove a 1 but need no proof."""


@dataclass(frozen=True)
class Figures:
    """All figures and days of a text."""

    numbers: Sequence[Figure]
    days: Sequence[Day]

    def unproved_by(self, proof: "Figures") -> str | None:
        """Return the words of the first figure or day that the proof does not hold."""
        years = {int(value) for one in proof.numbers for value in one.values}
        for day in self.days:
            if not any(day.is_proved_by(other, years) for other in proof.days):
                return day.words
        known = [*proof.numbers, *_parts_of_days(proof.days), *_shares(proof.numbers)]
        for figure in self.numbers:
            if figure.counts and not any(_proves(other, figure) for other in known):
                return figure.words
        return None


def read_figures(text: str) -> Figures:
    """Read all figures, dates, times and number words of a text."""
    days, rest = take_days(_dated(_plain(text)))
    return Figures([*_digits(rest), *_spelled(rest)], days)


def page_figures(first: int | None, last: int | None) -> list[Figure]:
    """Return the page numbers that the place of a passage proves."""
    pages = {page for page in (first, last) if page is not None}
    return [Figure(frozenset({Fraction(page)}), "page", f"{page}") for page in sorted(pages)]


def _plain(text: str) -> str:
    """Small letters, ASCII digits, `½` and `²` apart from the digits before them."""
    characters = [
        f" {character} " if unicodedata.decomposition(character)[:4] in ("<fra", "<sup", "<sub")
        else str(unicodedata.decimal(character, character))
        for character in text
    ]  # fmt: skip
    plain = " ".join(unicodedata.normalize("NFKC", "".join(characters)).lower().split())
    plain = plain.replace("’", "'")
    return _OS.sub(lambda found: found[0].replace("o", "0"), plain)


def _dated(text: str) -> str:
    """Write `dritten märz` as `3. märz`."""
    for number in reversed(list(spelled_numbers(text))):
        if MONTH_AHEAD.match(text, number.end):
            text = f"{text[: number.start]}{max(number.values)}.{text[number.end :]}"
    return text


def _digits(text: str) -> Iterator[Figure]:
    for found in _NUMBER.finditer(text):
        scale = _SCALE.match(text, found.end())
        end = scale.end() if scale else found.end()
        value = _value(found) * (_factor(scale) if scale else 1)
        unit, last = _unit(text, found.start(), end)
        if unit == "clock" and value < 12 and _AFTER_NOON.match(text, end):
            value += 12
        values = {value}
        if value < 12 and _UNTIL_AFTER_NOON.match(text, end):
            values.add(value + 12)
        words = text[found.start() : last].strip()
        yield Figure(frozenset(values), "clock" if found["clock"] else unit, words)


def _spelled(text: str) -> Iterator[Figure]:
    for number in spelled_numbers(text):
        before = text[: number.start].rstrip()
        if before[-1:].isdigit() and text[number.start : number.end] in SCALES:
            continue
        unit, last = _unit(text, number.start, number.end)
        words = text[number.start : last]
        yield Figure(number.values, unit, words, counts=not number.is_article)


def _value(found: re.Match[str]) -> Fraction:
    words = found[0]
    if found["clock"]:
        hours, minutes = re.split(r"[:.]", words)
        return int(hours) + Fraction(int(minutes), 60)
    if found["share"]:
        above, below = words.split("⁄")
        return Fraction(int(above), int(below)) if int(below) else Fraction(0)
    if found["grouped"]:
        separator = next(character for character in words if not character.isdigit())
        return Fraction(words.replace(separator, "").replace(",", "."))
    return Fraction(words.replace(",", "."))


def _factor(scale: re.Match[str]) -> int:
    if scale["name"]:
        return SCALES[scale["name"]]
    return 1000 if scale["k"] else 10**6 if scale["m"] else 10**9


def _unit(text: str, start: int, end: int) -> tuple[str | None, int]:
    """Return the unit beside a number, and where number and unit end."""
    if after := _UNIT.match(text, end):
        return after.lastgroup, after.end()
    before = _BEFORE.search(text[max(0, start - _LOOK_BACK) : start])
    return (before.lastgroup if before else None), end


def _proves(proof: Figure, figure: Figure) -> bool:
    if not proof.values & figure.values:
        return False
    if "page" in (proof.unit, figure.unit) or proof.unit == "date":
        return proof.unit == figure.unit or (proof.unit == "date" and figure.unit is None)
    return figure.unit is None or proof.unit in (None, figure.unit)


def _parts_of_days(days: Sequence[Day]) -> Iterator[Figure]:
    for day in days:
        for part in (day.day, day.year):
            if part is not None:
                yield Figure(frozenset({Fraction(part)}), "date", day.words)


def _shares(numbers: Sequence[Figure]) -> Iterator[Figure]:
    """Let `50 percent` prove a half, and a half 50 percent."""
    for number in numbers:
        if number.unit == "percent":
            yield Figure(frozenset(value / 100 for value in number.values), None, number.words)
        elif small := frozenset(value * 100 for value in number.values if 0 < value < 1):
            yield Figure(small, "percent", number.words)
