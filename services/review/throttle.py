"""Slow down whoever guesses passwords, without letting strangers lock anybody out."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.kit.db import Pool, transaction
from services.store import accounts

FORGET = timedelta(hours=6)
"""A failure this long ago no longer counts."""


@dataclass(frozen=True)
class Limit:
    """Failures that are free under one kind of digest, and the longest wait after more."""

    kind: str
    free: int
    longest: float


CODE = Limit("code", free=5, longest=900)
"""Codes are short: whoever has the password gets few guesses, from wherever they come."""
STARTS = Limit("sign-in elsewhere and address", free=30, longest=300)
"""Each costs a row and, at its return, questions to the provider; an office shares an address."""
PAIR = Limit("name and address", free=5, longest=900)
ADDRESS = Limit("address", free=20, longest=900)
NAME = Limit("name", free=50, longest=60)
SHARED = (ADDRESS, STARTS)
"""One person's success says nothing about the others' tries."""


def pause(limit: Limit, failures: int) -> float:
    """Return the seconds to wait after so many failures: 5, doubled by each further one."""
    if failures < limit.free:
        return 0.0
    return min(limit.longest, 5.0 * 2.0 ** min(failures - limit.free, 20))


class Throttle:
    """Counts an attempt before the password is checked, so that many at once gain nothing."""

    def __init__(self, counted: Mapping[Limit, str]) -> None:
        self._digests = {_digest(limit, value): limit for limit, value in counted.items()}

    @classmethod
    def of_sign_in(cls, name: str, address: str) -> "Throttle":
        """Return what counts the passwords that are tried on a name and from an address."""
        plain = name.casefold()
        return cls({PAIR: f"{plain}\x1f{address}", ADDRESS: address, NAME: plain})

    @classmethod
    def of_codes(cls, account_id: str, address: str) -> "Throttle":
        """Return what counts the codes that are tried on an account."""
        return cls({CODE: account_id, ADDRESS: address})

    @classmethod
    def of_starts(cls, address: str) -> "Throttle":
        """Return what counts the sign-ins at the provider that are begun from an address."""
        return cls({STARTS: address})

    async def enter(self, pool: Pool, now: datetime) -> float:
        """Count an attempt and return 0, or return the seconds to wait and count nothing."""
        async with transaction(pool) as connection:
            found = {
                digest: await accounts.lock_attempts(connection, digest, now)
                for digest in sorted(self._digests)
            }
            waits = [
                (before.blocked_until - now).total_seconds()
                for digest, before in found.items()
                if pause(self._digests[digest], before.failures)
            ]  # while tries are free, one that came at the same moment holds nobody up
            if (wait := max(waits, default=0.0)) > 0:
                return wait
            for digest, before in found.items():
                failures = 1 if now - before.failed_at > FORGET else before.failures + 1
                until = now + timedelta(seconds=pause(self._digests[digest], failures))
                await accounts.save_attempts(
                    connection, digest, accounts.Attempts(failures, now, until)
                )
        return 0.0

    async def excuse(self, pool: Pool, now: datetime) -> None:
        """Forget the failures of name or code: it was right."""
        async with transaction(pool) as connection:
            own = [digest for digest, limit in self._digests.items() if limit not in SHARED]
            await accounts.forget_attempts(connection, own, now - FORGET)
            for digest in self._digests.keys() - own:
                await accounts.excuse_attempt(connection, digest)


def _digest(limit: Limit, value: str) -> str:
    text = f"{limit.kind}\x1f{value}"
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
