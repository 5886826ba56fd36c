"""Checks of what a draft counts and dates."""

import re

from schemas.drafts import Source
from services.answer.checked import Checked, proof
from services.answer.figures import Figures, page_figures, read_figures

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


def _proved_figures(source: Source) -> Figures:
    """Return the figures of a passage, its pages and its date; a section's number is no figure."""
    heading = _NUMBERING.sub("", source.heading or "")
    known = read_figures(proof(source.model_copy(update={"heading": heading})))
    dated = read_figures(str(source.published_on or ""))
    pages = page_figures(source.page_from, source.page_to)
    return Figures([*known.numbers, *pages], [*known.days, *dated.days])
