"""Items that are put aside until a time, or given to a colleague; a decision ends both."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from psycopg.rows import class_row

from services.kit.db import Connection


@dataclass(frozen=True)
class Plan:
    """What somebody wants done with an item, by whom or when."""

    until: datetime | None
    for_account: str | None
    for_name: str | None
    note: str
    by_name: str | None
    set_at: datetime
    is_aside: bool
    """It is out of sight now."""


async def read_plan(connection: Connection, comment_key: str) -> Plan | None:
    async with connection.cursor(row_factory=class_row(Plan)) as cursor:
        await cursor.execute(
            "select p.until, p.for_account, f.name as for_name, p.note, b.name as by_name,"
            " p.set_at, coalesce(p.until > clock_timestamp(), false) as is_aside"
            " from item_plans p left join accounts f on f.account_id = p.for_account"
            " left join accounts b on b.account_id = p.account_id where p.comment_key = %s",
            [comment_key],
        )
        return await cursor.fetchone()


async def set_plan(
    connection: Connection, comment_key: str, *, account_id: str, note: str = "",
    until: datetime | None = None, for_account: str | None = None,
) -> None:  # fmt: skip
    """Put the item aside, or give it to somebody, in the place of what was planned before."""
    await connection.execute(
        "insert into item_plans as p (comment_key, until, for_account, note, account_id, set_at)"
        " values (%(key)s, %(until)s, %(for)s, %(note)s, %(me)s, clock_timestamp())"
        " on conflict (comment_key) do update set (until, for_account, note, account_id, set_at)"
        " = (excluded.until, excluded.for_account, excluded.note, excluded.account_id,"
        " excluded.set_at)",
        {"key": comment_key, "until": until, "for": for_account, "note": note, "me": account_id},
    )


async def drop_plan(connection: Connection, comment_key: str) -> None:
    await connection.execute("delete from item_plans where comment_key = %s", [comment_key])


@dataclass(frozen=True)
class Colleague:
    """Somebody an item can be given to."""

    account_id: str
    name: str


async def read_colleagues(connection: Connection, me: str, roles: Sequence[str]) -> list[Colleague]:
    """Return the other enabled accounts of these roles, by name."""
    async with connection.cursor(row_factory=class_row(Colleague)) as cursor:
        await cursor.execute(
            "select account_id, name from accounts where disabled_at is null"
            " and account_id <> %s and role = any(%s) order by lower(name) limit 200",
            [me, list(roles)],
        )
        return await cursor.fetchall()
