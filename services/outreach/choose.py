"""Which of many promising posts the team is shown: few, and not always the same page. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.outreach.score import Scored
from services.store.opportunities import Candidate, Look

PER_DAY = 10
PER_RELATION = 5
PER_PAGE = 1
"""Posts of one page that are shown on one day."""
LOWEST = 0.2
"""Score below which a post is not worth anybody's time."""
OLDEST = timedelta(hours=48)


@dataclass(frozen=True)
class Shown:
    """What was shown today already."""

    by_relation: Mapping[str, int]
    by_page: Mapping[str, int]

    @property
    def total(self) -> int:
        return sum(self.by_relation.values())


def is_possible(candidate: Candidate, look: Look | None, now: datetime) -> bool:
    """True when nothing forbids to speak up under a post, however promising it is."""
    if now - candidate.created_at > OLDEST or candidate.page_is_full or candidate.author_is_resting:
        return False
    return look is None or not (look.quarrel or look.ours or look.gone)


def choose(
    scored: Iterable[tuple[Candidate, Scored]], shown: Shown
) -> Sequence[tuple[Candidate, Scored]]:
    """Return the best that still have room today, best first."""
    relations, pages = Counter(shown.by_relation), Counter(shown.by_page)
    chosen: list[tuple[Candidate, Scored]] = []
    for candidate, one in sorted(scored, key=lambda pair: (-pair[1].score, pair[0].comment_key)):
        if one.score < LOWEST or shown.total + len(chosen) >= PER_DAY:
            break
        full = (
            relations[candidate.relation] >= PER_RELATION or pages[candidate.page_key] >= PER_PAGE
        )
        if full:
            continue
        relations[candidate.relation] += 1
        pages[candidate.page_key] += 1
        chosen.append((candidate, one))
    return chosen
