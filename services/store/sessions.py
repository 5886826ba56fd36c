"""Sessions of the desk: kept here, so that they can be ended here."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from psycopg.rows import class_row

from services.kit.db import Connection
from services.store.accounts import Person, Role


@dataclass(frozen=True)
class Provided:
    """What the organisation's own sign-in said when it let somebody in."""

    sid: str | None
    """Names the sign-in there; None where the provider names none."""
    second: bool
    """It asked for a second factor, and that counts."""


@dataclass(frozen=True)
class HalfSession:
    """Who came half in: the second factor is missing."""

    account_id: str
    provided: Provided | None


Stage = Literal["open", "code"]
"""`code` when the password was right and the second factor is missing."""


@dataclass(frozen=True)
class Session:
    """A session as its owner sees it."""

    session_id: str
    device: str
    created_at: datetime
    seen_at: datetime
    expires_at: datetime


async def open_session(
    connection: Connection, *, token_hash: str, account_id: str, csrf: str, expires_at: datetime,
    device: str = "", stage: Stage = "open", provided: Provided | None = None,
) -> None:  # fmt: skip
    """Store a session under its token's hash and forget those that are over."""
    await connection.execute("delete from sessions where expires_at <= now()")
    await connection.execute(
        "insert into sessions (token_hash, account_id, csrf, created_at, expires_at, device, stage,"
        " by_provider, provider_sid, provider_second)"
        " values (%s, %s, %s, now(), %s, %s, %s, %s, %s, %s)",
        [
            token_hash,
            account_id,
            csrf,
            expires_at,
            device,
            stage,
            provided is not None,
            provided and provided.sid,
            provided is not None and provided.second,
        ],
    )


async def find_person(connection: Connection, token_hash: str, idle: timedelta) -> Person | None:
    """Return who holds the session; None when it is unknown, over, or was idle too long.

    Nor does a session count whose account is disabled or whose second factor is missing.
    """
    async with connection.cursor(row_factory=class_row(Person)) as cursor:
        await cursor.execute(
            "select a.account_id, a.name, a.language, a.role, s.session_id, s.csrf, s.seen_at,"
            " s.expires_at, a.totp_secret is not null as has_second, s.by_provider, a.shows_harsh,"
            " s.provider_second"
            " from sessions s join accounts a using (account_id)"
            " where s.token_hash = %s and s.stage = 'open' and s.expires_at > now()"
            " and s.seen_at > now() - %s and a.disabled_at is null",
            [token_hash, idle],
        )
        return await cursor.fetchone()


async def session_stands(
    connection: Connection, session_id: str, role: Role, idle: timedelta
) -> bool:
    """Return whether the session still lets somebody of this role in."""
    row = await (
        await connection.execute(
            "select 1 from sessions s join accounts a using (account_id)"
            " where s.session_id = %s and s.expires_at > now() and s.seen_at > now() - %s"
            " and a.disabled_at is null and a.role = %s",
            [session_id, idle, role],
        )
    ).fetchone()
    return row is not None


async def touch_session(connection: Connection, session_id: str) -> None:
    """Note that its owner is at work."""
    await connection.execute(
        "update sessions set seen_at = now() where session_id = %s", [session_id]
    )


async def find_half_session(connection: Connection, token_hash: str) -> HalfSession | None:
    """Return who came half in and whose second factor is missing, else None."""
    row = await (
        await connection.execute(
            "select s.account_id, s.by_provider, s.provider_sid, s.provider_second"
            " from sessions s join accounts a using (account_id) where s.token_hash = %s"
            " and s.stage = 'code' and s.expires_at > now() and a.disabled_at is null",
            [token_hash],
        )
    ).fetchone()
    return HalfSession(row[0], Provided(row[2], row[3]) if row[1] else None) if row else None


async def read_provided(connection: Connection, session_id: str) -> Provided | None:
    """Return what the organisation's own sign-in said; None when it did not let them in."""
    row = await (
        await connection.execute(
            "select provider_sid, provider_second from sessions"
            " where session_id = %s and by_provider",
            [session_id],
        )
    ).fetchone()
    return Provided(row[0], row[1]) if row else None


async def list_sessions(
    connection: Connection, account_id: str, idle: timedelta
) -> Sequence[Session]:
    """Return an account's sessions that stand, the latest used first."""
    async with connection.cursor(row_factory=class_row(Session)) as cursor:
        await cursor.execute(
            "select session_id, device, created_at, seen_at, expires_at from sessions"
            " where account_id = %s and stage = 'open' and expires_at > now()"
            " and seen_at > now() - %s order by seen_at desc limit 100",
            [account_id, idle],
        )
        return await cursor.fetchall()


async def close_session(connection: Connection, token_hash: str) -> None:
    """End the session of a token."""
    await connection.execute("delete from sessions where token_hash = %s", [token_hash])


async def end_session(connection: Connection, account_id: str, session_id: str) -> bool:
    """End one session of an account; return whether there was one."""
    gone = await connection.execute(
        "delete from sessions where account_id = %s and session_id = %s", [account_id, session_id]
    )
    return gone.rowcount > 0


async def end_sessions(connection: Connection, account_id: str, *, but: str = "") -> int:
    """End all sessions of an account, except one if it is named; return how many that were."""
    gone = await connection.execute(
        "delete from sessions where account_id = %s and session_id <> %s", [account_id, but]
    )
    return gone.rowcount
