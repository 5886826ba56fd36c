"""The team: who has an account, who invited or changed it, and what was done to it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from psycopg.rows import class_row

from services.kit.db import Connection
from services.store.accounts import Language, Role

Deed = Literal[
    "created", "role", "disabled", "enabled", "invited", "password", "second_on", "second_off",
    "second_reset", "signed_out", "linked", "unlinked", "role_lost", "door",
]  # fmt: skip


@dataclass(frozen=True)
class Member:
    """Somebody of the team as those who manage people see them."""

    account_id: str
    name: str
    email: str | None
    role: Role
    language: Language
    created_at: datetime
    disabled_at: datetime | None
    seen_at: datetime | None
    """When a session of theirs was used last, None without one."""
    sessions: int
    has_password: bool
    has_second: bool
    by_provider: bool
    """True when the organisation's own sign-in knows this account."""
    role_lost: bool
    """Disabled because the organisation's own sign-in gave no role."""
    invited_until: datetime | None


@dataclass(frozen=True)
class Event:
    """Something that was done to an account."""

    name: str
    deed: Deed
    detail: str
    by_name: str | None
    happened_at: datetime


async def list_members(connection: Connection, *, limit: int) -> Sequence[Member]:
    """Return the team, those who may sign in first, by name."""
    async with connection.cursor(row_factory=class_row(Member)) as cursor:
        await cursor.execute(
            "select a.account_id, a.name, a.email, a.role, a.language, a.created_at, a.disabled_at,"
            " s.seen_at, coalesce(s.sessions, 0) as sessions,"
            " a.password_hash is not null as has_password,"
            " a.totp_secret is not null as has_second,"
            " a.provider_subject is not null as by_provider, a.role_lost, i.invited_until"
            " from accounts a left join (select account_id, max(seen_at) as seen_at,"
            " count(*) as sessions from sessions where stage = 'open' and expires_at > now()"
            " group by account_id) s using (account_id)"
            " left join (select account_id, max(expires_at) as invited_until from invitations"
            " where expires_at > now() and not opens group by account_id) i using (account_id)"
            " order by a.disabled_at is not null, lower(a.name) limit %s",
            [limit],
        )
        return await cursor.fetchall()


async def count_accounts(connection: Connection) -> int:
    """Return how many accounts there are, disabled ones too."""
    row = await (await connection.execute("select count(*) from accounts")).fetchone()
    return int(row[0]) if row else 0


async def lock_admins(connection: Connection) -> Sequence[str]:
    """Return the enabled admins, held until the transaction ends."""
    found = await connection.execute(
        "select account_id from accounts where role = 'admin' and disabled_at is null"
        " order by account_id for update"
    )
    return [row[0] async for row in found]


async def find_member(connection: Connection, name: str) -> str | None:
    """Return the id of the account of that name, disabled or not."""
    row = await (
        await connection.execute(
            "select account_id from accounts where lower(name) = lower(%s)", [name]
        )
    ).fetchone()
    return str(row[0]) if row else None


async def save_role(connection: Connection, account_id: str, role: Role) -> bool:
    """Give an account its role; return whether that changed anything."""
    done = await connection.execute(
        "update accounts set role = %s where account_id = %s and role <> %s",
        [role, account_id, role],
    )
    return done.rowcount > 0


async def save_disabled(connection: Connection, account_id: str, *, disabled: bool) -> bool:
    """Shut an account or open it again; return whether that changed anything."""
    done = await connection.execute(
        "update accounts set disabled_at = case when %(off)s then now() end, role_lost = false"
        " where account_id = %(id)s and ((disabled_at is null) = %(off)s or role_lost)",
        {"off": disabled, "id": account_id},
    )
    return done.rowcount > 0


async def exists(connection: Connection, account_id: str) -> bool:
    """Return whether there is such an account."""
    found = await connection.execute("select 1 from accounts where account_id = %s", [account_id])
    return await found.fetchone() is not None


async def save_invitation(
    connection: Connection, *, token_hash: str, account_id: str, expires_at: datetime,
    opens: bool = False,
) -> None:  # fmt: skip
    """Store an invitation; earlier ones of the account, and those that are over, are void.

    One that `opens` lets its owner in, any other lets them choose a password.
    """
    await connection.execute(
        "delete from invitations where account_id = %s or expires_at <= now()", [account_id]
    )
    await connection.execute(
        "insert into invitations (token_hash, account_id, expires_at, opens)"
        " values (%s, %s, %s, %s)",
        [token_hash, account_id, expires_at, opens],
    )


async def find_invited(
    connection: Connection, token_hash: str, *, opens: bool = False
) -> tuple[str, str] | None:
    """Return id and name of who is invited, None when the invitation is void."""
    row = await (
        await connection.execute(
            "select account_id, name from invitations join accounts using (account_id)"
            " where token_hash = %s and opens = %s and expires_at > now()"
            " and disabled_at is null",
            [token_hash, opens],
        )
    ).fetchone()
    return (row[0], row[1]) if row else None


async def take_invitation(
    connection: Connection, token_hash: str, *, opens: bool = False
) -> str | None:
    """Use an invitation up and return whose it was; None when it is void."""
    row = await (
        await connection.execute(
            "delete from invitations using accounts a where invitations.account_id = a.account_id"
            " and token_hash = %s and opens = %s and expires_at > now()"
            " and a.disabled_at is null returning a.account_id",
            [token_hash, opens],
        )
    ).fetchone()
    return str(row[0]) if row else None


async def void_invitations(connection: Connection, account_id: str) -> None:
    """Make the account's invitations useless."""
    await connection.execute("delete from invitations where account_id = %s", [account_id])


async def add_event(
    connection: Connection, account_id: str, deed: Deed, *, by: str | None, detail: str = ""
) -> None:
    """Append what was done to an account; `by` is None for the shell."""
    await connection.execute(
        "insert into account_events (account_id, deed, detail, by_account) values (%s, %s, %s, %s)",
        [account_id, deed, detail, by],
    )


async def list_events(connection: Connection, *, limit: int) -> Sequence[Event]:
    """Return what was done to accounts, the latest first."""
    async with connection.cursor(row_factory=class_row(Event)) as cursor:
        await cursor.execute(
            "select a.name, e.deed, e.detail, b.name as by_name, e.happened_at"
            " from account_events e join accounts a using (account_id)"
            " left join accounts b on b.account_id = e.by_account"
            " order by e.event_id desc limit %s",
            [limit],
        )
        return await cursor.fetchall()
