"""Publications as index keeps them, and what was handed in to become one."""

from dataclasses import dataclass
from datetime import date, datetime

from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from services.kit.db import Connection


@dataclass(frozen=True)
class Submission:
    """A file or page that was handed in; the body goes when it was read."""

    submission_id: str
    name: str
    media_type: str | None
    url: str | None
    body: bytes | None
    outcome: str | None
    publication_id: str | None
    refusal: str | None


async def save_submission(connection: Connection, submission: Submission, now: datetime) -> None:
    """Store what was handed in; handing in the same thing under the same id changes nothing."""
    await connection.execute(
        "insert into submissions (submission_id, name, media_type, url, body, submitted_at)"
        " values (%s, %s, %s, %s, %s, %s) on conflict do nothing",
        [
            submission.submission_id,
            submission.name,
            submission.media_type,
            submission.url,
            submission.body,
            now,
        ],
    )


async def lock_submission(connection: Connection, submission_id: str) -> Submission | None:
    """Return a submission, held against other workers until the transaction ends."""
    async with connection.cursor(row_factory=class_row(Submission)) as cursor:
        await cursor.execute(
            "select submission_id, name, media_type, url, body, outcome, publication_id, refusal"
            " from submissions where submission_id = %s for update",
            [submission_id],
        )
        return await cursor.fetchone()


async def finish_submission(
    connection: Connection,
    submission_id: str,
    *,
    outcome: str,
    publication_id: str | None,
    refusal: str | None,
    now: datetime,
) -> None:
    """Note what became of a submission and drop its body."""
    await connection.execute(
        "update submissions set outcome = %s, publication_id = %s, refusal = %s, body = null,"
        " finished_at = %s where submission_id = %s",
        [outcome, publication_id, refusal, now, submission_id],
    )


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


_LISTED = (
    "select publication_id, name, title, language, published_on, author, url, media_type, digest,"
    " edition, warnings, indexed_at, removed_at, (select count(*) from passages p"
    " where p.publication_id = publications.publication_id and p.retired_at is null)"
    " as passages from publications"
)


async def list_publications(connection: Connection, *, limit: int = 500) -> list[Publication]:
    """Return what is searchable now, by title."""
    async with connection.cursor(row_factory=class_row(Publication)) as cursor:
        await cursor.execute(
            _LISTED + " where removed_at is null order by title, publication_id limit %s", [limit]
        )
        return await cursor.fetchall()


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


async def lock_publication(connection: Connection, publication_id: str) -> Publication | None:
    """Return a publication in any state, held until the transaction ends."""
    await connection.execute(
        "select pg_advisory_xact_lock(hashtextextended(%s, 0))", [publication_id]
    )
    async with connection.cursor(row_factory=class_row(Publication)) as cursor:
        await cursor.execute(_LISTED + " where publication_id = %s", [publication_id])
        return await cursor.fetchone()


async def save_publication(connection: Connection, publication: Publication) -> None:
    """Store a publication's newest edition."""
    await connection.execute(
        "insert into publications (publication_id, name, title, language, published_on, author,"
        " url, media_type, digest, edition, warnings, indexed_at, removed_at) values"
        " (%(publication_id)s, %(name)s, %(title)s, %(language)s, %(published_on)s, %(author)s,"
        " %(url)s, %(media_type)s, %(digest)s, %(edition)s, %(warnings)s, %(indexed_at)s, null)"
        " on conflict (publication_id) do update set name = excluded.name, title = excluded.title,"
        " language = excluded.language, published_on = excluded.published_on,"
        " author = excluded.author, url = excluded.url, media_type = excluded.media_type,"
        " digest = excluded.digest, edition = excluded.edition, warnings = excluded.warnings,"
        " indexed_at = excluded.indexed_at, removed_at = null",
        {**vars(publication), "warnings": Jsonb(publication.warnings)},
    )


async def remove_publication(connection: Connection, publication_id: str, now: datetime) -> None:
    """Mark a publication as removed; its passages are retired by the caller."""
    await connection.execute(
        "update publications set removed_at = %s where publication_id = %s", [now, publication_id]
    )
