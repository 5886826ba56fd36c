"""How fast one token may write."""

from collections import deque
from dataclasses import dataclass
from math import ceil


@dataclass(frozen=True)
class Reading:
    """Where a token stands after one more write; `reset` is in seconds since 1970."""

    allowed: bool
    limit: int
    remaining: int
    reset: float
    retry_after: int

    def headers(self) -> dict[str, str]:
        """Return the rate limit as response headers."""
        named = {
            "X-RateLimit-Limit": str(self.limit),
            "X-RateLimit-Remaining": str(self.remaining),
            "X-RateLimit-Reset": str(ceil(self.reset)),
        }
        return named if self.allowed else named | {"Retry-After": str(self.retry_after)}


class Pace:
    """Counts writes per holder in a sliding window."""

    def __init__(self, limit: int, window: float) -> None:
        self._limit = limit
        self._window = window
        self._writes: dict[str, deque[float]] = {}

    def take(self, holder: str, now: float) -> Reading:
        """Count a write at `now` (seconds since 1970) unless the window is full."""
        writes = self._writes.setdefault(holder, deque())
        while writes and writes[0] <= now - self._window:
            writes.popleft()
        allowed = len(writes) < self._limit
        if allowed:
            writes.append(now)
        reset = writes[0] + self._window
        return Reading(
            allowed=allowed,
            limit=self._limit,
            remaining=self._limit - len(writes),
            reset=reset,
            retry_after=max(1, ceil(reset - now)),
        )
