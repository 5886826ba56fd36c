"""Accounts of the desk, their sessions and failed sign-ins."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from psycopg.rows import class_row

from services.kit.db import Connection

Language = Literal["de", "en"]
Role = Literal["moderator", "senior", "editor", "ops", "admin", "auditor"]


@dataclass(frozen=True)
class Account:
    """Somebody who may sign in."""

    account_id: str
    name: str
    password_hash: str | None
    """None when nobody has set one yet, or the person signs in elsewhere."""
    language: Language
    role: Role
    email: str | None
    has_second: bool


@dataclass(frozen=True)
class Person:
    """Somebody who is signed in, with the token every form of the session carries."""

    account_id: str
    name: str
    language: Language
    role: Role
    session_id: str
    csrf: str
    seen_at: datetime
    expires_at: datetime
    has_second: bool
    """True when a second factor is set up."""
    by_provider: bool
    """True when the organisation's own sign-in let the person in."""
    shows_harsh: bool = False
    """Harsh words are shown to them at once, not folded."""
    provider_second: bool = False
    """True when the organisation's own sign-in asked for a second factor, and that counts."""

    @property
    def proved(self) -> bool:
        """True when a second factor is set up, or was asked for elsewhere."""
        return self.has_second or self.provider_second


_ACCOUNT = (
    "select account_id, name, password_hash, language, role, email,"
    " totp_secret is not null as has_second"
    " from accounts"
)


@dataclass(frozen=True)
class Attempts:
    """Failed sign-ins under one digest."""

    failures: int
    failed_at: datetime
    blocked_until: datetime


async def add_account(
    connection: Connection, *, account_id: str, name: str, password_hash: str | None,
    language: Language, role: Role, email: str | None = None,
) -> None:  # fmt: skip
    """Store an account; raises psycopg.errors.UniqueViolation when name or address is taken."""
    await connection.execute(
        "insert into accounts (account_id, name, password_hash, language, role, email, created_at)"
        " values (%s, %s, %s, %s, %s, %s, now())",
        [account_id, name, password_hash, language, role, email],
    )


async def find_account(connection: Connection, name: str) -> Account | None:
    """Return the enabled account of that name, whatever the case of its letters."""
    async with connection.cursor(row_factory=class_row(Account)) as cursor:
        await cursor.execute(
            f"{_ACCOUNT} where lower(name) = lower(%s) and disabled_at is null",
            [name],
        )
        return await cursor.fetchone()


async def read_account(connection: Connection, account_id: str) -> Account | None:
    """Return the enabled account of that id."""
    async with connection.cursor(row_factory=class_row(Account)) as cursor:
        await cursor.execute(
            f"{_ACCOUNT} where account_id = %s and disabled_at is null", [account_id]
        )
        return await cursor.fetchone()


async def save_language(connection: Connection, account_id: str, language: Language) -> None:
    await connection.execute(
        "update accounts set language = %s where account_id = %s", [language, account_id]
    )


async def save_password_hash(connection: Connection, account_id: str, password_hash: str) -> None:
    await connection.execute(
        "update accounts set password_hash = %s where account_id = %s",
        [password_hash, account_id],
    )


async def lock_attempts(connection: Connection, digest: str, now: datetime) -> Attempts:
    """Return the failures under a digest, held until the transaction ends; zero at first."""
    await connection.execute(
        "insert into sign_in_failures (digest, failures, failed_at, blocked_until)"
        " values (%(digest)s, 0, %(now)s, %(now)s) on conflict do nothing",
        {"digest": digest, "now": now},
    )
    async with connection.cursor(row_factory=class_row(Attempts)) as cursor:
        await cursor.execute(
            "select failures, failed_at, blocked_until from sign_in_failures"
            " where digest = %s for update",
            [digest],
        )
        found = await cursor.fetchone()
    return found or Attempts(0, now, now)


async def save_attempts(connection: Connection, digest: str, attempts: Attempts) -> None:
    await connection.execute(
        "update sign_in_failures set failures = %s, failed_at = %s, blocked_until = %s"
        " where digest = %s",
        [attempts.failures, attempts.failed_at, attempts.blocked_until, digest],
    )


async def excuse_attempt(connection: Connection, digest: str) -> None:
    """Take back one counted failure: the password was right."""
    await connection.execute(
        "update sign_in_failures set failures = greatest(failures - 1, 0),"
        " blocked_until = failed_at where digest = %s",
        [digest],
    )


async def forget_attempts(connection: Connection, digests: Sequence[str], before: datetime) -> None:
    """Delete the failures under these digests and all that are older than `before`."""
    await connection.execute(
        "delete from sign_in_failures where digest = any(%s) or failed_at < %s",
        [list(digests), before],
    )
