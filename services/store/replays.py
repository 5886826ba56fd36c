"""Replays: what was asked, what each past comment would become, and what it cost."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from psycopg.rows import class_row
from psycopg.types.json import Jsonb
from pydantic import BaseModel, ConfigDict

from schemas.drafts import Sentence, Source
from schemas.replays import Asked, Basis, Failure, Result, Stopped, Summary, Verdict
from services.kit.db import Connection, Pool
from services.store.items import tell_desks


class Replay(BaseModel):
    """A replay without its comments."""

    model_config = ConfigDict(frozen=True)

    replay_id: str
    started_at: datetime
    started_by: str
    asked: Asked
    basis: Basis
    comments: int
    summary: Summary
    stopped: Stopped | None
    finished_at: datetime | None


async def add_replay(connection: Connection, replay: Replay) -> None:
    """Note that a replay begins."""
    await connection.execute(
        "insert into replays (replay_id, started_at, started_by, asked, basis, comments)"
        " values (%s, %s, %s, %s, %s, %s)",
        [
            replay.replay_id, replay.started_at, replay.started_by,
            Jsonb(replay.asked.model_dump(mode="json")),
            Jsonb(replay.basis.model_dump(mode="json")), replay.comments,
        ],
    )  # fmt: skip


_REPLAY = (
    "select replay_id, started_at, started_by, asked, basis, comments, summary, stopped,"
    " finished_at from replays"
)


async def read_replay(connection: Connection, replay_id: str) -> Replay | None:
    async with connection.cursor(row_factory=class_row(Replay)) as cursor:
        await cursor.execute(f"{_REPLAY} where replay_id = %s", [replay_id])
        return await cursor.fetchone()


async def list_replays(
    connection: Connection, *, after: tuple[datetime, str] | None, limit: int
) -> list[Replay]:
    """Return the replays behind a place, the newest first."""
    at, key = after or (None, "")
    async with connection.cursor(row_factory=class_row(Replay)) as cursor:
        await cursor.execute(
            f"{_REPLAY} where %(at)s::timestamptz is null or started_at < %(at)s"
            " or (started_at = %(at)s and replay_id > %(key)s)"
            " order by started_at desc, replay_id limit %(limit)s",
            {"at": at, "key": key, "limit": limit},
        )
        return await cursor.fetchall()


@asynccontextmanager
async def held(pool: Pool, replay_id: str) -> AsyncIterator[bool]:
    """Hold a replay while the block runs; False when somebody else does."""
    lock = {"key": f"replay {replay_id}"}
    async with pool.connection() as connection:
        row = await (
            await connection.execute(
                "select pg_try_advisory_lock(hashtextextended(%(key)s, 0))", lock
            )
        ).fetchone()
        await connection.commit()
        mine = bool(row and row[0])
        try:
            yield mine
        finally:
            if mine:
                await connection.execute(
                    "select pg_advisory_unlock(hashtextextended(%(key)s, 0))", lock
                )


async def compared_keys(connection: Connection, replay_id: str) -> set[str]:
    """Return which comments a replay has compared; those that failed are tried again."""
    rows = await connection.execute(
        "select comment_key from replay_results where replay_id = %s and failure is null",
        [replay_id],
    )
    return {key async for (key,) in rows}


@dataclass(frozen=True)
class Row:
    """What became of one comment in a replay: a result, or why there is none."""

    replay_id: str
    comment_key: str
    revision: int
    said_at: datetime
    joined: Sequence[str] = ()
    result: Result | None = None
    failure: Failure | None = None


async def save_result(connection: Connection, row: Row) -> bool:
    """Keep a result while its comment stands as it was read; False when it does not any more.

    What is erased in this very moment goes with the second look that every erasure takes.
    """
    result = row.result
    done = await connection.execute(
        "insert into replay_results (replay_id, comment_key, revision, joined, said_at, changes,"
        " verdict, failure, result) select %(replay_id)s, c.comment_key, c.revision, %(joined)s,"
        " %(said_at)s, %(changes)s, %(verdict)s, %(failure)s, %(result)s from comments c"
        " where c.comment_key = %(comment_key)s and c.revision = %(revision)s"
        " and c.deleted_at is null"
        " on conflict (replay_id, comment_key) do update set changes = excluded.changes,"
        " verdict = excluded.verdict, failure = excluded.failure, result = excluded.result,"
        " joined = excluded.joined where replay_results.result is null",
        {
            **vars(row),
            "joined": list(row.joined),
            "changes": list(result.changes) if result else [],
            "verdict": result.verdict if result else "open",
            "result": Jsonb(result.model_dump(mode="json")) if result else None,
        },
    )
    return done.rowcount == 1


async def book_cost(
    connection: Connection, now: datetime, tokens_in: int, tokens_out: int, cost: Decimal
) -> None:
    """Book what a replay has asked of a model; it stays when the replay goes."""
    if tokens_in or tokens_out or cost:
        await connection.execute(
            "insert into replay_costs (made_at, tokens_in, tokens_out, cost)"
            " values (%s, %s, %s, %s)",
            [now, tokens_in, tokens_out, cost],
        )


async def read_outcomes(
    connection: Connection, replay_id: str
) -> tuple[list[Result], dict[str, int]]:
    """Return all results of a replay that stand, and how many comments failed for which reason."""
    rows = await connection.execute(
        "select failure, result from replay_results where replay_id = %s", [replay_id]
    )
    results: list[Result] = []
    failed: dict[str, int] = {}
    async for failure, result in rows:
        if failure is None:
            results.append(Result.model_validate(result))
        else:
            failed[failure] = failed.get(failure, 0) + 1
    return results, failed


async def settle(
    connection: Connection, replay_id: str, summary: Summary, stopped: Stopped | None, now: datetime
) -> None:
    """Note how a replay ended, and its figures."""
    await connection.execute(
        "update replays set summary = %s, stopped = %s, finished_at = %s where replay_id = %s",
        [
            Jsonb(summary.model_dump(mode="json")), stopped, None if stopped else now, replay_id,
        ],
    )  # fmt: skip
    await tell_desks(connection, None)


@dataclass(frozen=True)
class Wanted:
    """Which results of a replay are listed; empty: all of them."""

    change: str = ""
    verdict: str = ""
    after: tuple[datetime, str] | None = None


class Listed(BaseModel):
    """A result in a list, with the words it is about."""

    model_config = ConfigDict(frozen=True)

    comment_key: str
    said_at: datetime
    network: str
    page: str
    text: str
    result: Result | None
    failure: Failure | None
    verdict: Verdict


_LISTED = """
select o.comment_key, o.said_at, c.network, p.name as page, r.text, o.result, o.failure, o.verdict
from replay_results o join comments c using (comment_key)
join comment_revisions r on r.comment_key = o.comment_key and r.revision = o.revision
join threads t using (thread_key) join pages p using (page_key)
where o.replay_id = %(replay)s
"""


async def list_results(
    connection: Connection, replay_id: str, wanted: Wanted, *, limit: int
) -> list[Listed]:
    """Return results behind a place, the newest comment first; `changed` wants any change."""
    at, key = wanted.after or (None, "")
    async with connection.cursor(row_factory=class_row(Listed)) as cursor:
        await cursor.execute(
            f"{_LISTED} and case %(change)s when '' then true"
            " when 'changed' then o.changes <> '{}' when 'failed' then o.failure is not null"
            " else %(change)s = any(o.changes) end"
            " and (%(verdict)s = '' or (o.verdict = %(verdict)s and o.failure is null))"
            " and (%(at)s::timestamptz is null or o.said_at < %(at)s"
            " or (o.said_at = %(at)s and o.comment_key > %(key)s))"
            " order by o.said_at desc, o.comment_key limit %(limit)s",
            {"replay": replay_id, "change": wanted.change, "verdict": wanted.verdict,
             "at": at, "key": key, "limit": limit},
        )  # fmt: skip
        return await cursor.fetchall()


async def read_result(connection: Connection, replay_id: str, comment_key: str) -> Listed | None:
    async with connection.cursor(row_factory=class_row(Listed)) as cursor:
        await cursor.execute(
            f"{_LISTED} and o.comment_key = %(key)s", {"replay": replay_id, "key": comment_key}
        )
        return await cursor.fetchone()


class Words(BaseModel):
    """What was drafted then, with the passages that it cites."""

    model_config = ConfigDict(frozen=True)

    text: str
    sentences: list[Sentence]
    sources: list[Source]

    @property
    def cited(self) -> list[Source]:
        named = {one.passage_id for said in self.sentences for one in said.citations}
        return [one for one in self.sources if one.passage_id in named]


async def read_words(connection: Connection, draft_id: str) -> Words | None:
    """Return a draft's words as they stand; erased ones are empty."""
    async with connection.cursor(row_factory=class_row(Words)) as cursor:
        await cursor.execute(
            "select text, sentences, sources from drafts where draft_id = %s", [draft_id]
        )
        return await cursor.fetchone()


async def count_results(connection: Connection, replay_id: str) -> int:
    """Return how many comments of a replay still stand in it."""
    row = await (
        await connection.execute(
            "select count(*) from replay_results where replay_id = %s", [replay_id]
        )
    ).fetchone()
    return int(row[0]) if row else 0


async def delete_replay(connection: Connection, replay_id: str) -> bool:
    """Erase a replay with its results; what it cost stays booked. False when there is none."""
    done = await connection.execute("delete from replays where replay_id = %s", [replay_id])
    return done.rowcount == 1
