"""What the queue page reads: lanes, rows, the way from one open item to the next."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from psycopg.rows import class_row
from pydantic import BaseModel, ConfigDict

from schemas.comments import Kind, Lane, Reason
from services.kit.db import Connection
from services.store.items import DraftState, Status

DraftFilter = Literal["ready", "missing"]


@dataclass(frozen=True)
class QueueFilter:
    """Which items a person looks at; None does not restrict."""

    lane: Lane | None = None
    draft: DraftFilter | None = None


@dataclass(frozen=True)
class Position:
    """A place in the order of the queue: urgent ones first, then who waits longest."""

    after_urgent: bool
    at: datetime
    comment_key: str


class QueueRow(BaseModel):
    """An item as a list shows it."""

    model_config = ConfigDict(frozen=True)

    comment_key: str
    thread_key: str
    status: Status
    lane: Lane
    kind: Kind
    reasons: list[Reason]
    language: str
    draft_state: DraftState
    draft_kind: str | None
    draft_outcome: str | None
    note: str | None
    opened_at: datetime
    changed_at: datetime
    written_at: datetime
    """On its network."""
    network: str
    page_name: str
    author_name: str
    joined: int
    """Earlier messages of its burst."""
    alike: int
    """Open items that ask the same, itself among them; 0 when it is in no such group."""
    excerpt: str | None
    """None when the comment's text was erased."""
    holder: str | None
    """Name of who is on it now."""
    given: bool
    """It was handed over to the person who looks."""
    given_note: str | None
    given_by: str | None
    given_to: str | None
    last_action: str | None
    decided_at: datetime | None
    """When the last action was taken."""
    delivery: str | None

    @property
    def position(self) -> Position:
        return Position(self.lane != "urgent", self.opened_at, self.comment_key)

    @property
    def is_late(self) -> bool:
        """True when it came to us an hour or more after it was written."""
        return self.opened_at - self.written_at >= timedelta(hours=1)


@dataclass(frozen=True)
class LaneCount:
    """Open items of a lane and since when the first of them waits."""

    lane: Lane
    count: int
    oldest: datetime


_ROW = """
select i.comment_key, i.thread_key, i.status, i.lane, i.kind, i.reasons, i.language,
    i.draft_state, d.kind as draft_kind, d.outcome as draft_outcome, i.note, i.opened_at,
    i.changed_at, c.created_at as written_at, c.network, p.name as page_name,
    coalesce(nullif(a.display_name, ''), a.handle, '') as author_name,
    j.joined, (select count(*) from asked_alike(i)) as alike,
    case when r.text is not null then left(concat_ws(E'\n', j.texts, r.text), 400) end
        as excerpt, (select h.name from item_claims k join accounts h using (account_id)
        where k.comment_key = i.comment_key and k.expires_at > clock_timestamp()) as holder,
    coalesce(l.for_account = %(me)s, false) as given, l.note as given_note,
    (select name from accounts b where b.account_id = l.account_id) as given_by,
    (select name from accounts b where b.account_id = l.for_account) as given_to,
    x.action as last_action, x.decided_at, v.state as delivery
from items i
join comments c using (comment_key)
join threads t on t.thread_key = i.thread_key
join pages p using (page_key)
left join authors a using (author_key)
left join comment_revisions r on r.comment_key = c.comment_key and r.revision = c.revision
left join drafts d using (draft_id)
left join item_plans l on l.comment_key = i.comment_key
cross join lateral (select count(*) as joined,
        string_agg(left(h.text, 400), E'\n' order by e.created_at, e.comment_key) as texts
    from items m join comments e using (comment_key)
    join comment_revisions h on h.comment_key = e.comment_key and h.revision = e.revision
    where m.status = 'joined' and m.note = 'joined:' || i.comment_key) j
left join lateral (select decision_id, action, decided_at from decisions
    where comment_key = i.comment_key
    and action not in ('relane', 'take_over', 'put_aside', 'hand_over')
    order by number desc limit 1) x on true
left join deliveries v on v.decision_id = x.decision_id
"""
_DRAFTS: dict[DraftFilter | None, str] = {
    None: "true",
    "ready": "{}.draft_state = 'proposed'",
    "missing": "{}.draft_state = 'declined'",
}
_OLDEST_ALIKE = """ and not exists (select from asked_alike(i) o
    where (o.opened_at, o.comment_key) < (i.opened_at, i.comment_key) and {})"""

_TAKEN = """ and not exists (select from item_claims k where k.comment_key = i.comment_key
    and k.account_id <> %(me)s and k.expires_at > clock_timestamp())
    and not exists (select from item_plans l where l.comment_key = i.comment_key
    and l.for_account <> %(me)s)"""
_ASIDE = """ and (i.lane = 'urgent' or not exists (select from item_plans l
    where l.comment_key = i.comment_key and l.until > clock_timestamp()))"""
_NOT_GIVEN = """ and not exists (select from item_plans l
    where l.comment_key = i.comment_key and l.for_account = %(me)s)"""


async def read_lanes(connection: Connection) -> list[LaneCount]:
    """Return the lanes that hold open items."""
    async with connection.cursor(row_factory=class_row(LaneCount)) as cursor:
        await cursor.execute(
            "select lane, count(*) as count, min(opened_at) as oldest from items"
            " where status = 'open' group by lane"
        )
        return await cursor.fetchall()


async def read_open_rows(
    connection: Connection, which: QueueFilter, me: str, *, after: Position | None, limit: int
) -> list[QueueRow]:
    """Return one page of open items behind a position; of those that ask the same the oldest.

    What is put aside is left out, and what was given to `me`, which `read_given` returns.
    """
    where, values = _open(which, after, forward=True, apart=_NOT_GIVEN)
    async with connection.cursor(row_factory=class_row(QueueRow)) as cursor:
        await cursor.execute(_ROW + where, {**values, "limit": limit, "me": me})
        return await cursor.fetchall()


async def read_given(connection: Connection, me: str, *, limit: int) -> list[QueueRow]:
    """Return the open items that colleagues handed over to somebody, the first given first."""
    async with connection.cursor(row_factory=class_row(QueueRow)) as cursor:
        await cursor.execute(
            _ROW + " where i.status = 'open' and l.for_account = %(me)s"
            " order by l.set_at, i.comment_key limit %(limit)s",
            {"me": me, "limit": limit},
        )
        return await cursor.fetchall()


async def first_given(connection: Connection, me: str) -> str | None:
    """Return the item that was handed over to somebody first and is free."""
    row = await (
        await connection.execute(
            "select l.comment_key from item_plans l join items i using (comment_key)"
            " where l.for_account = %s and i.status = 'open' and not exists (select from"
            " item_claims k where k.comment_key = l.comment_key and k.account_id <> l.for_account"
            " and k.expires_at > clock_timestamp()) order by l.set_at, l.comment_key limit 1",
            [me],
        )
    ).fetchone()
    return str(row[0]) if row else None


async def read_decided_rows(
    connection: Connection, lane: Lane | None, *, before: tuple[datetime, str] | None, limit: int
) -> list[QueueRow]:
    """Return one page of decided items, the latest first."""
    async with connection.cursor(row_factory=class_row(QueueRow)) as cursor:
        await cursor.execute(
            _ROW + " where i.status = 'decided' and (%(lane)s::text is null or i.lane = %(lane)s)"
            " and (%(at)s::timestamptz is null"
            " or (i.changed_at, i.comment_key) < (%(at)s::timestamptz, %(key)s))"
            " order by i.changed_at desc, i.comment_key desc limit %(limit)s",
            {
                "lane": lane,
                "me": "",
                "at": before[0] if before else None,
                "key": before[1] if before else "",
                "limit": limit,
            },
        )
        return await cursor.fetchall()


async def neighbour(
    connection: Connection, which: QueueFilter, position: Position | None, me: str, *,
    forward: bool,
) -> str | None:  # fmt: skip
    """Return the key of the open item next to a position; without one, the first or last.

    What somebody else than the account `me` is on does not count.
    """
    where, values = _open(which, position, forward=forward, apart=_TAKEN)
    row = await (
        await connection.execute(
            "select i.comment_key from items i" + where,  # noqa: S608 - constants
            {**values, "limit": 1, "me": me},
        )
    ).fetchone()
    return str(row[0]) if row else None


def _open(
    which: QueueFilter, position: Position | None, *, forward: bool, apart: str = ""
) -> tuple[str, dict[str, object]]:
    """Return condition and order so that each fits one of the two partial indexes."""
    beyond, direction = (">", "asc") if forward else ("<", "desc")
    values: dict[str, object] = {}
    if which.lane is None:
        columns, marks = (
            "(i.lane <> 'urgent'), i.opened_at, i.comment_key",
            "%(rank)s, %(at)s, %(key)s",
        )
        condition = "i.status = 'open'"
    else:
        columns, marks = "i.opened_at, i.comment_key", "%(at)s, %(key)s"
        condition = "i.status = 'open' and i.lane = %(lane)s"
        values["lane"] = which.lane
    drafts = _DRAFTS[which.draft]
    condition += f" and {drafts.format('i')}" + _OLDEST_ALIKE.format(drafts.format("o"))
    condition += apart + _ASIDE
    if position is not None:
        condition += f" and ({columns}) {beyond} ({marks})"
        values |= {
            "rank": position.after_urgent, "at": position.at, "key": position.comment_key,
        }  # fmt: skip
    order = ", ".join(f"{column} {direction}" for column in columns.split(", "))
    return f" where {condition} order by {order} limit %(limit)s", values


@dataclass(frozen=True)
class Badges:
    """The figures that stand beside the menu's entries."""

    open: int
    urgent: int
    mutes: int
    dead: int
    gaps: int


async def read_badges(connection: Connection) -> Badges:
    async with connection.cursor(row_factory=class_row(Badges)) as cursor:
        await cursor.execute(
            "select count(*) as open, count(*) filter (where lane = 'urgent') as urgent,"
            " (select count(*) from active_mutes where expires_at > clock_timestamp()) as mutes,"
            " (select count(*) from dead_letters where settled_at is null) as dead,"
            " (select count(*) from gaps g where closed_at is null and not exists (select"
            " from gap_verdicts v where v.gap_id = g.gap_id)) as gaps"
            " from items where status = 'open'"
        )
        return await cursor.fetchone() or Badges(0, 0, 0, 0, 0)
