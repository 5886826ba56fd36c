"""Finds the day a text gives for itself, in the ways German and English writers write it."""

import re
from datetime import date

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "januar jänner january jan",
            "februar feber february feb",
            "märz maerz march mär mar",
            "april apr",
            "mai may",
            "juni june jun",
            "juli july jul",
            "august aug",
            "september sept sep",
            "oktober october okt oct",
            "november nov",
            "dezember december dez dec",
        ),
        start=1,
    )
    for name in names.split()
}
_MONTH = "|".join(sorted(_MONTHS, key=len, reverse=True))
_DATE = re.compile(
    r"(?<!\d)(?:"
    r"(?P<y1>\d{4})-(?P<m1>\d{1,2})-(?P<d1>\d{1,2})(?!\d)"
    r"|(?P<d2>\d{1,2})\.\s?(?P<m2>\d{1,2})\.\s?(?P<y2>\d{4})(?!\d)"
    rf"|(?P<d3>\d{{1,2}})(?:\.|st|nd|rd|th)?\s(?P<n3>{_MONTH})\.?,?\s(?P<y3>\d{{4}})(?!\d)"
    rf"|(?P<n4>{_MONTH})\.?\s(?P<d4>\d{{1,2}})(?:st|nd|rd|th)?,?\s(?P<y4>\d{{4}})(?!\d)"
    rf"|(?P<n5>{_MONTH})\.?\s(?P<y5>\d{{4}})(?!\d)"
    r")",
    re.IGNORECASE,
)
_WORDS = (
    r"(?:stand|fassung vom|datum|veröffentlicht(?: am)?|erschienen(?: am)?|as of|date|"
    r"published(?: on)?|last updated)"
)
_LABEL = re.compile(rf"^{_WORDS}[ :]{{1,3}}|\b{_WORDS}:\s{{0,2}}", re.IGNORECASE | re.MULTILINE)
_EARLIEST = 1900


def parse_date(text: str) -> date | None:
    """The day at the start of `text`; a month without a day counts as its first."""
    found = _DATE.match(text.strip())
    if found is None:
        return None
    parts = {name[0]: value for name, value in found.groupdict().items() if value}
    month = _MONTHS[parts["n"].lower()] if "n" in parts else int(parts["m"])
    try:
        day = date(int(parts["y"]), month, int(parts.get("d", 1)))
    except ValueError:
        return None
    return day if day.year >= _EARLIEST else None


def stated_date(opening: str) -> date | None:
    """The first labelled day in a publication's opening lines ("Stand: 17. August 2026")."""
    for label in _LABEL.finditer(opening):
        if day := parse_date(opening[label.end() : label.end() + 40]):
            return day
    return None
