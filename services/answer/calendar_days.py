"""Dates and weekdays in German and English prose. Pure."""

import re
from collections.abc import Container, Iterator
from dataclasses import dataclass

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "januar jänner january jan", "februar feber february feb", "märz maerz march mär mar",
            "april apr", "mai may", "juni june jun", "juli july jul", "august aug",
            "september sept sep", "oktober october okt oct", "november nov",
            "dezember december dez dec",
        ),
        start=1,
    )
    for name in names.split()
}  # fmt: skip
_WEEKDAYS = {
    name: number
    for number, names in enumerate(
        (
            "montag monday", "dienstag tuesday", "mittwoch wednesday", "donnerstag thursday",
            "freitag friday", "samstag sonnabend saturday", "sonntag sunday",
        )
    )
    for name in names.split()
}  # fmt: skip
_NAME = rf"(?P<name>{'|'.join(sorted(_MONTHS, key=len, reverse=True))})\b\.?"
_ORDINAL = r"(?:\.|st|nd|rd|th)?"
_DATES = tuple(
    re.compile(pattern)
    for pattern in (
        r"(?<!\d)(?P<year>\d{4})-(?P<month>\d{1,2})-(?P<day>\d{1,2})(?!\d)",
        r"(?<![\d.])(?P<day>\d{1,2})\. ?(?P<month>\d{1,2})\. ?(?P<year>\d{4}|\d{2})(?!\d)",
        r"(?<!\d)(?P<day>\d{1,2})/(?P<month>\d{1,2})/(?P<year>\d{4}|\d{2})(?!\d)",
        r"\b(?:am|ab|bis|vom|zum|seit|de[nm]|und) (?P<day>\d\d?)\. ?(?P<month>1[0-2]|0?\d)\.(?!\d)",
        rf"(?<!\d)(?P<day>\d{{1,2}}){_ORDINAL} ?(?:of )?{_NAME}(?:,? (?P<year>\d{{4}})\b)?",
        rf"\b{_NAME} (?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?:, ?|  ?)(?P<year>\d{{4}})\b",
        rf"\b{_NAME} (?P<year>\d{{4}})\b",
        rf"\b{_NAME} (?P<day>\d{{1,2}})(?:st|nd|rd|th)?\b(?![.,:]?\d| ?(?:uhr|euro|€|%|prozent))",
    )
)
MONTH_AHEAD = re.compile(rf" (?:of )?{_NAME}")
_MONTH_ALONE = re.compile(rf"\b{_NAME}")
_MODAL = frozenset({"may", "march", "mar", "sep", "dec", "jan", "nov"})
"""Names of months that are other words as well, so that alone they say nothing."""
_WEEKDAY = re.compile(rf"\b({'|'.join(_WEEKDAYS)})\w*")


@dataclass(frozen=True)
class Day:
    """A date as far as it is given, or a weekday (0 is Monday)."""

    day: int | None = None
    month: int | None = None
    year: int | None = None
    weekday: int | None = None
    words: str = ""

    def is_proved_by(self, other: "Day", years: Container[int]) -> bool:
        """True when the other day says the same; a year it leaves open must be among `years`."""
        return (
            self.weekday == other.weekday
            and self.month == other.month
            and self.day in (None, other.day)
            and (self.year in (None, other.year) or (other.year is None and self.year in years))
        )


def take_days(text: str) -> tuple[list[Day], str]:
    """Return the days in a text in small letters, and the text with gaps where they stood."""
    days: list[Day] = []

    def take(found: re.Match[str]) -> str:
        parts = found.groupdict()
        name, year = parts.get("name"), parts.get("year")
        days.append(
            Day(
                day=int(parts["day"]) if parts.get("day") else None,
                month=_MONTHS[name] if name else int(parts["month"]),
                year=(2000 if len(year) == 2 else 0) + int(year) if year else None,
                words=found[0],
            )
        )
        return " ; "

    for pattern in _DATES:
        text = pattern.sub(take, text)
    days += _bare(text)
    return days, text


def _bare(text: str) -> Iterator[Day]:
    for found in _MONTH_ALONE.finditer(text):
        if found["name"] not in _MODAL:
            yield Day(month=_MONTHS[found["name"]], words=found[0])
    for found in _WEEKDAY.finditer(text):
        yield Day(weekday=_WEEKDAYS[found[1]], words=found[0])
