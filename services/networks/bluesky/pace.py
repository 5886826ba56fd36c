"""How often a watched thread is looked at: less and less while nothing happens. Pure."""

from collections.abc import Mapping

from services.networks.bluesky.memory import Visited

DECAY = (60.0, 120.0, 300.0, 900.0, 3600.0)
"""Seconds until the next visit, after so many visits in a row without news."""
STOP_AFTER = 7 * 24 * 3600.0
"""Seconds without news after which a thread is left alone."""


def opened(now: float, lively_at: float) -> Visited:
    """Return a thread that is to be visited at once."""
    return Visited(now, 0, lively_at)


def visited(before: Visited, now: float, *, news: bool, decay: tuple[float, ...]) -> Visited:
    """Return when a thread is visited next."""
    quiet = 0 if news else before.quiet + 1
    pause = decay[min(max(quiet - 1, 0), len(decay) - 1)]
    return Visited(now + pause, quiet, now if news else before.lively_at)


def is_worth_visiting(thread: Visited, now: float) -> bool:
    return now - thread.lively_at < STOP_AFTER


def due(threads: Mapping[str, Visited], now: float, most: int) -> list[str]:
    """Return the threads that are due, the longest overdue first."""
    waiting = [(thread.due, root) for root, thread in threads.items() if thread.due <= now]
    return [root for _, root in sorted(waiting)[:most]]
