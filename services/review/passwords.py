"""Passwords: Argon2id, nothing else; a slow check that costs the same for unknown names."""

import asyncio
import unicodedata
from uuid import uuid4

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

SHORTEST, LONGEST = 10, 256
LONGEST_NAME = 80
AT_ONCE = 2
"""Checks at the same time: each takes 64 MiB."""


class UnfitPassword(ValueError):
    """The password may not be used; the message says what to do."""


class UnfitName(ValueError):
    """The name may not be used; the message says what to do."""


class Passwords:
    """Hashes and checks passwords beside the event loop."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._nobody: str | None = None

    async def hash(self, password: str) -> str:
        """Return the hash to store."""
        async with self._turns:
            return await asyncio.to_thread(self._hasher.hash, _normal(password))

    async def fits(self, password: str, password_hash: str | None) -> bool:
        """True when the password made the hash; without a hash it takes as long and is False."""
        plain = _normal(password[: LONGEST * 4])
        async with self._turns:
            if password_hash is None and self._nobody is None:
                self._nobody = await asyncio.to_thread(self._hasher.hash, uuid4().hex)
            known = password_hash or self._nobody or ""
            good = await asyncio.to_thread(self._verify, known, plain)
        return good and password_hash is not None

    def outdated(self, password_hash: str) -> bool:
        """True when today's parameters are stronger than the hash's."""
        return self._hasher.check_needs_rehash(password_hash)

    def _verify(self, password_hash: str, plain: str) -> bool:
        try:
            return self._hasher.verify(password_hash, plain)
        except (VerificationError, InvalidHashError):
            return False


def fit_name(name: str) -> str:
    """Return a name as it is stored; raises UnfitName."""
    clean = clean_name(name)
    if not 1 <= len(clean) <= LONGEST_NAME or not clean.isprintable():
        raise UnfitName(f"choose a name of 1 to {LONGEST_NAME} printable characters")
    return clean


def fit_password(password: str) -> None:
    """Raise UnfitPassword for a password that may not be used."""
    if not SHORTEST <= len(_normal(password)) <= LONGEST:
        raise UnfitPassword(f"choose a password of {SHORTEST} to {LONGEST} characters")


def clean_name(name: str) -> str:
    """Return a name as it is stored and looked up."""
    storable = name.encode("utf-8", "replace").decode().replace("\x00", "")
    return " ".join(unicodedata.normalize("NFC", storable).split())


def _normal(password: str) -> str:
    return unicodedata.normalize("NFKC", password.encode("utf-8", "replace").decode())
