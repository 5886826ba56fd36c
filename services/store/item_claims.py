"""Who works on an item: one person in one browser, until that window is left or lies idle.

Times are the database's. That nobody else decides meanwhile is kept by a trigger on decisions.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import LiteralString

from psycopg.rows import class_row

from services.kit.db import Connection

GRACE = timedelta(seconds=15)
"""For so long an item is kept for a window that is being left: it may only be reloading."""
HELD = "DW001"
"""The database's code for a decision about an item that somebody else holds."""


@dataclass(frozen=True)
class Visit:
    """One page that shows an item: whose, in which browser, for how long without a sign of use."""

    account_id: str
    browser: str
    visit: str
    idle: timedelta


@dataclass(frozen=True)
class Claim:
    """Who holds an item, or held it last."""

    account_id: str
    name: str
    browser: str
    since: datetime
    expires_at: datetime
    is_live: bool
    is_free: bool
    """Its window was left: whoever comes next may have it unasked."""


async def read_claim(connection: Connection, comment_key: str) -> Claim | None:
    """Return who holds or last held an item that is not decided; None when nobody does."""
    async with connection.cursor(row_factory=class_row(Claim)) as cursor:
        await cursor.execute(
            "select k.account_id, a.name, k.browser, k.since, k.expires_at,"
            " k.expires_at > clock_timestamp() as is_live,"
            " k.is_left and k.expires_at <= clock_timestamp() as is_free"
            " from item_claims k join accounts a using (account_id) where k.comment_key = %s",
            [comment_key],
        )
        return await cursor.fetchone()


async def claim_item(connection: Connection, comment_key: str, visit: Visit) -> bool:
    """Claim an open item for a page that opens; False when somebody else holds or held it.

    The same person's other browser gives it up.
    """
    return await _done(
        connection, comment_key, visit,
        "insert into item_claims as k"
        " (comment_key, account_id, browser, visit, since, expires_at)"
        " select comment_key, %(account_id)s, %(browser)s, %(visit)s, clock_timestamp(),"
        " clock_timestamp() + %(idle)s from items where comment_key = %(key)s and status = 'open'"
        " on conflict (comment_key) do update set account_id = excluded.account_id,"
        " browser = excluded.browser, visit = excluded.visit, expires_at = excluded.expires_at,"
        " is_left = false, since = case when k.account_id = excluded.account_id"
        " and not (k.is_left and k.expires_at <= clock_timestamp()) then k.since"
        " else excluded.since end"
        " where k.account_id = excluded.account_id"
        " or (k.is_left and k.expires_at <= clock_timestamp())",
    )  # fmt: skip


async def keep_claim(connection: Connection, comment_key: str, visit: Visit) -> bool:
    """Prolong the claim of a browser that is in use; False when it holds the item no more."""
    return await _done(
        connection, comment_key, visit,
        "update item_claims set expires_at = clock_timestamp() + %(idle)s, is_left = false"
        " where comment_key = %(key)s and account_id = %(account_id)s and browser = %(browser)s",
    )  # fmt: skip


async def leave_item(connection: Connection, comment_key: str, visit: Visit) -> bool:
    """Note that a page is being left; False when another page holds the item by now."""
    return await _done(
        connection, comment_key, visit,
        "update item_claims set is_left = true,"
        " expires_at = least(expires_at, clock_timestamp() + %(grace)s)"
        " where comment_key = %(key)s and account_id = %(account_id)s and browser = %(browser)s"
        " and visit = %(visit)s",
        grace=GRACE,
    )  # fmt: skip


async def take_over(
    connection: Connection, comment_key: str, visit: Visit, *, even_live: bool
) -> bool:
    """Take an item from who held it; False while they are at work, unless `even_live`."""
    return await _done(
        connection, comment_key, visit,
        "update item_claims set account_id = %(account_id)s, browser = %(browser)s,"
        " visit = %(visit)s, since = clock_timestamp(), is_left = false,"
        " expires_at = clock_timestamp() + %(idle)s where comment_key = %(key)s"
        " and (expires_at <= clock_timestamp() or account_id = %(account_id)s or %(even_live)s)",
        even_live=even_live,
    )  # fmt: skip


async def _done(
    connection: Connection, comment_key: str, visit: Visit, change: LiteralString, **more: object
) -> bool:
    """Change the claim of an item for a visit; False when the conditions do not hold."""
    done = await connection.execute(change, {**vars(visit), "key": comment_key, **more})
    return done.rowcount == 1


async def drop_claim(connection: Connection, comment_key: str) -> None:
    """Forget who held an item: it is decided, put aside or given to somebody."""
    await connection.execute("delete from item_claims where comment_key = %s", [comment_key])
