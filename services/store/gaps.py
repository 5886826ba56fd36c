"""Content gaps: questions that no publication answers, those that ask the same together.

Written by answer; a question's words and vector stay where comments keep them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, LiteralString

from psycopg.rows import class_row

from services.kit.db import Connection

Verdict = Literal["open", "will_write", "not_ours"]
SAME = 0.89
"""Cosine from which on two questions belong to one gap.

On paraphrases and near misses of public bodies' questions (e5-small, 324 pairs) 68 % of the same
and 5 % of the others lie above it; a person sees the questions of a gap and judges.
"""


async def enter(connection: Connection) -> None:
    """Hold all gaps until the transaction ends: two equal questions open one gap."""
    await connection.execute("select pg_advisory_xact_lock(hashtextextended('gaps', 0))")


async def nearest_gap(connection: Connection, comment_key: str, space: str) -> str | None:
    """Return the open gap whose first question asks the same, None when there is none."""
    row = await (
        await connection.execute(
            "select gap_id from (select distinct on (q.gap_id) q.gap_id,"
            " -(first.embedding <#> asked.embedding) as cosine"
            " from gaps g join gap_questions q using (gap_id)"
            " join comment_vectors first on first.comment_key = q.comment_key"
            " and first.revision = q.revision and first.space = %(space)s"
            " cross join (select embedding from comment_vectors where comment_key = %(key)s"
            " and space = %(space)s order by revision desc limit 1) asked"
            " where g.closed_at is null and q.comment_key <> %(key)s"
            " order by q.gap_id, q.asked_at) nearest"
            " where cosine >= %(same)s order by cosine desc limit 1",
            {"key": comment_key, "space": space, "same": SAME},
        )
    ).fetchone()
    return str(row[0]) if row else None


async def ask(
    connection: Connection, gap_id: str, comment_key: str, revision: int, now: datetime
) -> None:
    """Put a question into a gap, opening it if need be; an edited question moves."""
    await connection.execute(
        "insert into gaps (gap_id, opened_at) values (%s, %s)"
        " on conflict (gap_id) do update set closed_at = null, closed_by = null"
        " where gaps.closed_at is not null",
        [gap_id, now],
    )
    await connection.execute(
        "insert into gap_questions (comment_key, revision, gap_id, asked_at)"
        " values (%s, %s, %s, %s) on conflict (comment_key) do update set"
        " revision = excluded.revision,"
        " gap_id = case when gap_questions.revision = excluded.revision"
        " then gap_questions.gap_id else excluded.gap_id end, answered_at = null",
        [comment_key, revision, gap_id, now],
    )


async def answer(
    connection: Connection, comment_key: str, publication_id: str | None, now: datetime
) -> None:
    """Note that a question can be answered now; a gap without open questions closes."""
    await connection.execute(
        "update gap_questions set answered_at = %s where comment_key = %s and answered_at is null",
        [now, comment_key],
    )
    await connection.execute(
        "update gaps g set closed_at = %s, closed_by = %s where closed_at is null"
        " and gap_id = (select gap_id from gap_questions where comment_key = %s)"
        " and not exists (select from gap_questions q"
        " where q.gap_id = g.gap_id and q.answered_at is null)",
        [now, publication_id, comment_key],
    )


@dataclass(frozen=True)
class Outdated:
    """A comment whose draft, or whose silence, the publications have overtaken."""

    network: str
    thread_key: str
    comment_key: str
    revision: int
    stance: str


async def waiting_questions(connection: Connection, *, limit: int) -> list[Outdated]:
    """Return the unanswered questions that still wait for a person, longest waiting first."""
    return await _read(
        connection,
        "select c.network, c.thread_key, c.comment_key, c.revision, 'answer' as stance"
        " from gap_questions q join comments c using (comment_key, revision)"
        " join items i using (comment_key) where q.answered_at is null and i.status = 'open'"
        " order by q.asked_at limit %s",
        [limit],
    )


async def drafts_on_withdrawn(connection: Connection, *, limit: int) -> list[Outdated]:
    """Return the comments that wait with a draft that cites a passage no longer searchable."""
    return await _read(
        connection,
        "select c.network, c.thread_key, c.comment_key, c.revision, d.stance"
        " from items i join drafts d using (draft_id) join comments c on"
        " c.comment_key = i.comment_key and c.revision = d.revision"
        " where i.status = 'open' and cites_withdrawn(d)"
        " order by i.opened_at limit %s",
        [limit],
    )


@dataclass(frozen=True)
class Asked:
    """One question of a gap, as its author wrote it; None where it was deleted."""

    comment_key: str
    text: str
    asked_at: datetime
    answered_at: datetime | None


@dataclass(frozen=True)
class Gap:
    """A content gap as the publication team sees it."""

    gap_id: str
    opened_at: datetime
    closed_at: datetime | None
    closed_by: str | None
    """Title of the publication that closed it."""
    publication_id: str | None
    """The publication's id."""
    questions: int
    waiting: int
    latest: datetime
    verdict: Verdict
    note: str
    name: str | None
    """Who gave the verdict."""
    given_at: datetime | None
    asked: list[Asked]


async def list_gaps(
    connection: Connection, *, closed: bool, verdict: Verdict | None, limit: int, offset: int = 0
) -> list[Gap]:
    """Return gaps, the most often asked first, each with its newest questions."""
    async with connection.cursor() as cursor:
        await cursor.execute(
            _GAPS + _LISTED,
            {"closed": closed, "verdict": verdict, "limit": limit, "offset": offset},
        )
        rows = await cursor.fetchall()
        await cursor.execute(_ASKED, [[row[0] for row in rows]])
        asked: dict[str, list[Asked]] = {}
        for gap_id, *question in await cursor.fetchall():
            asked.setdefault(gap_id, []).append(Asked(*question))
    return [Gap(*(*row, asked.get(row[0], []))) for row in rows]


async def read_gap(connection: Connection, gap_id: str) -> Gap | None:
    """Return one gap without the words of its questions."""
    async with connection.cursor() as cursor:
        await cursor.execute(_GAPS + _ONE, {"gap": gap_id})
        row = await cursor.fetchone()
    return Gap(*(*row, [])) if row else None


async def newest_question(connection: Connection, gap_id: str) -> Asked | None:
    """Return a gap's newest question that stands, None when all were deleted."""
    async with connection.cursor() as cursor:
        await cursor.execute(_ASKED, [[gap_id]])
        row = await cursor.fetchone()
    return Asked(*row[1:]) if row else None


async def give_verdict(
    connection: Connection,
    gap_id: str,
    verdict: Verdict,
    *,
    note: str,
    account_id: str,
    now: datetime,
) -> bool:
    """Append what the team says to a gap; False when there is no such gap."""
    done = await connection.execute(
        "insert into gap_verdicts (gap_id, verdict, note, account_id, given_at)"
        " select gap_id, %s, %s, %s, %s from gaps where gap_id = %s",
        [verdict, note, account_id, now, gap_id],
    )
    return done.rowcount > 0


_GAPS: LiteralString = """
select g.gap_id, g.opened_at, g.closed_at, p.title, g.closed_by, count(*), count(*) filter (
    where q.answered_at is null), max(q.asked_at), coalesce(v.verdict, 'open'),
    coalesce(v.note, ''), a.name, v.given_at
from gaps g join gap_questions q using (gap_id) left join publications p on
    p.publication_id = g.closed_by
left join lateral (select * from gap_verdicts l where l.gap_id = g.gap_id
    order by number desc limit 1) v on true
left join accounts a using (account_id)
"""
_GROUPED: LiteralString = " group by g.gap_id, p.title, v.verdict, v.note, a.name, v.given_at"
_ONE: LiteralString = " where g.gap_id = %(gap)s" + _GROUPED
_LISTED: LiteralString = f"""
where (g.closed_at is not null) = %(closed)s
    and (%(verdict)s::text is null or coalesce(v.verdict, 'open') = %(verdict)s)
{_GROUPED}
order by count(*) desc, max(q.asked_at) desc, g.gap_id limit %(limit)s offset %(offset)s
"""
_ASKED = """
select latest.* from unnest(%s::text[]) wanted (gap_id) cross join lateral (
    select q.gap_id, q.comment_key, r.text, q.asked_at, q.answered_at
    from gap_questions q join comments c using (comment_key) join comment_revisions r on
        r.comment_key = c.comment_key and r.revision = c.revision
    where q.gap_id = wanted.gap_id and c.deleted_at is null
    order by q.asked_at desc limit 5) latest
"""


async def _read(
    connection: Connection, query: LiteralString, values: Sequence[object]
) -> list[Outdated]:
    async with connection.cursor(row_factory=class_row(Outdated)) as cursor:
        await cursor.execute(query, values)
        return await cursor.fetchall()
