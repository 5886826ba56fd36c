"""When a call at our door said that a comment was hidden or shown: answers do not tell that."""

from collections import OrderedDict
from datetime import datetime

KEPT = 10_000
"""Comments; few are ever hidden."""


class Memory:
    """Lets a visit name a hiding as the call named it, in the process that was called.

    Another one tells it a second time, under the moment of its visit, which changes nothing.
    """

    def __init__(self) -> None:
        self._heard: OrderedDict[str, tuple[bool, datetime]] = OrderedDict()

    def hiding(self, native_id: str, at: datetime, *, hidden: bool) -> None:
        self._heard.pop(native_id, None)
        self._heard[native_id] = (hidden, at)
        if len(self._heard) > KEPT:
            self._heard.popitem(last=False)

    def since(self, native_id: str, *, hidden: bool) -> datetime | None:
        """Return when we were told that it is so, None when we were not."""
        so, at = self._heard.get(native_id, (not hidden, None))
        return at if so is hidden else None
