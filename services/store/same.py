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


_ALIKE: LiteralString = """
from decisions d join drafts f using (draft_id) join deliveries v using (decision_id)
join comments a on a.comment_key = d.comment_key join threads ta on ta.thread_key = a.thread_key
join comment_vectors va on va.comment_key = a.comment_key and va.revision = a.revision
join threads tc on tc.page_key = ta.page_key and tc.root_text = ta.root_text
join comments c on c.thread_key = tc.thread_key and c.author_key <> a.author_key
    and c.parent_id is not distinct from a.parent_id
join comment_vectors vc on vc.comment_key = c.comment_key and vc.revision = c.revision
cross join lateral (select language from routings where comment_key = a.comment_key
    and revision = a.revision order by routed_at desc limit 1) ra
cross join lateral (select language, lane from routings where comment_key = c.comment_key
    and revision = c.revision order by routed_at desc limit 1) rc
where d.action = 'approve' and d.revision = a.revision and d.joined = '{}' and d.wording is null
    and coalesce(d.stance, 'answer') = 'answer' and d.decided_at > %(since)s and v.state = 'sent'
    and f.outcome = 'proposed' and f.stance = 'answer' and f.joined = '{}'
    and not cites_withdrawn(f) and a.deleted_at is null
    and not exists (select from decisions l where l.comment_key = a.comment_key
        and l.number > d.number)
    and not exists (select from comments e where e.network = v.network
        and e.native_id = v.native_id and e.deleted_at is not null)
    and c.created_at > %(since)s and c.deleted_at is null and not c.is_self
    and rc.lane = 'answer' and rc.language = ra.language
    and va.space = %(space)s and vc.space = %(space)s
    and -(va.embedding <#> vc.embedding) >= %(same)s
    and not exists (select from decisions x where x.comment_key = c.comment_key
        or comments_of(x.joined) @> array[c.comment_key])
    and not exists (select from draft_requests q where q.comment_key = c.comment_key
        and q.revision = c.revision)
"""
_ASKING: LiteralString = f"""
select c.network, c.thread_key, c.comment_key, c.revision {_ALIKE}
    and d.decision_id = %(decision)s
    and exists (select from items i where i.comment_key = c.comment_key and i.status = 'open')
    and not exists (select from drafts o where o.comment_key = c.comment_key
        and o.revision = c.revision and o.adapted_from <> d.decision_id and o.text = d.text)
order by c.created_at, c.comment_key limit %(limit)s
"""  # noqa: S608 - constants
_APPROVED: LiteralString = f"""
select d.decision_id {_ALIKE} and c.comment_key = %(key)s order by d.number desc limit 1
"""


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
