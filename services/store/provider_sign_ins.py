"""Sign-ins at the organisation's provider: those on their way, and whose account it is."""

from dataclasses import dataclass
from datetime import timedelta

from psycopg.rows import class_row

from services.kit.db import Connection
from services.store.accounts import Role


@dataclass(frozen=True)
class Underway:
    """What was kept when a browser was sent to the provider."""

    nonce: str
    verifier: str
    next: str


@dataclass(frozen=True)
class Joinable:
    """An account as a sign-in at the provider finds it, disabled or not."""

    account_id: str
    role: Role
    disabled: bool
    role_lost: bool
    """It is disabled because the provider gave no role, which the provider may mend."""
    has_second: bool
    joined: bool
    """Somebody at the provider is its owner already."""


_JOINABLE = (
    "select account_id, role, disabled_at is not null as disabled, role_lost,"
    " totp_secret is not null as has_second, provider_subject is not null as joined"
    " from accounts"
)


async def keep(
    connection: Connection, state_hash: str, underway: Underway, lasting: timedelta
) -> None:
    """Keep what a sign-in needs when it returns, and forget those that never did."""
    await connection.execute("delete from provider_sign_ins where expires_at <= now()")
    await connection.execute(
        "insert into provider_sign_ins (state_hash, nonce, verifier, next, expires_at)"
        " values (%s, %s, %s, %s, now() + %s)",
        [state_hash, underway.nonce, underway.verifier, underway.next, lasting],
    )


async def take(connection: Connection, state_hash: str) -> Underway | None:
    """Use a sign-in up; None when there is none, or it was used or too long ago."""
    async with connection.cursor(row_factory=class_row(Underway)) as cursor:
        await cursor.execute(
            "delete from provider_sign_ins where state_hash = %s and expires_at > now()"
            " returning nonce, verifier, next",
            [state_hash],
        )
        return await cursor.fetchone()


async def lock_joined(connection: Connection, issuer: str, subject: str) -> Joinable | None:
    """Return the account of somebody at the provider, held until the transaction ends."""
    async with connection.cursor(row_factory=class_row(Joinable)) as cursor:
        await cursor.execute(
            f"{_JOINABLE} where provider_issuer = %s and provider_subject = %s for update",
            [issuer, subject],
        )
        return await cursor.fetchone()


async def lock_addressed(connection: Connection, email: str) -> Joinable | None:
    """Return the account of an e-mail address, held until the transaction ends."""
    async with connection.cursor(row_factory=class_row(Joinable)) as cursor:
        await cursor.execute(f"{_JOINABLE} where lower(email) = lower(%s) for update", [email])
        return await cursor.fetchone()


async def join(connection: Connection, account_id: str, issuer: str, subject: str) -> None:
    """Make somebody at the provider the owner of an account.

    Raises psycopg.errors.UniqueViolation when they own another.
    """
    await connection.execute(
        "update accounts set provider_issuer = %s, provider_subject = %s where account_id = %s",
        [issuer, subject, account_id],
    )


async def part(connection: Connection, account_id: str) -> bool:
    """Let nobody at the provider own the account; return whether somebody did."""
    done = await connection.execute(
        "update accounts set provider_issuer = null, provider_subject = null"
        " where account_id = %s and provider_subject is not null",
        [account_id],
    )
    return done.rowcount > 0


async def is_joined(connection: Connection, account_id: str, issuer: str) -> bool:
    """Return whether somebody at this provider owns the account."""
    found = await connection.execute(
        "select 1 from accounts where account_id = %s and provider_issuer = %s",
        [account_id, issuer],
    )
    return await found.fetchone() is not None


async def take_role(connection: Connection, account_id: str) -> bool:
    """Disable an account that the provider gives no role; return whether it was not yet."""
    done = await connection.execute(
        "update accounts set disabled_at = now(), role_lost = true"
        " where account_id = %s and disabled_at is null",
        [account_id],
    )
    return done.rowcount > 0


async def end_provided(
    connection: Connection, *, issuer: str, subject: str | None, sid: str | None
) -> int:
    """End the sessions of a sign-in at the provider, or all of a subject; return how many."""
    done = await connection.execute(
        "delete from sessions s using accounts a where s.account_id = a.account_id"
        " and s.by_provider and a.provider_issuer = %(issuer)s"
        " and (%(subject)s::text is null or a.provider_subject = %(subject)s)"
        " and (%(sid)s::text is null or s.provider_sid = %(sid)s)",
        {"issuer": issuer, "subject": subject, "sid": sid},
    )
    return done.rowcount
