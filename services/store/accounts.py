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
    password_hash: str
    language: Language
    role: Role


@dataclass(frozen=True)
class Person:
    """Somebody who is signed in, with the token every form of the session carries."""

    account_id: str
    name: str
    language: Language
    role: Role
    csrf: str
    expires_at: datetime
    shows_harsh: bool = False
    """Harsh words are shown to them at once, not folded."""


@dataclass(frozen=True)
class Attempts:
    """Failed sign-ins under one digest."""

    failures: int
    failed_at: datetime
    blocked_until: datetime


async def add_account(
    connection: Connection,
    *,
    account_id: str,
    name: str,
    password_hash: str,
    language: Language,
    role: Role,
) -> None:
    """Store an account; raises psycopg.errors.UniqueViolation when the name is taken."""
    await connection.execute(
        "insert into accounts (account_id, name, password_hash, language, role, created_at)"
        " values (%s, %s, %s, %s, %s, now())",
        [account_id, name, password_hash, language, role],
    )


async def find_account(connection: Connection, name: str) -> Account | None:
    """Return the enabled account of that name, whatever the case of its letters."""
    async with connection.cursor(row_factory=class_row(Account)) as cursor:
        await cursor.execute(
            "select account_id, name, password_hash, language, role from accounts"
            " where lower(name) = lower(%s) and disabled_at is null",
            [name],
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


async def open_session(
    connection: Connection, *, token_hash: str, account_id: str, csrf: str, expires_at: datetime
) -> None:
    """Store a session under its token's hash and forget those that are over."""
    await connection.execute("delete from sessions where expires_at <= now()")
    await connection.execute(
        "insert into sessions (token_hash, account_id, csrf, created_at, expires_at)"
        " values (%s, %s, %s, now(), %s)",
        [token_hash, account_id, csrf, expires_at],
    )


async def find_person(connection: Connection, token_hash: str) -> Person | None:
    """Return who holds the session; None when it is unknown, over, or the account is disabled."""
    async with connection.cursor(row_factory=class_row(Person)) as cursor:
        await cursor.execute(
            "select a.account_id, a.name, a.language, a.role, s.csrf, s.expires_at,"
            " a.shows_harsh"
            " from sessions s join accounts a using (account_id)"
            " where s.token_hash = %s and s.expires_at > now() and a.disabled_at is null",
            [token_hash],
        )
        return await cursor.fetchone()


async def close_session(connection: Connection, token_hash: str) -> None:
    await connection.execute("delete from sessions where token_hash = %s", [token_hash])


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
