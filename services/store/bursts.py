"""Bursts: what one person says in several messages in a row is one thing to answer.

Which comments belong together is derived from what is stored, never kept: however late a comment
comes, is edited or taken back, the same stored facts give the same bursts.
"""

from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from psycopg.rows import class_row

from schemas.comments import LANE_OF, Kind, Lane
from services.kit.db import Connection
from services.store.decisions import RELANED

WITHIN = timedelta(minutes=10)
"""Longest pause inside a burst."""
APART: tuple[Kind, ...] = ("attack", "threat", "help")
"""Kinds that keep an item of their own; so does everything urgent."""


@dataclass(frozen=True)
class Said:
    """A comment as far as it decides what it belongs to."""

    comment_key: str
    thread_key: str
    author_key: str
    native_id: str
    parent_id: str | None
    created_at: datetime
    revision: int
    text: str
    stands: bool
    """Sorted, neither deleted nor withheld nor held back by a mute."""
    decided: bool
    lane: Lane | None
    kind: Kind | None
    relaned: Kind | None = None
    """What a person said that it is, whatever it was sorted as."""

    @property
    def may_join(self) -> bool:
        lane = LANE_OF[self.relaned] if self.relaned else self.lane
        return self.stands and lane != "urgent" and (self.relaned or self.kind) not in APART

    @property
    def is_unsorted(self) -> bool:
        """True while it has not been sorted, in any version; what was taken back never will be."""
        return bool(self.text) and self.lane is None

    @property
    def stamp(self) -> str:
        """Name the comment as it reads now."""
        return f"{self.comment_key}:{self.revision}"


Burst = tuple[Said, ...]
"""One person's messages in a row, oldest first; the last one stands for all."""


def keys_of(burst: Burst) -> list[str]:
    """Return the keys of a burst's comments."""
    return [one.comment_key for one in burst]


def bursts(said: Iterable[Said], replies: Iterable[datetime]) -> list[Burst]:
    """Split what one person said in one thread into bursts; `replies` are the times of ours there.

    A burst answers one place: all its comments have the same parent, or answer a comment of the
    same person in it. It ends with a longer pause, a reply of ours, or a decision.
    """
    ours = sorted(replies)
    found: list[list[Said]] = []
    chain: list[Said] = []
    own: set[str | None] = set()
    for one in sorted(said, key=lambda one: (one.created_at, one.comment_key)):
        if one.decided or (one.may_join and not _follows(chain, own, one, ours)):
            chain, own = [], set()
        if one.may_join and not one.decided:
            if not chain:
                found.append(chain)
            chain.append(one)
        own.add(one.native_id)
    return [tuple(chain) for chain in found]


def _follows(
    chain: Sequence[Said], own: Container[str | None], one: Said, replies: Sequence[datetime]
) -> bool:
    if not chain:
        return False
    last = chain[-1]
    return (
        one.created_at - last.created_at <= WITHIN
        and (one.parent_id == chain[0].parent_id or one.parent_id in own)
        and not any(last.created_at < reply <= one.created_at for reply in replies)
    )


_SAID = f"""
with people as (
    select distinct thread_key, author_key from comments c join authors a using (author_key)
    where comment_key = any(%(keys)s) and not is_self and a.native_id <> ''
),
timed as (
    select comment_key, thread_key, author_key, c.created_at,
        c.created_at - lag(c.created_at) over (partition by thread_key, author_key
            order by c.created_at, comment_key) > %(within)s as pause
    from people join comments c using (thread_key, author_key) where not c.is_self
),
counted as (
    select *, count(*) filter (where pause) over (partition by thread_key, author_key
        order by created_at, comment_key) as stretch from timed
)
select c.comment_key, c.thread_key, c.author_key, c.native_id, c.parent_id, c.created_at,
    c.revision, coalesce(t.text, '') as text, r.lane, r.kind,
    p.kind as relaned,
    t.text is not null and coalesce(not r.muted, false) and withheld(c) is null
        and not is_muted(c, clock_timestamp()) as stands,
    coalesce(x.action not in ('reopen', 'undo', 'endorse') and r.revision <= x.revision
        and not (x.action = 'approve' and v.state is not distinct from 'returned'), false)
        as decided
from counted n join comments c using (comment_key)
left join comment_revisions t on t.comment_key = c.comment_key and t.revision = c.revision
    and c.deleted_at is null
left join lateral (select lane, kind, muted, revision from routings
    where comment_key = c.comment_key order by revision desc, routed_at desc limit 1) r on true
{RELANED}
left join lateral (select decision_id, action,
        coalesce((select split_part(one, ':', 2)::integer from unnest(e.joined) one
            where split_part(one, ':', 1) = c.comment_key), e.revision) as revision
    from decisions e
    where (e.comment_key = c.comment_key or comments_of(e.joined) @> array[c.comment_key])
    and action in ('approve', 'reject', 'close', 'reopen', 'withdraw', 'undo', 'endorse')
    order by number desc limit 1) x on true
left join deliveries v on v.decision_id = x.decision_id
where (n.thread_key, n.author_key, n.stretch) in
    (select thread_key, author_key, stretch from counted where comment_key = any(%(keys)s))
"""  # noqa: S608 - put together from constants

_REPLIES = """
select thread_key, created_at as said_at from comments
where thread_key = any(%(threads)s) and is_self and deleted_at is null
union all
select d.thread_key, v.changed_at from decisions d join deliveries v using (decision_id)
where d.thread_key = any(%(threads)s) and d.action = 'approve' and v.state = 'sent'
"""


@dataclass(frozen=True)
class Around:
    """What the authors of some comments said at about the same time, and when we spoke there."""

    said: tuple[Said, ...]
    replies: tuple[tuple[str, datetime], ...]
    """Thread and time."""

    def bursts(self) -> list[Burst]:
        """Return the bursts of all these people in all these threads."""
        people: dict[tuple[str, str], list[Said]] = {}
        for one in self.said:
            people.setdefault((one.thread_key, one.author_key), []).append(one)
        return [
            burst
            for (thread_key, _), said in people.items()
            for burst in bursts(said, [at for thread, at in self.replies if thread == thread_key])
        ]


async def read_around(connection: Connection, comment_keys: Sequence[str]) -> Around:
    """Return what may belong to the same bursts as these comments; ours belong to none."""
    values: dict[str, object] = {"keys": list(comment_keys), "within": WITHIN}
    async with connection.cursor(row_factory=class_row(Said)) as cursor:
        await cursor.execute(_SAID, values)
        said = await cursor.fetchall()
    if len(said) == 1:
        return Around(tuple(said), ())
    threads = sorted({one.thread_key for one in said})
    rows = await connection.execute(_REPLIES, {"threads": threads})
    return Around(tuple(said), tuple(await rows.fetchall()))
