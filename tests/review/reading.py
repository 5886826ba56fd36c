"""Read what stands in the database, for tests to compare."""

import json
import re
from typing import Any

from psycopg.rows import class_row

from services.kit.db import Pool
from services.store.items import Item
from tests.world import Seeded


async def read_item(pool: Pool, comment_key: str) -> Item:
    async with pool.connection() as connection, connection.cursor(row_factory=class_row(Item)) as c:
        await c.execute("select * from items where comment_key = %s", [comment_key])
        item = await c.fetchone()
    assert item is not None
    return item


async def rows(pool: Pool, query: str, *values: object) -> list[Any]:
    async with pool.connection() as connection:
        return list(await (await connection.execute(query.encode(), values)).fetchall())


async def promised(pool: Pool) -> list[tuple[str, dict[str, Any], bool]]:
    """Return subject, body and `is due now` of each promised message, in order."""
    found = await rows(pool, "select subject, body, due_at <= now() from outbox order by outbox_id")
    return [(subject, json.loads(body), due) for subject, body, due in found]


def path(seeded: Seeded, rest: str = "") -> str:
    """Return the address of an item's page, or of one of its forms."""
    return f"/items/{seeded.comment_key}{rest}"


def keys_in(html: str) -> list[str]:
    """Return the items that a list shows, in its order."""
    return re.findall(r'id="row-([0-9a-f]{32})"', html)
