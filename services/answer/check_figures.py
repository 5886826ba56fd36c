"""Checks of what a draft counts and dates."""

import re
from collections.abc import Iterator, Sequence

from schemas.drafts import Source
from services.answer.check_ground import (
    CLAUSE,
    TELLING,
    comparable_facts,
    facts_of,
    ground_of,
    is_year,
    restates,
    sentences_of,
    share_of,
    stated_figures,
    substance,
    swapped,
    swapped_day,
    without_figures,
)
from services.answer.checked import Checked, proof
from services.answer.figures import Figure, Figures, page_figures, read_figures

BELONGS = 0.3
"""Share of a figure's clause that must stand near the same figure in the passage."""
EXCHANGED = 0.25
"""By so much more must the ground say of another figure what a sentence says of this one."""
LARGE = 1000
"""From here on, figures with and without a unit beside them may count the same."""

_NUMBERING = re.compile(r"(?:^|(?<=› ))(?:§ ?)?\d+(?:\.\d+)*[.)]? ")


def figures_are_proved(checked: Checked) -> str | None:
    """Every figure, date and time of a sentence stands in a passage that this sentence cites."""
    for sentence in checked.draft.sentences:
        stated = read_figures(checked.own_words(sentence))
        if not stated.numbers and not stated.days:
            continue
        proved = [_proved_figures(source) for source in checked.cited(sentence)]
        numbers = [number for one in proved for number in one.numbers]
        days = [day for one in proved for day in one.days]
        if (unproved := stated.unproved_by(Figures(numbers, days))) is not None:
            return unproved
    return None


def figures_belong_to_it(checked: Checked) -> str | None:
    """A figure stands beside what it counts in the passage too, not just anywhere in it."""
    for sentence in facts_of(checked):
        own, ground = checked.own_words(sentence), ground_of(checked, sentence)
        alike = any(checked.in_answer_language(one) for one in checked.cited(sentence))
        if alike and not restates(own, ground, checked.words.glue):
            continue
        if (words := swapped(stated_figures(own), stated_figures(ground))) is not None:
            return words
        if (words := swapped_day(own, ground)) is not None:
            return words
    for sentence, passages in comparable_facts(checked):
        ground = ground_of(checked, sentence)
        for number, clause, words in _counted(checked.own_words(sentence)):
            if _holds(ground, number):
                wrong = _is_exchanged(number, clause, ground, checked)
            else:
                wrong = _is_misplaced(number, clause, words, passages, checked)
            if wrong:
                return number.words
    return None


def _counted(text: str) -> Iterator[tuple[Figure, str, str]]:
    """Yield each figure with its clause and its sentence."""
    for words in sentences_of(text):
        for clause in CLAUSE.split(words):
            for number in read_figures(clause).numbers:
                if number.counts and not is_year(number):
                    yield number, clause, words


def _is_exchanged(number: Figure, clause: str, ground: str, checked: Checked) -> bool:
    """Whether the ground says what stands beside a figure here of another figure of its kind."""
    own = set(substance(without_figures(clause), checked.words.glue))
    if len(own) < TELLING // 2:
        return False
    mine, theirs = 0.0, 0.0
    for part in CLAUSE.split(ground):
        share = share_of(own, part)
        if _holds(part, number):
            if len(set(substance(without_figures(part), checked.words.glue))) < TELLING:
                return False
            mine = max(mine, share)
        elif any(_is_like(one, number) for one in read_figures(part).numbers):
            theirs = max(theirs, share)
    return theirs - mine >= EXCHANGED


def _is_like(one: Figure, other: Figure) -> bool:
    """Whether two figures count the same kind of thing; many a `Euro` is said only once."""
    if not one.counts or is_year(one) or is_year(other):
        return False
    return one.unit == other.unit or min(max(one.values), max(other.values)) >= LARGE


def _is_misplaced(
    number: Figure, clause: str, sentence: str, passages: Sequence[str], checked: Checked
) -> bool:
    """Whether nothing near a figure in the passages speaks of what stands beside it here."""
    near = [part for text in passages for part in _around(text, number)]
    own = set(substance(without_figures(clause), checked.words.glue))
    if len(own) < TELLING:
        own = set(substance(without_figures(sentence), checked.words.glue))
    if len(own) < TELLING or not near:
        return False
    return max(share_of(own, part) for part in near) < BELONGS


def _proved_figures(source: Source) -> Figures:
    """Return the figures of a passage, its pages and its date; a section's number is no figure."""
    heading = _NUMBERING.sub("", source.heading or "")
    known = read_figures(proof(source.model_copy(update={"heading": heading})))
    dated = read_figures(str(source.published_on or ""))
    pages = page_figures(source.page_from, source.page_to)
    return Figures([*known.numbers, *pages], [*known.days, *dated.days])


def _around(text: str, number: Figure) -> list[str]:
    """Return what a passage says of a figure: its clause and those beside it.

    Clauses of this and the last sentence count, except those with another figure of its unit.
    """
    clauses: list[str] = []
    ends: list[int] = []
    for sentence in sentences_of(text):
        clauses += CLAUSE.split(sentence)
        ends.append(len(clauses))
    found = []
    for place, clause in enumerate(clauses):
        if not _holds(clause, number):
            continue
        at = sum(end <= place for end in ends)
        first = ends[at - 2] if at > 1 else 0
        before = [one for one in clauses[first:place] if not _rivals(one, number)]
        after = clauses[place + 1 : ends[at]]
        behind = [one for one in after[:1] if not _rivals(one, number)]
        found.append(" ".join([*before, clause, *behind]))
    return found


def _holds(text: str, number: Figure) -> bool:
    return any(one.values & number.values for one in read_figures(text).numbers)


def _rivals(text: str, number: Figure) -> bool:
    return any(
        one.unit == number.unit and not one.values & number.values
        for one in read_figures(text).numbers
    )
