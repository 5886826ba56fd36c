"""Of several editions of one publication only the one that counts is read. Pure."""

import re
from collections.abc import Sequence

from services.answer.asked import years
from services.store.ranking import Ranked

_ASIDE = re.compile(r"\([^)]*\)")
_APART = re.compile(r"\W+")


def current(question: str, ranked: Sequence[Ranked]) -> list[Ranked]:
    """Return a ranking without outdated editions.

    Publications are editions of one another when their titles differ in nothing but one year each
    (and what stands in brackets). The editions whose year the question names stay, else the newest.
    """
    asked = years(question)
    editions: dict[str, set[int]] = {}
    for one in ranked:
        if (edition := _edition(one)) is not None:
            editions.setdefault(edition[0], set()).add(edition[1])
    kept = {series: (found & asked) or {max(found)} for series, found in editions.items()}
    return [
        one
        for one in ranked
        if (edition := _edition(one)) is None or edition[1] in kept[edition[0]]
    ]


def _edition(ranked: Ranked) -> tuple[str, int] | None:
    """Return the title without its year, and the year; None for a title with none or several."""
    title = _ASIDE.sub(" ", ranked.passage.title).casefold()
    found = years(title)
    if len(found) != 1:
        return None
    (year,) = found
    return _APART.sub(" ", title.replace(str(year), " ")).strip(), year
