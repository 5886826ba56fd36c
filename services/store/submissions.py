"""What was handed in to become a publication, and how far it has come."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import LiteralString

from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from services.kit.db import Connection
from services.store.items import tell_desks

SHOWN_FOR = timedelta(days=1)
REFUSED_SHOWN_FOR = timedelta(days=7)


@dataclass(frozen=True)
class Submission:
    """A file or page that was handed in; the body goes when it was read."""

    submission_id: str
    name: str
    media_type: str | None
    url: str | None
    body: bytes | None
    """None with an address: index fetches it."""
    outcome: str | None = None
    publication_id: str | None = None
    refusal: str | None = None
    account_id: str | None = None
    """Who handed it in at the desk."""
    replaces: str | None = None
    """The publication whose next edition it is, under whatever name."""
    told: dict[str, str] | None = None
    """The refusal as sentences by language."""
    gap_id: str | None = None
    """The gap that it was handed in for."""


async def save_submission(connection: Connection, submission: Submission, now: datetime) -> None:
    """Store what was handed in; handing in the same thing under the same id changes nothing."""
    await connection.execute(
        "insert into submissions (submission_id, name, media_type, url, body, account_id, replaces,"
        " gap_id, submitted_at) values (%s, %s, %s, %s, %s, %s, %s, %s, %s)"
        " on conflict do nothing",
        [
            submission.submission_id,
            submission.name,
            submission.media_type,
            submission.url,
            submission.body,
            submission.account_id,
            submission.replaces,
            submission.gap_id,
            now,
        ],
    )
    await tell_desks(connection, None)


async def lock_submission(connection: Connection, submission_id: str) -> Submission | None:
    """Return a submission, held against other workers until the transaction ends."""
    async with connection.cursor(row_factory=class_row(Submission)) as cursor:
        await cursor.execute(
            "select submission_id, name, media_type, url, body, outcome, publication_id, refusal,"
            " account_id, replaces, told, gap_id from submissions where submission_id = %s"
            " for update",
            [submission_id],
        )
        return await cursor.fetchone()


async def begin_submission(connection: Connection, submission_id: str, now: datetime) -> None:
    """Note that a submission is being read."""
    await connection.execute(
        "update submissions set began_at = %s where submission_id = %s", [now, submission_id]
    )
    await tell_desks(connection, None)


async def is_overtaken(connection: Connection, submission_id: str, publication_id: str) -> bool:
    """True when a later submission has become an edition of this publication already."""
    row = await (
        await connection.execute(
            "select exists (select from submissions later join submissions s on"
            " later.submitted_at > s.submitted_at where s.submission_id = %s"
            " and later.publication_id = %s and later.outcome in ('indexed', 'unchanged'))",
            [submission_id, publication_id],
        )
    ).fetchone()
    return bool(row and row[0])


async def finish_submission(
    connection: Connection,
    submission_id: str,
    *,
    outcome: str,
    publication_id: str | None,
    refusal: str | None,
    now: datetime,
    told: dict[str, str] | None = None,
) -> None:
    """Note what became of a submission and drop its body."""
    await connection.execute(
        "update submissions set outcome = %s, publication_id = %s, refusal = %s, body = null,"
        " told = %s, finished_at = %s where submission_id = %s",
        [outcome, publication_id, refusal, Jsonb(told) if told else None, now, submission_id],
    )
    await tell_desks(connection, None)


@dataclass(frozen=True)
class Arrival:
    """Something handed in as the desk shows it."""

    submission_id: str
    name: str
    url: str | None
    handed_in_by: str | None
    submitted_at: datetime
    began_at: datetime | None
    outcome: str | None
    told: dict[str, str] | None
    publication_id: str | None
    title: str | None
    pages: int | None
    passages: int
    """Searchable passages of the publication."""
    finished_at: datetime | None
    gap_id: str | None


_ARRIVALS: LiteralString = (
    "select s.submission_id, s.name, s.url, a.name as handed_in_by, s.submitted_at,"
    " s.began_at, s.outcome, s.told, s.publication_id, p.title, p.pages, (select count(*)"
    " from passages g where g.publication_id = s.publication_id and g.retired_at is null)"
    " as passages, s.finished_at, s.gap_id from submissions s left join accounts a"
    " using (account_id) left join publications p on p.publication_id = s.publication_id"
)


async def read_arrivals(connection: Connection, now: datetime, *, limit: int = 30) -> list[Arrival]:
    """Return what people handed in lately and what could not be read, the latest of each name."""
    async with connection.cursor(row_factory=class_row(Arrival)) as cursor:
        await cursor.execute(
            _ARRIVALS + " where ((s.account_id is not null and s.submitted_at > %(lately)s)"
            " or (s.outcome = 'refused' and s.submitted_at > %(refused)s))"
            " and not exists (select from submissions l where l.name = s.name"
            " and l.submitted_at > s.submitted_at) order by s.submitted_at desc limit %(limit)s",
            {"lately": now - SHOWN_FOR, "refused": now - REFUSED_SHOWN_FOR, "limit": limit},
        )
        return await cursor.fetchall()


async def read_for_gaps(
    connection: Connection, gap_ids: Sequence[str], *, limit: int = 3
) -> dict[str, list[Arrival]]:
    """Return what was handed in last for each of these gaps, the newest first."""
    async with connection.cursor(row_factory=class_row(Arrival)) as cursor:
        await cursor.execute(
            _ARRIVALS + " where s.submission_id in (select latest.submission_id"  # noqa: S608 - a constant
            " from unnest(%s::text[]) wanted (gap_id) cross join lateral (select submission_id"
            " from submissions l where l.gap_id = wanted.gap_id order by l.submitted_at desc"
            " limit %s) latest) order by s.submitted_at desc",
            [list(gap_ids), limit],
        )
        found: dict[str, list[Arrival]] = {}
        for one in await cursor.fetchall():
            found.setdefault(one.gap_id or "", []).append(one)
    return found


@dataclass(frozen=True)
class Load:
    """What waits to be read."""

    count: int
    bytes: int


async def read_load(connection: Connection) -> Load:
    """Return how much people have handed in that nobody has read yet."""
    async with connection.cursor(row_factory=class_row(Load)) as cursor:
        await cursor.execute(
            "select count(*) as count, coalesce(sum(octet_length(body)), 0)::bigint as bytes"
            " from submissions where outcome is null and account_id is not null"
        )
        return await cursor.fetchone() or Load(0, 0)
