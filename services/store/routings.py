"""What route reads and writes: the comment as it stands, its vector, its lane."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray
from pgvector import HalfVector
from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from schemas.comments import CommentRouted, OfComment, Reason
from services.kit.db import Connection
from services.store.search import nearest_passages

NEAREST = 20
"""Passages whose publications a comment may touch."""


@dataclass(frozen=True)
class CommentToSort:
    """One stored revision of a comment, if it is still the newest and not deleted."""

    text: str
    is_reply: bool
    author_key: str
    muted: bool
    muted_personally: bool
    """One of the mutes over it is of its author's part."""
    decided_at: datetime | None
    """When a person last made one of them, None when it was only the system."""


async def read_comment_to_sort(
    connection: Connection, event: OfComment, now: datetime
) -> CommentToSort | None:
    """Return the revision's text and the mutes over it now; None when it is gone."""
    async with connection.cursor(row_factory=class_row(CommentToSort)) as cursor:
        await cursor.execute(
            "select r.text, c.parent_id is not null as is_reply, c.author_key,"
            " is_muted(c, %(now)s) as muted, coalesce(m.personal, false) as muted_personally,"
            " m.decided_at"
            " from comments c join comment_revisions r using (comment_key)"
            " cross join lateral (select bool_or(a.author_key is not null) as personal,"
            " max(a.muted_at) filter (where a.account_id <> 'system') as decided_at"
            " from active_mutes a"
            " where a.thread_key = c.thread_key and a.expires_at > %(now)s"
            " and (a.author_key is null or a.author_key = c.author_key)) m"
            " where c.comment_key = %(key)s and r.revision = %(revision)s"
            " and c.revision = %(revision)s and c.deleted_at is null",
            {"now": now, "key": event.comment_key, "revision": event.revision},
        )
        return await cursor.fetchone()


async def save_vector(
    connection: Connection, event: OfComment, space: str, vector: NDArray[np.float32]
) -> None:
    """Store the comment's embedding once per vector space, unless it was deleted meanwhile."""
    await connection.execute(
        "insert into comment_vectors (comment_key, revision, space, embedding)"
        " select comment_key, %s, %s, %s from comments"
        " where comment_key = %s and deleted_at is null for share on conflict do nothing",
        [event.revision, space, HalfVector(vector), event.comment_key],
    )


async def read_vector(
    connection: Connection, comment_key: str, revision: int, space: str
) -> NDArray[np.float32] | None:
    """Return a comment's embedding (dimensions,), None where none was stored in the space."""
    rows = await connection.execute(
        "select embedding from comment_vectors"
        " where comment_key = %s and revision = %s and space = %s",
        [comment_key, revision, space],
    )
    row = await rows.fetchone()
    return None if row is None else row[0].to_numpy().astype(np.float32)


async def nearest_publications(
    connection: Connection, space: str, vector: NDArray[np.float32]
) -> list[tuple[str, float]]:
    """Return the publications of the nearest passages, each with its best cosine."""
    near = await nearest_passages(connection, space, vector, limit=NEAREST)
    rows = await connection.execute(
        "select p.publication_id, max(1 - (v.embedding <=> %s))::float8 from passage_vectors v"
        " join passages p using (passage_id)"
        " where v.space = %s and v.passage_id = any(%s) and p.retired_at is null"
        " group by p.publication_id",
        [HalfVector(vector), space, near],
    )
    return [(publication, cosine) async for publication, cosine in rows]


@dataclass(frozen=True)
class ReadingRow:
    """What a reading said beside kind and lane."""

    model: str
    """Version of the trained model, `shipped` or a number."""
    probability: float
    """Of the kind."""
    answerworthy: float
    """Probability that the comment wants an answer."""
    topics: Sequence[Mapping[str, object]] = ()


async def save_routing(
    connection: Connection,
    routed: CommentRouted,
    reasons: Sequence[Reason],
    rules: str,
    reading: ReadingRow | None = None,
    *,
    surfaced: bool = False,
) -> CommentRouted:
    """Append where the comment went and why; return what stands, which is to be announced.

    A second run of the same cause changes nothing, and may have come to another verdict: a model
    answers otherwise, or not at all. `surfaced`: it is shown in spite of the mutes over it.
    """
    saved = await connection.execute(
        "insert into routings (comment_key, revision, cause, lane, kind, muted, reasons, language,"
        " rules, routed_at, model, probability, answerworthy, topics, surfaced) values"
        " (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s) on conflict do nothing",
        [
            routed.comment_key,
            routed.revision,
            routed.cause,
            routed.lane,
            routed.kind,
            routed.muted,
            Jsonb([reason.model_dump() for reason in reasons]),
            routed.language,
            rules,
            routed.happened_at,
            reading.model if reading else "",
            reading.probability if reading else None,
            reading.answerworthy if reading else None,
            Jsonb([dict(topic) for topic in reading.topics] if reading else []),
            surfaced,
        ],
    )
    return routed if saved.rowcount else await _as_it_stands(connection, routed)


async def _as_it_stands(connection: Connection, routed: CommentRouted) -> CommentRouted:
    cursor = await connection.execute(
        "select lane, kind, muted, reasons, language from routings"
        " where comment_key = %s and revision = %s and cause = %s",
        [routed.comment_key, routed.revision, routed.cause],
    )
    async for lane, kind, muted, reasons, language in cursor:
        rules = [Reason(**reason).rule for reason in reasons]
        return routed.model_copy(
            update={"lane": lane, "kind": kind, "muted": muted, "rules": rules,
                    "language": language}
        )  # fmt: skip
    raise LookupError(f"no routing of comment {routed.comment_key} stands")


async def read_held_back(
    connection: Connection, thread_key: str, cause: str, now: datetime
) -> list[tuple[CommentRouted, list[Reason]]]:
    """Return what a lifted mute held back, ready to be announced again, and why it was sorted so.

    Held back is what was sorted while the mute stood, what it took off the queue, and questions
    whose draft it prevented. A comment over which another mute still stands is left out, and so
    is everybody else's when the mute was of one account's part.
    """
    rows = await connection.execute(
        "select distinct on (r.comment_key) c.network, c.thread_key, r.comment_key, r.revision,"
        " r.lane, r.kind, r.reasons, r.language from routings r"
        " join comments c on c.comment_key = r.comment_key and c.revision = r.revision"
        " left join items i on i.comment_key = r.comment_key"
        " where c.thread_key = %(thread)s and c.deleted_at is null"
        " and r.cause <> %(cause)s and (r.muted or i.status = 'muted' or (r.lane = 'answer'"
        " and not exists (select from drafts d where d.comment_key = r.comment_key"
        " and d.revision = r.revision)))"
        " and exists (select from mutes l where l.mute_id = %(cause)s"
        " and (l.author_key is null or l.author_key = c.author_key))"
        " and not exists (select from active_mutes m where m.thread_key = c.thread_key"
        " and m.expires_at > %(now)s and m.mute_id <> %(cause)s"
        " and (m.author_key is null or m.author_key = c.author_key))"
        " and not exists (select from routings later where later.comment_key = r.comment_key"
        " and later.revision = r.revision and later.routed_at > r.routed_at"
        " and later.cause <> %(cause)s)"
        " order by r.comment_key, r.routed_at desc",
        {"thread": thread_key, "now": now, "cause": cause},
    )
    found: list[tuple[CommentRouted, list[Reason]]] = []
    async for network, thread, key, revision, lane, kind, stored, language in rows:
        reasons = [Reason(**reason) for reason in stored]
        routed = CommentRouted(
            happened_at=now,
            network=network,
            thread_key=thread,
            comment_key=key,
            revision=revision,
            cause=cause,
            lane=lane,
            kind=kind,
            muted=False,
            rules=[reason.rule for reason in reasons],
            language=language,
        )
        found.append((routed, reasons))
    return found
