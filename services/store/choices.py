"""What the filters of a search may be set to."""

from dataclasses import dataclass

from psycopg.rows import class_row

from services.kit.db import Connection


@dataclass(frozen=True)
class PageChoice:
    """A page that comments come from."""

    page_key: str
    name: str
    network: str


async def read_pages(connection: Connection, *, limit: int = 500) -> list[PageChoice]:
    """Return pages by name."""
    async with connection.cursor(row_factory=class_row(PageChoice)) as cursor:
        await cursor.execute(
            "select page_key, name, network from pages order by lower(name), page_key limit %s",
            [limit],
        )
        return await cursor.fetchall()


async def read_titles(connection: Connection, *, limit: int = 500) -> list[tuple[str, str]]:
    """Return the ids and titles of publications, those taken back too: replies may cite them."""
    rows = await connection.execute(
        "select publication_id, title from publications"
        " order by lower(title), publication_id limit %s",
        [limit],
    )
    return [(publication_id, title) async for publication_id, title in rows]
