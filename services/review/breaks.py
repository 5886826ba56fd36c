"""When a break would do good: after a long run of harsh comments without a pause. Pure."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from services.store.care import Worked

MANY = 10
"""Harsh comments in one run after which a break is suggested."""
PAUSE = timedelta(minutes=10)
"""So long without a decision was a break."""
LOOKED_AT = 60
"""Latest decisions that are looked at."""


def needs_break(worked: Sequence[Worked], now: datetime) -> bool:
    """Tell whether many of a run of decisions (the newest first) were about harsh comments."""
    harsh, last = 0, now
    for one in worked:
        if last - one.at >= PAUSE:
            break
        harsh, last = harsh + one.harsh, one.at
    return harsh >= MANY
