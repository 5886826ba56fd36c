"""A thread as it was spoken, for judging its behaviour, and what was suggested about it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray
from pgvector import HalfVector
from psycopg.rows import class_row
from psycopg.types.json import Jsonb
from pydantic import BaseModel, ConfigDict

from schemas.comments import Reason
from services.kit.db import Connection

LONGEST = 200
"""Latest comments of a thread that are looked at."""


@dataclass(frozen=True)
class Said:
    """One comment, or one answer of ours, in a thread."""

    key: str
    author: str | None
    """The account's key; None when we speak."""
    to: str | None
    """The account it answers; None when it answers us, itself, or nobody but the post."""
    at: datetime
    text: str
    vector: NDArray[np.float32] | None = None
    """Unit vector in the space asked for, None when there is none."""


@dataclass(frozen=True)
class Share:
    """How much an account has taken part in a thread, itself included."""

    comments: int
    answers: int
    """Answers of ours to it that stand or stood, given at the desk or on the network itself."""


async def read_share(connection: Connection, comment_key: str) -> Share:
    """Return how much the comment's account has said in its thread; quick."""
    async with connection.cursor(row_factory=class_row(Share)) as cursor:
        await cursor.execute(
            "select (select count(*) from comments o where o.thread_key = c.thread_key"
            " and o.author_key = c.author_key and o.deleted_at is null) as comments,"
            " (select count(*) from deliveries v join decisions d using (decision_id)"
            " join comments o on o.comment_key = v.comment_key where d.thread_key = c.thread_key"
            " and d.action = 'approve' and v.state = 'sent' and o.author_key = c.author_key)"
            " + (select count(*) from comments s join comments o on o.network = s.network"
            " and o.native_id = s.parent_id where s.thread_key = c.thread_key and s.is_self"
            " and s.deleted_at is null and o.author_key = c.author_key"
            " and not exists (select from deliveries v where v.network = s.network"
            " and v.native_id = s.native_id)) as answers from comments c where c.comment_key = %s",
            [comment_key],
        )
        return await cursor.fetchone() or Share(0, 0)


_SAID = """
with latest as (
    select * from comments where thread_key = %(thread)s and deleted_at is null
    and (%(until)s::timestamptz is null or created_at <= %(until)s)
    order by created_at desc, comment_key limit %(limit)s
)
select c.comment_key as key, case when not c.is_self then c.author_key end as author,
    case when c.is_self then coalesce(o.author_key, p.author_key)
        when not p.is_self and p.author_key <> c.author_key then p.author_key end as to,
    c.created_at as at, case when c.is_self then '' else r.text end as text,
    v.embedding as vector
from latest c
join comment_revisions r on r.comment_key = c.comment_key and r.revision = c.revision
left join comments p on p.network = c.network and p.native_id = c.parent_id
left join deliveries d on c.is_self and d.network = c.network and d.native_id = c.native_id
left join comments o on o.comment_key = d.comment_key
left join comment_vectors v on v.comment_key = c.comment_key and v.revision = c.revision
    and v.space = %(space)s
union all
select e.decision_id, null, o.author_key, w.changed_at, '', null
from decisions e join deliveries w using (decision_id)
join comments o on o.comment_key = e.comment_key
where e.thread_key = %(thread)s and e.action = 'approve' and w.state = 'sent'
    and (%(until)s::timestamptz is null or w.changed_at <= %(until)s)
    and not exists (select from comments s
        where s.network = w.network and s.native_id = w.native_id)
order by at, key
"""


async def read_conversation(
    connection: Connection, thread_key: str, space: str, until: datetime | None = None
) -> list[Said]:
    """Return the thread's latest comments and our answers, the oldest first.

    An answer of ours counts from the moment the network took it, told of or not. What was said
    after `until`, if that is given, is left out.
    """
    rows = await connection.execute(
        _SAID.encode(),
        {"thread": thread_key, "space": space, "limit": LONGEST, "until": until},
    )
    return [
        Said(key, author, to, at, text, None if vector is None else _unit(vector))
        async for key, author, to, at, text, vector in rows
    ]


def _unit(stored: HalfVector) -> NDArray[np.float32]:
    return np.asarray(stored.to_list(), np.float32)


class Suggestion(BaseModel):
    """What route has seen of an account, or of a thread, that a mute may be right for."""

    model_config = ConfigDict(frozen=True)

    suggestion_id: str
    thread_key: str
    author_key: str | None
    """None: the whole thread."""
    comment_key: str
    revision: int
    strict: bool
    """Clear enough for a mute without a person."""
    score: float
    evidence: list[Reason]
    idle: list[str]
    """Comments that only repeat or insult."""
    suggested_at: datetime


async def save_suggestion(connection: Connection, made: Suggestion, rules: str) -> None:
    """Store a suggestion once."""
    await connection.execute(
        "insert into mute_suggestions (suggestion_id, thread_key, author_key, comment_key,"
        " revision, strict, score, evidence, idle, rules, suggested_at)"
        " values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s) on conflict do nothing",
        [
            made.suggestion_id,
            made.thread_key,
            made.author_key,
            made.comment_key,
            made.revision,
            made.strict,
            made.score,
            as_json(made.evidence),
            made.idle,
            rules,
            made.suggested_at,
        ],
    )


def as_json(evidence: Sequence[Reason]) -> Jsonb:
    return Jsonb([reason.model_dump() for reason in evidence])


async def read_suggestion(connection: Connection, suggestion_id: str) -> Suggestion | None:
    async with connection.cursor(row_factory=class_row(Suggestion)) as cursor:
        await cursor.execute(
            "select suggestion_id, thread_key, author_key, comment_key, revision, strict, score,"
            " evidence, idle, suggested_at from mute_suggestions where suggestion_id = %s",
            [suggestion_id],
        )
        return await cursor.fetchone()


async def open_suggestion(connection: Connection, comment_key: str) -> Suggestion | None:
    """Return the newest suggestion about the comment's account or its thread.

    None when the account has spoken since without one, or when a mute came after it.
    """
    async with connection.cursor(row_factory=class_row(Suggestion)) as cursor:
        await cursor.execute(
            "select s.suggestion_id, s.thread_key, s.author_key, s.comment_key, s.revision,"
            " s.strict, s.score, s.evidence, s.idle, s.suggested_at"
            " from mute_suggestions s join comments c on c.thread_key = s.thread_key"
            " and (s.author_key is null or s.author_key = c.author_key)"
            " where c.comment_key = %s and not exists (select from mutes m"
            " where m.thread_key = s.thread_key and m.muted_at >= s.suggested_at"
            " and (m.author_key is null or m.author_key is not distinct from s.author_key))"
            " and not exists (select from routings r join comments o using (comment_key)"
            " join comments f on f.comment_key = s.comment_key"
            " where o.thread_key = s.thread_key and o.author_key = f.author_key"
            " and r.cause = 'arrival' and r.routed_at > s.suggested_at)"
            " order by s.suggested_at desc limit 1",
            [comment_key],
        )
        return await cursor.fetchone()
