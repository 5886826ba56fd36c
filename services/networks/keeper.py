"""What a connection keeps between calls and shares with its other processes."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import date
from typing import Protocol

Renew = Callable[[str | None], Awaitable[str]]
"""Takes the session as it stands, returns the new one; both are the connector's own JSON."""


class Keeper(Protocol):
    """One connection's session and spent budget; the session is a secret and kept as one."""

    async def session(self) -> str | None:
        """Return the current session, None before the first sign-in."""
        ...

    async def renew(self, stale: str | None, make: Renew) -> str:
        """Replace the session by what `make` returns, in one process at a time.

        When another process has replaced `stale` meanwhile, its session is returned and `make` is
        not called: refresh tokens are valid once. What `make` raises leaves the session as it was.
        """
        ...

    async def spend(self, day: date, units: int) -> int:
        """Add to a day's spending, return the sum."""
        ...


class InMemoryKeeper:
    """Keeps within one process, for tests and one-off checks."""

    def __init__(self) -> None:
        self._session: str | None = None
        self._renewing = asyncio.Lock()
        self._spent: Counter[date] = Counter()

    async def session(self) -> str | None:
        return self._session

    async def renew(self, stale: str | None, make: Renew) -> str:
        async with self._renewing:
            if self._session is None or self._session == stale:
                self._session = await make(self._session)
            return self._session

    async def spend(self, day: date, units: int) -> int:
        self._spent[day] += units
        return self._spent[day]
