"""Checks of what a draft counts and dates."""

from services.answer.checked import Checked, proof
from services.answer.figures import Figures, page_figures, read_figures


def figures_are_proved(checked: Checked) -> str | None:
    """Every figure, date and time of a sentence stands in a passage that this sentence cites."""
    for sentence in checked.draft.sentences:
        stated = read_figures(sentence.text)
        if not stated.numbers and not stated.days:
            continue
        cited = checked.cited(sentence)
        known = read_figures(" \n ".join(proof(source) for source in cited))
        dated = read_figures(" ; ".join(str(source.published_on or "") for source in cited))
        pages = [
            page for source in cited for page in page_figures(source.page_from, source.page_to)
        ]
        everything = Figures([*known.numbers, *pages], [*known.days, *dated.days])
        if (unproved := stated.unproved_by(everything)) is not None:
            return unproved
    return None
