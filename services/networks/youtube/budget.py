"""The units YouTube grants a day: who may spend them, and how often that lets us look.

Costs and the reset at midnight Pacific time: https://developers.google.com/youtube/v3/determine_quota_cost.
"""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from services.networks.keeper import Keeper
from services.networks.network import Budget, Temporary

PACIFIC = ZoneInfo("America/Los_Angeles")
READ = 1
WRITE = 50
LEAST_PAUSE = 60.0
"""Seconds between two visits however much is left: nobody answers faster."""
LONGEST_PAUSE = 900.0


class QuotaUsedUp(Temporary):
    """The day's units are spent; the next ones come at midnight Pacific time."""


def day_of(now: datetime) -> date:
    """Return the day to which YouTube counts this moment."""
    return now.astimezone(PACIFIC).date()


def resets_at(now: datetime) -> datetime:
    """Return when the next day begins there, in UTC; days last 23 to 25 hours."""
    tomorrow = day_of(now) + timedelta(days=1)
    midnight = datetime(tomorrow.year, tomorrow.month, tomorrow.day, tzinfo=PACIFIC)
    return midnight.astimezone(UTC)


def pause(now: datetime, *, left: int, visit_cost: int) -> float:
    """Return after how many seconds to visit again so that the units last until the reset."""
    seconds = (resets_at(now) - now).total_seconds()
    visits = left // max(visit_cost, 1)
    wanted = seconds / visits if visits > 0 else seconds
    return min(max(wanted, LEAST_PAUSE), LONGEST_PAUSE)


class Purse:
    """A day's units, shared by all processes of the connection."""

    def __init__(
        self, keeper: Keeper, *, quota: int, reserve: int, now: Callable[[], datetime]
    ) -> None:
        self._keeper = keeper
        self._quota = quota
        self._reserve = reserve
        self._now = now
        self.paid = 0
        """Units this process has spent."""

    async def pay(self, units: int, *, for_reply: bool) -> None:
        """Spend before a call, for it costs even when it fails; raises QuotaUsedUp.

        What reading may spend ends above the reserve, what replying may spend at the quota.
        """
        limit = self._quota if for_reply else self._quota - self._reserve
        if await self._spent() + units > limit:
            raise self.used_up()
        await self._keeper.spend(day_of(self._now()), units)
        self.paid += units

    async def empty(self) -> None:
        """Take all that is left as spent: YouTube says so, whatever we counted."""
        left = self._quota - await self._spent()
        if left > 0:
            await self._keeper.spend(day_of(self._now()), left)

    async def left_for_reading(self) -> int:
        return max(self._quota - self._reserve - await self._spent(), 0)

    async def budget(self) -> Budget:
        return Budget(await self._spent(), self._quota, resets_at(self._now()))

    def used_up(self) -> QuotaUsedUp:
        now = self._now()
        seconds = (resets_at(now) - now).total_seconds()
        return QuotaUsedUp("today's YouTube quota is used up", retry_after=seconds)

    async def _spent(self) -> int:
        return await self._keeper.spend(day_of(self._now()), 0)
