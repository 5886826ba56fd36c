"""The longest waits of an upgrade: at which place, during which step."""

from dataclasses import dataclass, field

SHORT = 0.1
"""Seconds that nobody calls a wait."""


@dataclass(frozen=True)
class Waited:
    """The longest wait at one place, and during which step of the upgrade it was seen."""

    place: str
    seconds: float
    during: str


@dataclass
class Waits:
    """Keeps the longest wait at each place in each step."""

    _longest: dict[tuple[str, str], float] = field(default_factory=dict)

    def note(self, place: str, step: str, seconds: float) -> None:
        """Keep a wait if it is the longest so far."""
        self._longest[place, step] = max(seconds, self._longest.get((place, step), 0.0))

    def by_place(self) -> list[Waited]:
        """Return the longest of each place, whenever it was; the longest first."""
        found: dict[str, Waited] = {}
        for waited in self._all():
            found.setdefault(waited.place, waited)
        return list(found.values())

    def during(self, step: str) -> list[Waited]:
        """Return the longest of each place while a step was done; the longest first."""
        return [waited for waited in self._all() if waited.during == step]

    def _all(self) -> list[Waited]:
        noted = [
            Waited(place, seconds, step)
            for (place, step), seconds in self._longest.items()
            if seconds >= SHORT
        ]
        return sorted(noted, key=lambda one: -one.seconds)
