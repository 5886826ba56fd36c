"""What the page of one item reads: the comment, its thread, its draft."""

import zlib
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from psycopg.rows import class_row
from pydantic import BaseModel, ConfigDict

from schemas.comments import Kind, Lane, Reason
from schemas.drafts import DraftKind, MadeStance, NoDraft, Sentence, Source
from services.kit.db import Connection
from services.store.desk import Position
from services.store.items import DraftState, Status


class ItemHead(BaseModel):
    """An item with its comment, page and thread."""

    model_config = ConfigDict(frozen=True)

    comment_key: str
    thread_key: str
    author_name: str
    network: str
    status: Status
    lane: Lane
    kind: Kind
    reasons: list[Reason]
    language: str
    draft_id: str | None
    draft_state: DraftState
    note: str | None
    opened_at: datetime
    changed_at: datetime
    written_at: datetime
    """On its network."""
    revision: int
    page_name: str
    page_url: str | None
    root_text: str
    root_url: str | None
    joined: list[str]
    """Earlier comments of the burst it ends, as `comment_key:revision`."""
    made: list[MadeStance]
    """Stances that a draft of the newest text was made for, or could not be made for."""
    failed: list[MadeStance]
    """Of those, what the model failed at last."""
    asked: list[MadeStance]
    """Stances that a person asked for."""

    @property
    def position(self) -> Position:
        return Position(self.lane != "urgent", self.opened_at, self.comment_key)

    @property
    def stamp(self) -> str:
        """Equal stamps: what a person may decide upon is the same."""
        more = zlib.crc32(repr((self.joined, self.made, self.asked)).encode())
        return (
            f"{self.revision}.{self.status}.{self.draft_state}.{self.draft_id}.{self.note}.{more}"
        )


@dataclass(frozen=True)
class ThreadComment:
    """A comment of the thread; also a reply of ours that the network has not shown us yet."""

    comment_key: str
    native_id: str | None
    parent_id: str | None
    author_name: str
    author_handle: str
    is_self: bool
    approved_by: str | None
    text: str | None
    """None when it was deleted."""
    revision: int
    created_at: datetime
    url: str | None
    status: Status | None
    """Of its item, None when it has none."""
    kind: Kind | None = None


class Draft(BaseModel):
    """A draft or the reason why there is none."""

    model_config = ConfigDict(frozen=True)

    draft_id: str
    revision: int
    stance: MadeStance
    outcome: Literal["proposed"] | NoDraft
    reason: Reason | None
    kind: DraftKind | None
    language: str
    text: str
    sentences: list[Sentence]
    sources: list[Source]
    engine: str
    created_at: datetime
    adapted_key: str | None
    """The comment whose approved answer it offers."""
    adapted_to: str | None
    """Who asked that."""
    approved_by: str | None


async def read_head(connection: Connection, comment_key: str) -> ItemHead | None:
    """Return the item of a comment, None when it has none."""
    async with connection.cursor(row_factory=class_row(ItemHead)) as cursor:
        await cursor.execute(
            "select i.comment_key, i.thread_key, c.network, i.status, i.lane, i.kind, i.reasons,"
            " coalesce(nullif(a.display_name, ''), a.handle, '') as author_name, i.language,"
            " i.draft_id, i.draft_state, i.note, i.opened_at, i.changed_at,"
            " c.created_at as written_at, c.revision,"
            " p.name as page_name, p.url as page_url, t.root_text, t.root_url,"
            " array(select m.comment_key || ':' || e.revision from items m"
            " join comments e using (comment_key) where m.status = 'joined'"
            " and m.note = 'joined:' || i.comment_key order by e.created_at, m.comment_key)"
            " as joined, array(select distinct stance from drafts d"
            " where d.comment_key = i.comment_key and d.revision = c.revision order by stance)"
            " as made, array(select stance from (select distinct on (stance) stance, outcome"
            " from drafts d where d.comment_key = i.comment_key and d.revision = c.revision"
            " order by stance, created_at desc) newest where outcome = 'model_failed')"
            " as failed, array(select stance from draft_requests q"
            " where q.comment_key = i.comment_key and q.revision = c.revision order by stance)"
            " as asked"
            " from items i join comments c using (comment_key)"
            " join threads t on t.thread_key = i.thread_key join pages p using (page_key)"
            " left join authors a using (author_key) where i.comment_key = %s",
            [comment_key],
        )
        return await cursor.fetchone()


@dataclass(frozen=True)
class Sorting:
    """What the newest sorting of a comment said, whatever a person has said since."""

    kind: Kind
    probability: float | None
    """Of the kind, None when it is not known."""
    topics: list[str]
    """Titles of the publications that it seems to be about, the likeliest first."""


async def read_sorting(connection: Connection, comment_key: str) -> Sorting | None:
    """Return what the newest sorting said, None while there is none."""
    async with connection.cursor(row_factory=class_row(Sorting)) as cursor:
        await cursor.execute(
            "select kind, probability, array(select p.title from jsonb_to_recordset(r.topics)"
            " as t(publication_id text, probability float8)"
            " join publications p using (publication_id) where p.removed_at is null"
            " order by t.probability desc, p.title) as topics"
            " from routings r where comment_key = %s"
            " order by revision desc, routed_at desc limit 1",
            [comment_key],
        )
        return await cursor.fetchone()


async def read_draft(connection: Connection, draft_id: str) -> Draft | None:
    async with connection.cursor(row_factory=class_row(Draft)) as cursor:
        await cursor.execute(
            "select f.draft_id, f.revision, f.stance, f.outcome, f.reason, f.kind, f.language,"
            " f.text, f.sentences, f.sources, f.engine, f.created_at,"
            " d.comment_key as adapted_key, b.name as approved_by,"
            " coalesce(nullif(a.display_name, ''), a.handle) as adapted_to"
            " from drafts f left join decisions d on d.decision_id = f.adapted_from"
            " left join accounts b using (account_id)"
            " left join comments c on c.comment_key = d.comment_key"
            " left join authors a using (author_key) where f.draft_id = %s",
            [draft_id],
        )
        return await cursor.fetchone()


@dataclass(frozen=True)
class Silence:
    """Why a draft of a stance could not be made."""

    stance: MadeStance
    outcome: NoDraft
    reason: Reason | None


async def read_silences(connection: Connection, head: ItemHead) -> list[Silence]:
    """Return what was asked for beside the draft that is shown, and came to nothing."""
    rows = await connection.execute(
        "select distinct on (stance) stance, outcome, reason from drafts where comment_key = %s"
        " and revision = %s and outcome <> 'proposed' and draft_id is distinct from %s"
        " order by stance, created_at desc",
        [head.comment_key, head.revision, head.draft_id],
    )
    return [
        Silence(stance, outcome, Reason(**reason) if reason else None)
        async for stance, outcome, reason in rows
        if stance in head.asked
    ]


_THREAD = """
with recursive here as (
    select comment_key, parent_id, thread_key, created_at from comments where comment_key = %(key)s
), above as (
    select comment_key, parent_id, thread_key, 1 as height from here
    union all
    select c.comment_key, c.parent_id, c.thread_key, a.height + 1 from above a
        join comments c on c.thread_key = a.thread_key and c.native_id = a.parent_id
        where a.height < 30
), chosen as (
    select comment_key from above
    union
    (select c.comment_key from comments c, here h where c.thread_key = h.thread_key
        and c.created_at <= h.created_at order by c.created_at desc limit %(before)s)
    union
    (select c.comment_key from comments c, here h where c.thread_key = h.thread_key
        and c.created_at > h.created_at order by c.created_at limit %(after)s)
)
select c.comment_key, c.native_id, c.parent_id,
    coalesce(nullif(a.display_name, ''), a.handle, '') as author_name,
    coalesce(a.handle, '') as author_handle, c.is_self,
    (select b.name from deliveries v join decisions d using (decision_id)
        join accounts b on b.account_id = d.account_id
        where c.is_self and v.network = c.network and v.native_id = c.native_id limit 1)
        as approved_by,
    r.text, c.revision, c.created_at, c.url, i.status, i.kind
from chosen
join comments c using (comment_key)
left join authors a using (author_key)
left join comment_revisions r on r.comment_key = c.comment_key and r.revision = c.revision
    and c.deleted_at is null
left join items i on i.comment_key = c.comment_key
union all
select v.decision_id, v.native_id, c.native_id, '', '', true, b.name, d.text, 1, v.changed_at,
    v.url, null, null
from chosen
join comments c using (comment_key)
join decisions d on d.comment_key = c.comment_key and d.action = 'approve'
join deliveries v on v.decision_id = d.decision_id and v.state = 'sent'
left join accounts b on b.account_id = d.account_id
where not exists (select from comments e
    where e.thread_key = c.thread_key and e.native_id = v.native_id)
order by created_at, comment_key
"""


async def read_thread(
    connection: Connection, comment_key: str, *, before: int = 120, after: int = 80
) -> list[ThreadComment]:
    """Return the thread around a comment in time order: all above it, and its neighbours."""
    async with connection.cursor(row_factory=class_row(ThreadComment)) as cursor:
        await cursor.execute(_THREAD, {"key": comment_key, "before": before, "after": after})
        return await cursor.fetchall()


async def count_thread(connection: Connection, thread_key: str) -> int:
    """Return how many comments of the thread are stored."""
    row = await (
        await connection.execute(
            "select count(*) from comments where thread_key = %s", [thread_key]
        )
    ).fetchone()
    return int(row[0]) if row else 0
