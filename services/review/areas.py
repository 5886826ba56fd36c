"""The desk's menu: areas of work, and the pages of each."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from services.review.marking import N_
from services.review.menu import Figures
from services.review.rights import allowed
from services.store.accounts import Person


@dataclass(frozen=True)
class Page:
    """An entry of the menu."""

    path: str
    name: str
    """English; the catalogues hold the translation."""
    needs: str
    """The right to open it."""
    figure: str = ""
    """The field of the menu's figures that stands beside it."""
    loud: bool = False
    """True when any figure means that somebody has to look."""

    def count(self, figures: Figures | None) -> int:
        """Return what stands beside the entry, 0 for nothing."""
        return getattr(figures, self.figure) if figures and self.figure else 0


@dataclass(frozen=True)
class Area:
    """Pages for one kind of work."""

    name: str
    pages: tuple[Page, ...]

    def trouble(self, figures: Figures | None) -> int:
        """Return how much of this area somebody has to look at."""
        return sum(page.count(figures) for page in self.pages if page.loud)

    def holds(self, path: str) -> bool:
        """Return True when the path is one of this area's pages or lies below one."""
        return any(
            path == page.path or (page.path != "/" and path.startswith(f"{page.path}/"))
            for page in self.pages
        )


AREAS = (
    Area(
        N_("Moderation"),
        (
            Page("/", N_("Queue"), "items.read", "open"),
            Page("/underway", N_("Under way"), "items.read"),
            Page("/waiting", N_("Deadlines"), "items.read"),
            Page("/muted", N_("Muted"), "mutes.read", "mutes"),
            Page("/gate", N_("Awake gate"), "gate.read"),
            Page("/four-eyes", N_("Two people approve"), "four_eyes.read"),
        ),
    ),
    Area(
        N_("Knowledge"),
        (
            Page("/publications", N_("Publications"), "publications.read"),
            Page("/gaps", N_("Questions"), "gaps.read", "gaps"),
            Page("/ask", N_("Try out"), "trials.read"),
            Page("/replays", N_("Replay"), "replays.read"),
        ),
    ),
    Area(
        N_("Evidence"),
        (
            Page("/evidence", N_("Records"), "evidence.read"),
            Page("/dialogue", N_("Monthly figures"), "books.read"),
            Page("/packages", N_("Packages"), "evidence.package"),
            Page("/erasures", N_("Keeping and erasing"), "retention.read"),
        ),
    ),
    Area(
        N_("Going out"),
        (
            Page("/opportunities", N_("Opportunities"), "opportunities.read"),
            Page("/radar", N_("Joys and sorrows"), "opportunities.read", "sorrows", loud=True),
            Page("/discovery", N_("Finding pages"), "discovery.read"),
            Page("/watches", N_("Watching"), "watches.read"),
        ),
    ),
    Area(
        N_("Operations"),
        (
            Page("/queues", N_("Overview"), "queues.read", "alarms", loud=True),
            Page("/connections", N_("Networks"), "connections.read", "faulty", loud=True),
            Page("/dead", N_("Dead letters"), "letters.read", "dead", loud=True),
            Page("/books", N_("Books"), "books.read"),
            Page("/people", N_("People"), "people.read"),
        ),
    ),
)


def areas_for(person: Person | None) -> tuple[Area, ...]:
    """Return the areas with the pages that the person may open."""
    found = [
        replace(area, pages=tuple(page for page in area.pages if allowed(person, page.needs)))
        for area in AREAS
    ]
    return tuple(area for area in found if area.pages)


def area_of(path: str, areas: Sequence[Area] = AREAS) -> Area:
    """Return the area that a path belongs to; items and whatever has no entry are moderation."""
    return next((area for area in areas if area.holds(path)), areas[0])
