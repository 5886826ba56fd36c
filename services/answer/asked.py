"""What a question asks for, and whether a sentence can be the answer at all. Pure."""

import re
from dataclasses import dataclass
from typing import Literal

from services.answer.figures import Figure, read_figures

Kind = Literal["share", "age", "duration", "time", "figure"]

_YEAR = re.compile(r"(?<![\d.,])(?:19|20)\d\d(?![\d]|[.,]\d)")
_ASKED: tuple[tuple[Kind, re.Pattern[str]], ...] = (
    (
        "share",
        re.compile(
            r"\bwie ?viele? (?:prozent|%)|\bwelcher anteil|\bprozentsatz"
            r"|\bwie hoch\b.*(?:\banteil|quote)\b|\bwhat (?:share|proportion|percent)"
            r"|\bhow (?:much|many) percent"
        ),
    ),
    ("age", re.compile(r"\bwie alt\b|\bwelchem alter\b|\bhow old\b|\bwhat age\b")),
    (
        "duration",
        re.compile(
            r"\bwie lange?\b|\bwie schnell\b"
            r"|\bwie ?viele? (?:minuten|stunden|tage|wochen|monate|jahre)"
            r"|\bhow (?:long|soon|fast)\b|\bhow many (?:minutes|hours|days|weeks|months|years)"
        ),
    ),
    (
        "time",
        re.compile(
            r"\bwann\b|\bwie ?viel uhr\b|\bwelche[mnrs]? (?:tag|datum|monat|jahr|uhrzeit)\b"
            r"|(?:^|[.!?,;:] *|\b(?:and|until|by|since) )when\b|\bwhat (?:time|day|date|year)\b"
        ),
    ),
    (
        "figure",
        re.compile(
            r"\bwie ?viel\w*|\bwie (?:hoch|teuer|weit|breit|tief|dick|schwer|warm|heiss|kalt)\b"
            r"|\bwie (?:gross|oft|wenige?)\b"
            r"|\bwas (?:kostet|kosten|kostete|verdien\w*|zahl(?:t|en))\b"
            r"|\bwelche[mnrs]? (?:betrag|summe|preis|höhe)\b"
            r"|\b(?:max\w*\.?|höchste) (?:summe|betrag)\b"
            r"|\bhow (?:much|many|often|high|big|large|expensive|far|wide|deep|thick|heavy)\b"
            r"|\bhow (?:warm|hot)\b"
        ),
    ),
)
_SPANS = frozenset(("minute", "hour", "day", "workday", "week", "month", "year"))
_CALENDAR = re.compile(
    r"\b(?:januar|februar|märz|april|mai|juni|juli|august|september|oktober|november|dezember"
    r"|january|february|march|may|june|july|october|december|frühjahr|sommer|herbst|winter"
    r"|spring|summer|autumn|(?:mon|diens|donners|frei|sams|sonn)tag\w*|mittwoch\w*|wochenende\w*"
    r"|(?:mon|tues|wednes|thurs|fri|satur|sun)days?|weekends?|jederzeit|any time)\b"
)
_PARTS = re.compile(r"\b(?:hälfte|drittel|viertel|fünftel|half|thirds?|quarters?|fifths?)\b")
_AGED = re.compile(
    r"\balt(?:er\w*)?\b|älter|jährig|\bgeboren|\bjahrgang"
    r"|\b(?:ab|bis|unter|über|mindestens) \S+ jahr"
    r"|\b(?:age[ds]?|old(?:er)?|born)\b|\b(?:under|over|between) \d"
)
_DENIED = re.compile(
    r"\b(?:kein\w{0,2}|nicht|nie|niemals|jederzeit|unbegrenzt|not?|never|none|any time)\b"
)


@dataclass(frozen=True)
class Asked:
    """What an answer has to hold."""

    kind: Kind | None
    """None: nothing that a sentence shows by its form."""
    years: frozenset[int]

    def fits(self, sentence: str, place: str, passage: str) -> bool:
        """Whether a sentence can be the answer.

        It holds a figure of the kind that is asked for, or denies what is asked. It, its `place`
        (title and heading) or, if it names no year of its own, its `passage` has the asked year.
        """
        of_its_year = self._of_its_year(sentence, place, passage)
        return of_its_year and self._of_its_kind(sentence.casefold())

    def _of_its_year(self, sentence: str, place: str, passage: str) -> bool:
        own = years(sentence)
        named = own | years(place) | (set() if own else years(passage))
        return not self.years or not self.years.isdisjoint(named)

    def _of_its_kind(self, sentence: str) -> bool:
        if self.kind is None or _DENIED.search(sentence):
            return True
        found = read_figures(sentence)
        counted = [one for one in found.numbers if one.counts and not _is_year(one)]
        units = {one.unit for one in counted}
        if self.kind == "share":
            return "percent" in units or _PARTS.search(sentence) is not None
        if self.kind == "age":
            return bool(counted) and _AGED.search(sentence) is not None
        if self.kind == "duration":
            return bool(units & _SPANS) or bool(found.days) or "clock" in units
        if self.kind == "time":
            dated = bool(found.days) or _CALENDAR.search(sentence) is not None
            return dated or "clock" in units or bool(units & _SPANS) or bool(years(sentence))
        return bool(counted)


def asked_for(question: str) -> Asked:
    """Read off what a question asks for."""
    text = " ".join(question.casefold().split())
    kind = next((kind for kind, pattern in _ASKED if pattern.search(text)), None)
    return Asked(kind, frozenset(years(question)))


def years(text: str) -> set[int]:
    """Return the years 1900 to 2099 that a text names in digits."""
    return {int(found) for found in _YEAR.findall(text)}


def _is_year(figure: Figure) -> bool:
    return figure.unit is None and all(1900 <= value < 2100 for value in figure.values)
