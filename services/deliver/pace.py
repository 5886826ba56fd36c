"""Whose turn it is: approvals in their thread's order, networks left alone when they ask. Pure.

What waits is not lost: the bus hands it over again after the pause.
"""

from datetime import datetime, timedelta

from services.kit.faults import TryLater
from services.networks.network import NetworkError, Temporary
from services.store.deliveries import Approval

SOON, LONGEST_WAIT = 1.0, 3600.0
UNTOLD = 5.0
"""Seconds to wait when the network does not say how long."""
BEHIND = 0.5
"""Seconds to wait for each earlier approval of the thread, of which at most so many count."""
MOST_BEHIND = 10
WORTH_TELLING = 20.0
"""Seconds of a wait that a person at the desk is told of."""


class Paused(TryLater):
    """The network wants to be left alone until a moment; the approval waits and is not lost."""

    def __init__(self, message: str, *, until: datetime, now: datetime) -> None:
        super().__init__(message, delay=max(0.1, (until - now).total_seconds()))
        self.until = until


def until_when(error: NetworkError, now: datetime) -> datetime:
    """Return when a network may be asked again after it said `not now`."""
    wanted = error.retry_after if isinstance(error, Temporary) else None
    seconds = UNTOLD if wanted is None else min(max(wanted, SOON), LONGEST_WAIT)
    return now + timedelta(seconds=seconds)


def wait_for_turn(
    approval: Approval, connection: str, wait_until: datetime | None, now: datetime
) -> None:
    """Return when it is the approval's turn; raises TryLater, and Paused for the network's sake.

    What is already on its way is looked up however many stand before it.
    """
    if wait_until is not None and wait_until > now:
        raise Paused(f"{connection} wants to be left alone", until=wait_until, now=now)
    if approval.state is None and approval.ahead:
        delay = BEHIND * min(approval.ahead, MOST_BEHIND)
        raise TryLater(f"{approval.ahead} earlier replies of the thread are not out", delay=delay)
