"""Questions that ask the same: one task at the desk, and an approved answer for the others.

Written by answer. Only questions at the same place are compared, under the same post or the same
comment: few words mean something else elsewhere.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, LiteralString

from psycopg.rows import class_row, dict_row

from schemas.comments import OfComment
from schemas.drafts import Sentence, Source
from services.kit.db import Connection

SAME = 0.93
"""Cosine from which on two questions are the same.

Stricter than that of a gap, above which 5 % of the other questions lie: a question too many in a
gap is read by a person, here it would be offered the answer to another one.
"""
WITHIN = timedelta(days=30)
"""Age of a question and of an approval up to which the one is offered to the other."""


async def gather(connection: Connection, event: OfComment, space: str) -> None:
    """Put a question into the group of its thread that asks the same, or let it open one.

    A group is known by the oldest question of it that stands unchanged. Changes nothing for a
    revision that has its group, that is not the newest, or that has no vector.
    """
    await connection.execute(
        "select pg_advisory_xact_lock(hashtextextended('same ' || %s, 0))", [event.thread_key]
    )
    await connection.execute(
        _GATHER,
        {"key": event.comment_key, "revision": event.revision, "space": space, "same": SAME},
    )


_GATHER = """
insert into same_questions as q (comment_key, revision, group_key)
select c.comment_key, c.revision, coalesce((
    select first.group_key from (
        select distinct on (s.group_key) s.group_key, w.embedding
        from same_questions s join comments o using (comment_key, revision)
        join comment_vectors w using (comment_key, revision)
        where o.thread_key = c.thread_key and o.parent_id is not distinct from c.parent_id
            and o.comment_key <> c.comment_key and o.deleted_at is null and w.space = v.space
        order by s.group_key, o.created_at, o.comment_key) first
    where -(first.embedding <#> v.embedding) >= %(same)s
    order by first.embedding <#> v.embedding limit 1), c.comment_key || ':' || c.revision)
from comments c join comment_vectors v using (comment_key, revision)
where c.comment_key = %(key)s and c.revision = %(revision)s and v.space = %(space)s
    and c.deleted_at is null
on conflict (comment_key) do update set revision = excluded.revision,
    group_key = excluded.group_key where q.revision < excluded.revision
"""


@dataclass(frozen=True)
class Approved:
    """A text that a person approved, with the draft it was made from."""

    decision_id: str
    text: str
    author_name: str
    author_handle: str
    draft_id: str
    language: str
    sentences: list[Sentence]
    sources: list[Source]
    engine: str
    prompt: str | None


async def read_approved(connection: Connection, decision_id: str) -> Approved | None:
    """Return an approval with its draft, None when it had none."""
    async with connection.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(
            "select d.decision_id, d.text, coalesce(n.display_name, '') as author_name,"
            " coalesce(n.handle, '') as author_handle, f.draft_id, f.language, f.sentences,"
            " f.sources, f.engine, f.prompt from decisions d join drafts f using (draft_id)"
            " join comments c on c.comment_key = d.comment_key"
            " left join authors n using (author_key) where decision_id = %s",
            [decision_id],
        )
        row = await cursor.fetchone()
    if row is None:
        return None
    row["sentences"] = [Sentence(**one) for one in row["sentences"]]
    row["sources"] = [Source(**one) for one in row["sources"]]
    return Approved(**row)


@dataclass(frozen=True)
class Asking:
    """A question that waits for its answer."""

    network: str
    thread_key: str
    comment_key: str
    revision: int


async def asking_the_same(
    connection: Connection, decision_id: str, space: str, now: datetime, *, limit: int = 50
) -> list[Asking]:
    """Return the open, undecided questions like the one an approval answered, the oldest first.

    Without those that another approval offered this very text already.
    """
    async with connection.cursor(row_factory=class_row(Asking)) as cursor:
        await cursor.execute(
            _ASKING,
            {**_values(space, now), "decision": decision_id, "limit": limit},
        )
        return await cursor.fetchall()


async def approved_for_the_same(
    connection: Connection, comment_key: str, space: str, now: datetime
) -> str | None:
    """Return the newest approval that answered an undecided comment's question, None without."""
    row = await (
        await connection.execute(_APPROVED, {**_values(space, now), "key": comment_key})
    ).fetchone()
    return str(row[0]) if row else None


def _values(space: str, now: datetime) -> dict[str, Any]:
    return {"space": space, "same": SAME, "since": now - WITHIN}


_COMMENT: LiteralString = """
comments c join threads t using (thread_key)
join comment_vectors w on w.comment_key = c.comment_key and w.revision = c.revision
cross join lateral (select language, lane from routings where comment_key = c.comment_key
    and revision = c.revision order by routed_at desc limit 1) r
"""
_APPROVAL: LiteralString = f"""
from decisions d join drafts f using (draft_id) join deliveries v using (decision_id)
join ({_COMMENT}) on c.comment_key = d.comment_key
where d.action = 'approve' and d.revision = c.revision and d.joined = '{{}}' and d.wording is null
    and coalesce(d.stance, 'answer') = 'answer' and d.decided_at > %(since)s and v.state = 'sent'
    and f.outcome = 'proposed' and f.stance = 'answer' and f.joined = '{{}}'
    and not cites_withdrawn(f) and c.deleted_at is null and w.space = %(space)s
    and not exists (select from decisions l where l.comment_key = c.comment_key
        and l.number > d.number)
    and not exists (select from comments e where e.network = v.network
        and e.native_id = v.native_id and e.deleted_at is not null)
"""  # noqa: S608 - constants
_QUESTION: LiteralString = f"""
from {_COMMENT}
where c.created_at > %(since)s and c.deleted_at is null and not c.is_self
    and r.lane = 'answer' and w.space = %(space)s
    and not exists (select from decisions x where x.comment_key = c.comment_key
        or comments_of(x.joined) @> array[c.comment_key])
    and not exists (select from draft_requests q where q.comment_key = c.comment_key
        and q.revision = c.revision)
"""  # noqa: S608 - constants
_PLACE: LiteralString = (
    "t.page_key, t.root_text, c.parent_id, c.author_key, r.language, w.embedding"
)
_ALIKE: LiteralString = """
    and t.page_key = one.page_key and t.root_text = one.root_text
    and c.parent_id is not distinct from one.parent_id and c.author_key <> one.author_key
    and r.language = one.language and -(w.embedding <#> one.embedding) >= %(same)s
"""
# The one that is known is read first and apart: planning all tables together took 23 to 80 ms.
_ASKING: LiteralString = f"""
with one as materialized (
    select d.decision_id, d.text, {_PLACE} {_APPROVAL} and d.decision_id = %(decision)s)
select c.network, c.thread_key, c.comment_key, c.revision
from one cross join lateral (select c.* {_QUESTION} {_ALIKE}) c
where exists (select from items i where i.comment_key = c.comment_key and i.status = 'open')
    and not exists (select from drafts o where o.comment_key = c.comment_key
        and o.revision = c.revision and o.adapted_from <> one.decision_id and o.text = one.text)
order by c.created_at, c.comment_key limit %(limit)s
"""  # noqa: S608 - constants
_APPROVED: LiteralString = f"""
with one as materialized (select {_PLACE} {_QUESTION} and c.comment_key = %(key)s)
select d.decision_id
from one cross join lateral (select d.decision_id, d.number {_APPROVAL} {_ALIKE}) d
order by d.number desc limit 1
"""  # noqa: S608 - constants


@dataclass(frozen=True)
class AlsoAsking:
    """Another open item that asks the same."""

    comment_key: str
    author_name: str
    opened_at: datetime


async def also_asking(
    connection: Connection, comment_key: str, *, limit: int = 200
) -> list[AlsoAsking]:
    """Return the other open items that ask the same as an item, who waits longest first."""
    async with connection.cursor(row_factory=class_row(AlsoAsking)) as cursor:
        await cursor.execute(
            "select o.comment_key, o.opened_at,"
            " coalesce(nullif(n.display_name, ''), n.handle, '') as author_name"
            " from items i cross join lateral asked_alike(i) o"
            " join comments c on c.comment_key = o.comment_key left join authors n"
            " using (author_key) where i.comment_key = %s and o.comment_key <> i.comment_key"
            " order by o.opened_at, o.comment_key limit %s",
            [comment_key, limit],
        )
        return await cursor.fetchall()
