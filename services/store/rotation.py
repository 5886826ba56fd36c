"""Give accounts other pseudonyms when the key that makes them changes, batch by batch."""

from collections.abc import Sequence
from dataclasses import dataclass

from psycopg.rows import class_row

from services.kit.db import Connection

ORPHAN = "o"
"""What the pseudonym begins with of an account whose id is forgotten: no digest does."""


@dataclass(frozen=True)
class Known:
    """An account under its present pseudonym."""

    author_key: str
    network: str
    native_id: str


async def accounts_after(connection: Connection, last: str, limit: int) -> list[Known]:
    """Return the next accounts in the order of their pseudonyms."""
    async with connection.cursor(row_factory=class_row(Known)) as cursor:
        await cursor.execute(
            "select author_key, network, native_id from authors where author_key > %s"
            " order by author_key limit %s",
            [last, limit],
        )
        return await cursor.fetchall()


async def orphans(connection: Connection, limit: int) -> list[str]:
    """Return pseudonyms of accounts whose id is forgotten, which nobody has replaced yet."""
    rows = await connection.execute(
        "select distinct c.author_key from comments c where c.author_key <> ''"
        " and not starts_with(c.author_key, 'o')"
        " and not exists (select from authors a where a.author_key = c.author_key) limit %s",
        [limit],
    )
    return [key async for (key,) in rows]


async def rename(connection: Connection, old: str, new: str) -> None:
    """Put one pseudonym in the place of another, everywhere; a name that came since wins."""
    await connection.execute("set local dialogwerk.erasing = 'on'")
    for statement in _RENAME.split(";"):
        await connection.execute(statement.encode(), {"old": old, "new": new})


_RENAME = """
insert into authors (author_key, network, native_id, display_name, handle)
    select %(new)s, network, native_id, display_name, handle from authors
    where author_key = %(old)s on conflict do nothing;
delete from authors where author_key = %(old)s;
update comments set author_key = %(new)s where author_key = %(old)s;
update opportunities set author_key = %(new)s where author_key = %(old)s;
update mute_suggestions set author_key = %(new)s where author_key = %(old)s;
update mutes set author_key = %(new)s where author_key = %(old)s;
update erasures set subject = %(new)s where scope = 'account' and subject = %(old)s;
delete from circumstances c where c.subject = %(old)s and exists (select from circumstances o
    where (o.kind, o.subject, o.connection) = (c.kind, %(new)s, c.connection));
update circumstances set subject = %(new)s where subject = %(old)s
"""


async def erased_comments_after(connection: Connection, last: str, limit: int) -> list[str]:
    """Return the next erased comments, whose tombstones can be made anew."""
    rows = await connection.execute(
        "select comment_key from comments where erasure_id is not null and comment_key > %s"
        " order by comment_key limit %s",
        [last, limit],
    )
    return [key async for (key,) in rows]


async def count_tombstones(connection: Connection, but: Sequence[str]) -> int:
    """Return how many tombstones there are beside these."""
    row = await (
        await connection.execute(
            "select count(*) from tombstones where digest <> all(%s)", [list(but)]
        )
    ).fetchone()
    return int(row[0]) if row else 0
