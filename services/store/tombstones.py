"""What was erased, as keyed hashes: enough to recognise it, too little to learn anything."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Literal

from psycopg.types.json import Jsonb

from services.kit.db import Connection
from services.kit.pseudonym import pseudonym

Buried = Literal["comment", "account"]
ERASED = "erased:"
"""What the native id of an erased comment begins with; its comment_key follows."""


def digest(key: bytes, buried: Buried, subject: str) -> str:
    """Return the tombstone of a comment_key or author_key, 32 hex digits of HMAC-SHA256."""
    return pseudonym(key, f"erased {buried}", subject)


async def lay(
    connection: Connection, buried: Buried, digests: Iterable[str], now: datetime
) -> None:
    """Keep tombstones; of two for the same subject the later time counts."""
    await connection.execute(
        "insert into tombstones (digest, scope, erased_at) select one, %s, %s"
        " from unnest(%s::text[]) one on conflict (digest) do update"
        " set erased_at = greatest(tombstones.erased_at, excluded.erased_at)",
        [buried, now, list(digests)],
    )


async def standing(connection: Connection, digests: Collection[str]) -> dict[str, datetime]:
    """Return which of these tombstones there are, and since when."""
    rows = await connection.execute(
        "select digest, erased_at from tombstones where digest = any(%s)", [list(digests)]
    )
    return {found: at async for found, at in rows}


async def read_tombstones(connection: Connection) -> list[tuple[str, Buried, datetime]]:
    """Return all tombstones, the oldest first, as they are written beside backups."""
    rows = await connection.execute(
        "select digest, scope, erased_at from tombstones order by erased_at, digest"
    )
    return [(found, scope, at) async for found, scope, at in rows]


async def read_subjects(connection: Connection) -> list[tuple[Buried, str]]:
    """Return every comment and account that stands under a name, to compare with tombstones."""
    rows = await connection.execute(
        "select 'comment', comment_key from comments where erasure_id is null and not is_self"
        " union all select distinct 'account', author_key from comments"
        " where erasure_id is null and not is_self and author_key <> ''"
    )
    return [(buried, subject) async for buried, subject in rows]


async def replace_tombstones(connection: Connection, anew: dict[str, str]) -> int:
    """Give tombstones other digests (old to new), as after a change of keys; return how many."""
    done = await connection.execute(
        "update tombstones t set digest = fresh.value from jsonb_each_text(%s) fresh"
        " where t.digest = fresh.key and not exists"
        " (select from tombstones o where o.digest = fresh.value)",
        [Jsonb(anew)],
    )
    return done.rowcount
