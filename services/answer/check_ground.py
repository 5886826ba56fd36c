"""What a draft's sentence rests on: the sentences of its passages that hold its quotations. Pure.

A quotation is the proof that a person opens; a figure, a bound or a denial beside it must agree
with it. Figures and negations read alike in German and English, so this also holds for an answer
in another language than its passage.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from schemas.drafts import Sentence
from services.answer.checked import Checked, folded
from services.answer.figures import Figure, read_figures
from services.kit.grams import character_grams
from services.kit.sentences import split_sentences

TELLING = 8
"""Different 5-grams from which on words tell what they are about."""
RESTATES = 0.4
"""Share of a sentence's substance that its ground holds when it is about the same."""
NEAR = 32
"""Characters before a figure in which a word draws its line."""
_LETTERS = re.compile(r"[^\W\d_]+")
CLAUSE = re.compile(r"[,;:–]\s|\s(?:und|aber|sondern|oder|and|but|or)\s")
_BREAK = re.compile(r".*(?:[,;:–(]|\s(?:und|oder|aber|and|or|but|nor))\s", re.DOTALL)
_UPPER = re.compile(
    r"(?:höchstens|maximal|bis zu|bis|nicht (?:mehr|länger|älter|später|größer|höher) als"
    r"|(?<!nicht )(?:weniger|kürzer|kühler|kälter|jünger|kleiner|niedriger) als|unter|unterhalb von"
    r"|at most|up to|(?:no|not) (?:more|longer|older|later|higher) than|under|below"
    r"|(?<!not )(?<!no )(?:less|fewer|younger|cooler|lower) than|a maximum of|at most for)$"
)
_LOWER = re.compile(
    r"(?:mindestens|wenigstens|minimal|ab|nicht (?:weniger|kürzer|jünger|kleiner|niedriger) als"
    r"|(?<!nicht )(?:mehr|länger|wärmer|heißer|älter|größer|höher) als|über|oberhalb von"
    r"|at least|(?:no|not) (?:less|fewer|younger|lower) than|over|above|a minimum of"
    r"|(?<!not )(?<!no )(?:more|longer|warmer|hotter|older|higher) than)$"
)
_ARTICLE = re.compile(
    r"(?:\s+(?:rund|etwa|ca\.?|about|around|den|die|das|der|dem|zur|zum|the|auf|a|an))*\s*$"
)
_PER = re.compile(
    r"\s*(?:im|pro|je|per|a|each|every|for every|for each|in der|in dem|am)\s+"
    r"(?P<what>[^\W\d_]+)",
    re.IGNORECASE,
)
_MEASURES = {
    "year": ("jahr", "jahre", "year"), "month": ("monat", "month"), "week": ("woche", "week"),
    "day": ("tag", "day"), "hour": ("stunde", "hour"), "kilometre": ("kilometer", "kilometre"),
    "metre": ("meter", "metre"),
}  # fmt: skip
_NAME = re.compile(r"[A-ZÄÖÜ][^\W\d_]{2,}")
_NAMED = re.compile(
    r"(?<!\w)(?:in|aus|nach|von|from|at|by|near|[A-ZÄÖÜ][^\W\d_]+)"
    r" (?=(?P<name>[A-ZÄÖÜ][^\W\d_]{2,}))"
)
_INSIDE = re.compile(r"[\w,;)] (?P<name>[A-ZÄÖÜ][^\W\d_]{2,})")
_COMMON = re.compile(
    r"\b(?:der|die|das|den|dem|des|ein|eine[mnrs]?|keine?[mnrs]?|im|am|zum|zur|vom|beim|je|pro"
    r"|jede[mnrs]?|alle[nr]?|viele|mehr|wenige[nr]?|ohne|mit|unsere?[mnrs]?|bei|für|durch|the|an?"
    r"|this|each|every|[\d.,]+|zwei|drei|vier|fünf|sechs|sieben|acht|neun|zehn) "
    r"(?P<noun>[A-ZÄÖÜ][^\W\d_]{2,})",
    re.IGNORECASE,
)
_SEASONS = frozenset(
    ["Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September",
     "Oktober", "November", "Dezember", "Frühjahr", "Frühling", "Sommer", "Herbst", "Winter",
     "Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag"]
)  # fmt: skip
HALF = 0.5
YEARS = (1900, 2100)


@dataclass(frozen=True)
class Stated:
    """A figure in a text, with what is said of it just before and after."""

    figure: Figure
    side: str | None
    """`upper` or `lower` when a word beside it draws a line."""
    per: str | None
    """The measure it is counted by: `year` in `60.000 Euro im Jahr`."""

    @property
    def unit(self) -> str | None:
        return "calendar" if is_year(self.figure) else self.figure.unit


def is_year(figure: Figure) -> bool:
    """Whether a bare number reads as a year of our time."""
    return figure.unit is None and all(YEARS[0] <= one <= YEARS[1] for one in figure.values)


def ground_of(checked: Checked, sentence: Sentence) -> str:
    """Return the whole sentences that hold a sentence's quotations, one after the other."""
    found: dict[str, None] = {}
    for citation in sentence.citations:
        source = checked.sources.get(citation.passage_id)
        if source is not None:
            found |= dict.fromkeys(_holding(source.text, citation.quote))
    return " ".join(found)


def _holding(text: str, quote: str) -> list[str]:
    whole, wanted = folded(text), folded(quote)
    start = whole.find(wanted)
    if start < 0:
        return []
    end = start + len(wanted)
    return [
        whole[span.start : span.end]
        for span in split_sentences(whole)
        if span.start < end and start < span.end
    ]


def restates(text: str, ground: str, glue: frozenset[str]) -> bool:
    """Whether a sentence is about what its ground is about; else it cites a wrong place."""
    own = set(substance(without_figures(text), glue))
    return bool(own) and share_of(own, ground) >= RESTATES


def stated_figures(text: str) -> list[Stated]:
    """Return the figures of a text in order, articles left out."""
    return list(_stated(folded(text)))


def _stated(text: str) -> Iterator[Stated]:
    lower, place = text.lower(), 0
    for figure in read_figures(text).numbers:
        start = lower.find(figure.words, place)
        if start < 0 and (start := lower.find(figure.words)) < 0:
            continue
        if not figure.counts:
            continue
        before = _ARTICLE.sub("", _BREAK.sub("", lower[max(0, start - NEAR) : start]))
        end = start + len(figure.words)
        side = "upper" if _UPPER.search(before) else "lower" if _LOWER.search(before) else None
        yield Stated(figure, side, _measure(lower[end:]))


def _measure(after: str) -> str | None:
    found = _PER.match(after)
    if found is None:
        return None
    word = found["what"].lower()
    for name, endings in _MEASURES.items():
        if any(word.endswith((one, f"{one}e", f"{one}s", f"{one}n")) for one in endings):
            return name
    return None


def swapped(stated: Sequence[Stated], ground: Sequence[Stated]) -> str | None:
    """Return a figure that the ground lacks where it has another one of the unit that is not said.

    A sentence that takes a figure from elsewhere in the passage leaves none of its own ground's.
    """
    for one in stated:
        if any(_same(one, other) for other in ground) or one.unit == "calendar":
            continue
        rivals = [other for other in ground if other.unit == one.unit]
        if any(not any(_same(rival, said) for said in stated) for rival in rivals):
            return one.figure.words
    return None


def swapped_day(text: str, ground: str) -> str | None:
    """Return a day that the ground lacks where it has another one that is not said."""
    stated, proved = read_figures(text), read_figures(ground)
    years = {int(value) for one in proved.numbers for value in one.values}
    for day in stated.days:
        if any(day.is_proved_by(other, years) for other in proved.days):
            continue
        said = {int(value) for one in stated.numbers for value in one.values}
        if any(not any(o.is_proved_by(one, said) for one in stated.days) for o in proved.days):
            return day.words
    return None


def swapped_name(text: str, ground: str, names: frozenset[str]) -> str | None:
    """Return a name that the ground lacks where it has another one that is not said."""
    own = [one[0] for one in _NAME.finditer(text) if one.start() and one[0] in names]
    left = [one for one in _NAME.findall(ground) if one in names and not _stands_in(one, text)]
    if not left:
        return None
    return next((one for one in own if not _stands_in(one, ground)), None)


def names_in(text: str, language: str) -> frozenset[str]:
    """Return the capitalised words that stand where names stand, and the months and seasons.

    In English every capitalised word inside a sentence is one.
    """
    if language == "en":
        return frozenset(found["name"] for found in _INSIDE.finditer(text))
    common = {found["noun"] for found in _COMMON.finditer(text)}
    named = {found["name"] for found in _NAMED.finditer(text)}
    return frozenset(named - common) | _SEASONS


def _stands_in(word: str, text: str) -> bool:
    return share_of(set(character_grams(word)), text) >= HALF


def crossed_bound(stated: Sequence[Stated], ground: Sequence[Stated]) -> str | None:
    """Return a figure that is the other side's limit in the ground, or is per another measure."""
    for one in stated:
        same = [other for other in ground if _same(one, other)]
        sides = {other.side for other in same if other.side}
        if one.side and sides and one.side not in sides and not any(o.side is None for o in same):
            return one.figure.words
        measures = {other.per for other in same if other.per}
        if one.per and measures and one.per not in measures:
            return one.figure.words
    return None


def _same(one: Stated, other: Stated) -> bool:
    if not _close(one.figure.values, other.figure.values):
        return False
    return one.unit == other.unit or None in (one.figure.unit, other.figure.unit)


def _close(one: frozenset[Fraction], other: frozenset[Fraction]) -> bool:
    """Whether two figures may be the same; a half is 50 percent."""
    return bool(one & other) or any(v * 100 in other or v / 100 in other for v in one)


def facts_of(checked: Checked) -> list[Sentence]:
    """Return the facts that have words of their own: a mere quotation cannot contradict itself."""
    return [
        sentence
        for sentence in checked.draft.sentences
        if sentence.kind == "fact" and _LETTERS.search(checked.own_words(sentence))
    ]


def comparable_facts(checked: Checked) -> list[tuple[Sentence, list[str]]]:
    return [
        (sentence, texts)
        for sentence in facts_of(checked)
        if (
            texts := [
                f"{source.heading or ''}. {source.text}"
                for source in checked.cited(sentence)
                if checked.in_answer_language(source)
            ]
        )
    ]


def without_figures(text: str) -> str:
    lower = text.lower()
    for number in read_figures(text).numbers:
        lower = lower.replace(number.words, " ")
    return lower


def sentences_of(text: str) -> list[str]:
    return [text[span.start : span.end] for span in split_sentences(text)]


def substance(text: str, glue: frozenset[str]) -> list[str]:
    words = [word for word in _LETTERS.findall(text) if len(word) > 2]
    return [g for word in words if word.casefold() not in glue for g in character_grams(word)]


def share_of(own: set[str], text: str) -> float:
    theirs = set(character_grams(text))
    return sum(gram in theirs for gram in own) / len(own)
