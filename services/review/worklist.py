"""A list that is worked through from the top: what is open, and what comes next. Pure."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Worklist:
    """The entries of a page's list."""

    keys: Sequence[str]
    """In the order in which they are shown."""
    waiting: Collection[str]
    """Those that a person has still to decide on."""

    def opened(self, wanted: str) -> str | None:
        """Return what is shown open: the wanted one, else the first that waits, else the first."""
        if wanted in self.keys:
            return wanted
        return self.next_waiting("") or next(iter(self.keys), None)

    def next_waiting(self, key: str) -> str | None:
        """Return the next one that waits, from `key` on and then from the top; never `key`."""
        start = self.keys.index(key) + 1 if key in self.keys else 0
        around = [*self.keys[start:], *self.keys[:start]]
        return next((one for one in around if one in self.waiting and one != key), None)

    def after(self, key: str) -> str | None:
        """Return the one below; None at the end, or where `key` is not listed."""
        return self._beside(key, 1)

    def before(self, key: str) -> str | None:
        """Return the one above; None at the top, or where `key` is not listed."""
        return self._beside(key, -1)

    def _beside(self, key: str, step: int) -> str | None:
        at = self.keys.index(key) + step if key in self.keys else -1
        return self.keys[at] if 0 <= at < len(self.keys) else None
