"""Publications as index keeps them, in all their editions."""

from dataclasses import dataclass
from datetime import date, datetime

from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from services.kit.db import Connection


@dataclass(frozen=True)
class Publication:
    """One publication in its newest edition."""

    publication_id: str
    name: str
    title: str
    language: str
    published_on: date | None
    author: str | None
    url: str | None
    media_type: str | None
    digest: str
    edition: int
    warnings: list[dict[str, str]]
    """What the reader found odd, as sentences by language."""
    indexed_at: datetime
    removed_at: datetime | None
    passages: int
    """Searchable ones."""
    pages: int | None = None
    """Pages of the original, None where it has none."""


_LISTED = (
    "select publication_id, name, title, language, published_on, author, url, media_type, digest,"
    " edition, warnings, indexed_at, removed_at, pages, (select count(*) from passages p"
    " where p.publication_id = publications.publication_id and p.retired_at is null)"
    " as passages from publications"
)


async def list_publications(
    connection: Connection, *, after: str = "", limit: int = 500
) -> list[Publication]:
    """Return what is searchable now, by title, behind the publication of the id `after`."""
    async with connection.cursor(row_factory=class_row(Publication)) as cursor:
        await cursor.execute(
            _LISTED + " where removed_at is null and (%(after)s = '' or (title, publication_id) >"  # noqa: S608 - a constant
            " (select title, publication_id from publications where publication_id = %(after)s))"
            " order by title, publication_id limit %(limit)s",
            {"after": after, "limit": limit},
        )
        return await cursor.fetchall()


async def read_stamp(connection: Connection) -> str:
    """Return a text that changes whenever an edition comes or goes."""
    row = await (
        await connection.execute(
            "select count(*), max(greatest(indexed_at, removed_at)) from publications"
        )
    ).fetchone()
    count, at = row or (0, None)
    return f"{count}.{at.timestamp() if at else 0}"


async def find_publication(connection: Connection, wanted: str) -> Publication | None:
    """Return a live publication by id, id prefix of 8 or more, name or URL; None when unclear."""
    async with connection.cursor(row_factory=class_row(Publication)) as cursor:
        await cursor.execute(
            _LISTED + " where removed_at is null and (publication_id = %(w)s or name = %(w)s"
            " or url = %(w)s or (length(%(w)s) >= 8 and starts_with(publication_id, %(w)s)))"
            " limit 2",
            {"w": wanted},
        )
        found = await cursor.fetchall()
    return found[0] if len(found) == 1 else None


async def read_publication(connection: Connection, publication_id: str) -> Publication | None:
    """Return a publication by its id, withdrawn or not."""
    async with connection.cursor(row_factory=class_row(Publication)) as cursor:
        await cursor.execute(_LISTED + " where publication_id = %s", [publication_id])
        return await cursor.fetchone()


async def list_withdrawn(connection: Connection, *, limit: int = 50) -> list[Publication]:
    """Return what was taken out, the latest first."""
    async with connection.cursor(row_factory=class_row(Publication)) as cursor:
        await cursor.execute(
            _LISTED + " where removed_at is not null order by removed_at desc limit %s", [limit]
        )
        return await cursor.fetchall()


async def named(connection: Connection, name: str) -> str | None:
    """Return the live publication whose newest edition came as a file of this name."""
    row = await (
        await connection.execute(
            "select publication_id from publications where name = %s"
            " and removed_at is null order by indexed_at desc limit 1",
            [name],
        )
    ).fetchone()
    return str(row[0]) if row else None


async def lock_publication(connection: Connection, publication_id: str) -> Publication | None:
    """Return a publication in any state, held until the transaction ends."""
    await connection.execute(
        "select pg_advisory_xact_lock(hashtextextended(%s, 0))", [publication_id]
    )
    async with connection.cursor(row_factory=class_row(Publication)) as cursor:
        await cursor.execute(_LISTED + " where publication_id = %s", [publication_id])
        return await cursor.fetchone()


async def save_publication(connection: Connection, publication: Publication) -> None:
    """Store a publication's newest edition; it comes back when it was withdrawn."""
    await connection.execute(
        "insert into publications (publication_id, name, title, language, published_on, author,"
        " url, media_type, digest, edition, warnings, indexed_at, removed_at, pages) values"
        " (%(publication_id)s, %(name)s, %(title)s, %(language)s, %(published_on)s, %(author)s,"
        " %(url)s, %(media_type)s, %(digest)s, %(edition)s, %(warnings)s, %(indexed_at)s, null,"
        " %(pages)s)"
        " on conflict (publication_id) do update set name = excluded.name, title = excluded.title,"
        " language = excluded.language, published_on = excluded.published_on,"
        " author = excluded.author, url = excluded.url, media_type = excluded.media_type,"
        " digest = excluded.digest, edition = excluded.edition, warnings = excluded.warnings,"
        " indexed_at = excluded.indexed_at, removed_at = null, pages = excluded.pages",
        {**vars(publication), "warnings": Jsonb(publication.warnings)},
    )


async def remove_publication(connection: Connection, publication_id: str, now: datetime) -> None:
    """Mark a publication as removed; its passages are retired by the caller."""
    await connection.execute(
        "update publications set removed_at = %s where publication_id = %s", [now, publication_id]
    )


@dataclass(frozen=True)
class Edition:
    """One edition as it was when it was taken in, and whether a person withdrew it."""

    edition: int
    name: str
    title: str
    published_on: date | None
    pages: int | None
    passages: int
    indexed_at: datetime
    withdrawn_at: datetime | None
    withdrawn_by: str | None
    reason: str | None


async def add_edition(connection: Connection, publication: Publication, passages: int) -> None:
    """Append an edition to the chain; the same one twice changes nothing."""
    await connection.execute(
        "insert into editions (publication_id, edition, name, title, published_on, pages, passages,"
        " indexed_at) values (%s, %s, %s, %s, %s, %s, %s, %s) on conflict do nothing",
        [
            publication.publication_id, publication.edition, publication.name, publication.title,
            publication.published_on, publication.pages, passages, publication.indexed_at,
        ],
    )  # fmt: skip


async def read_editions(
    connection: Connection, publication_id: str, *, limit: int = 50
) -> list[Edition]:
    """Return the chain of editions, the newest first."""
    async with connection.cursor(row_factory=class_row(Edition)) as cursor:
        await cursor.execute(
            "select e.edition, e.name, e.title, e.published_on, e.pages, e.passages, e.indexed_at,"
            " w.withdrawn_at, a.name as withdrawn_by, w.reason from editions e"
            " left join withdrawals w using (publication_id, edition)"
            " left join accounts a using (account_id)"
            " where e.publication_id = %s order by e.edition desc limit %s",
            [publication_id, limit],
        )
        return await cursor.fetchall()


async def add_withdrawal(
    connection: Connection, publication_id: str, edition: int, *, reason: str, account_id: str
) -> bool:
    """Append that a person takes an edition out; False when somebody did already."""
    done = await connection.execute(
        "insert into withdrawals (publication_id, edition, reason, account_id, withdrawn_at)"
        " values (%s, %s, %s, %s, clock_timestamp()) on conflict do nothing",
        [publication_id, edition, reason, account_id],
    )
    return done.rowcount > 0
