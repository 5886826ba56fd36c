"""Queue items: what is known of a comment, and the item that review derives from it.

Whoever writes an item first takes `lock_thread`: everything about one thread happens in turn.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from psycopg.rows import class_row
from psycopg.types.json import Jsonb
from pydantic import BaseModel, ConfigDict

from schemas.comments import Kind, Lane, Reason, Withholding
from schemas.drafts import MadeStance
from services.kit.db import Connection
from services.store.decisions import RELANED

CHANNEL = "desk"
"""Notifications for open browsers: JSON with the `thread` that changed, null for anything else."""

Status = Literal["open", "decided", "muted", "paused", "cancelled", "joined"]
DraftState = Literal["none", "pending", "proposed", "declined", "stale"]


class Facts(BaseModel):
    """Everything stored by all services that decides where a comment stands."""

    model_config = ConfigDict(frozen=True)

    comment_key: str
    network: str
    thread_key: str
    revision: int
    deleted: bool
    first_seen: datetime
    routed_revision: int | None
    lane: Lane | None
    lane_brings_draft: bool = True
    """False where the last message of what is in lane `answer` was not sorted into it."""
    kind: Kind | None
    relaned: Kind | None = None
    """What a person said that it is, of this text or of the last one that was sorted."""
    reasons: list[Reason] | None
    language: str | None
    routed_muted: bool | None
    thread_muted: bool
    draft_id: str | None
    draft_revision: int | None
    draft_outcome: str | None
    draft_stance: MadeStance | None
    draft_joined: list[str]
    """Earlier comments of a burst that the draft answers too, as `comment_key:revision`."""
    draft_outdated: bool
    """The draft cites a passage that no publication holds any more."""
    joined: list[str]
    """Earlier comments of the burst that this comment ends, as `comment_key:revision`."""
    requested: MadeStance | None
    """What a person asked for and is not there yet."""
    last_action: (
        Literal["approve", "reject", "close", "reopen", "withdraw", "undo", "endorse"] | None
    )
    decided_revision: int | None
    decided_since_deleted: bool
    delivery_state: str | None
    delivery_code: str | None
    withheld: Withholding | None
    answer_stands: bool
    """A reply of ours stands under it on the network, as far as we know."""
    network_waits_until: datetime | None
    """When the network may be asked again, None when it may be now."""


class Item(BaseModel):
    """One row of the queue."""

    model_config = ConfigDict(frozen=True)

    comment_key: str
    thread_key: str
    revision: int
    lane: Lane
    kind: Kind
    reasons: list[Reason]
    language: str
    status: Status
    draft_id: str | None
    draft_state: DraftState
    note: str | None
    opened_at: datetime


_FACTS = f"""
select c.comment_key, c.network, c.thread_key, c.revision, c.first_seen,
    c.deleted_at is not null and c.retired_at is null as deleted,
    r.revision as routed_revision, r.lane, r.kind,
    p.kind as relaned, r.reasons, r.language,
    r.muted as routed_muted,
    is_muted(c, clock_timestamp()) as thread_muted,
    d.draft_id, d.revision as draft_revision, d.outcome as draft_outcome, d.stance as draft_stance,
    coalesce(d.joined, '{{}}') as draft_joined, coalesce(d.outdated, false) as draft_outdated,
    b.joined, (select q.stance from draft_requests q
        where q.comment_key = c.comment_key and q.revision = c.revision
        and not exists (select from drafts e where e.comment_key = q.comment_key
            and e.revision = q.revision and e.stance = q.stance)
        order by q.requested_at desc limit 1) as requested,
    x.action as last_action, x.revision as decided_revision,
    coalesce(x.decided_at > c.deleted_at, false) as decided_since_deleted,
    v.state as delivery_state, v.code as delivery_code, withheld(c) as withheld,
    exists (select from deliveries s join decisions a using (decision_id)
        where s.comment_key = c.comment_key and s.state = 'sent' and a.action = 'approve'
        and not exists (select from deliveries o join decisions b using (decision_id)
            where o.comment_key = c.comment_key and o.state = 'sent' and b.action = 'withdraw'
            and b.number > a.number)
        and not exists (select from comments e where e.network = s.network
            and e.native_id = s.native_id and e.deleted_at is not null)
        and not exists (select from circumstances g where g.kind = 'thread_gone'
            and g.subject = c.thread_key and g.holds)) as answer_stands,
    (select w.until from network_waits w where w.connection = c.connection
        and w.until > clock_timestamp()) as network_waits_until
from comments c
cross join lateral (select array(select jsonb_array_elements_text(
    %(joined)s::jsonb -> c.comment_key)) as joined) b
left join lateral (select * from routings where comment_key = c.comment_key
    order by revision desc, routed_at desc limit 1) r on true
{RELANED}
left join lateral (select o.draft_id, o.revision, o.outcome, o.stance, o.joined,
        cites_withdrawn(o) as outdated
    from drafts o where o.comment_key = c.comment_key
    order by o.revision desc, o.joined = b.joined desc,
        (o.joined = b.joined and o.outcome = 'proposed' and not cites_withdrawn(o)) desc,
        o.created_at desc, o.draft_id limit 1) d on true
left join lateral (select decision_id, action, decided_at,
        coalesce((select split_part(one, ':', 2)::integer from unnest(e.joined) one
            where split_part(one, ':', 1) = c.comment_key), e.revision) as revision
    from decisions e
    where (e.comment_key = c.comment_key or comments_of(e.joined) @> array[c.comment_key])
    and action in ('approve', 'reject', 'close', 'reopen', 'withdraw', 'undo', 'endorse')
    order by number desc limit 1) x on true
left join deliveries v on v.decision_id = x.decision_id
"""  # noqa: S608 - put together from constants
_FACTS_OF_ONE = f"{_FACTS} where c.comment_key = %(key)s"
"""With an array the server would plan this long statement each time, which takes longer than
reading: it takes ten elements for granted where it does not know the array."""
_FACTS_OF_MANY = f"{_FACTS} where c.comment_key = any(%(keys)s) order by c.comment_key"


async def is_watched_post(connection: Connection, comment_key: str) -> bool:
    """True for a post of a watched page, which never becomes an item."""
    row = await (await connection.execute("select is_watched(%s)", [comment_key])).fetchone()
    return bool(row and row[0])


async def lock_thread(connection: Connection, thread_key: str) -> None:
    """Hold the thread against other writers of its items until the transaction ends."""
    await connection.execute(
        "select from threads where thread_key = %s for no key update", [thread_key]
    )


async def lock_thread_with(connection: Connection, thread_key: str, comment_key: str) -> bool:
    """Hold the thread as `lock_thread` does if the comment is in it; return whether it is."""
    row = await connection.execute(
        "select from threads t join comments c using (thread_key)"
        " where c.comment_key = %s and t.thread_key = %s for no key update of t",
        [comment_key, thread_key],
    )
    return row.rowcount == 1


async def thread_of(connection: Connection, comment_key: str) -> str | None:
    """Return the key of the comment's thread, None for an unknown comment."""
    row = await (
        await connection.execute(
            "select thread_key from comments where comment_key = %s", [comment_key]
        )
    ).fetchone()
    return str(row[0]) if row else None


async def read_facts(
    connection: Connection,
    comment_keys: Sequence[str],
    joined: Mapping[str, Sequence[str]] | None = None,
) -> list[Facts]:
    """Return what is known of each comment; unknown keys are left out.

    `joined` names the earlier comments of each burst under its last comment's key. Of several
    drafts of a revision the newest that answers this burst counts, a useful one before a silence.
    """
    bursts = {key: list(members) for key, members in (joined or {}).items()}
    async with connection.cursor(row_factory=class_row(Facts)) as cursor:
        if len(comment_keys) == 1:
            one = {"key": comment_keys[0], "joined": Jsonb(bursts)}
            await cursor.execute(_FACTS_OF_ONE, one)
        else:
            many = {"keys": list(comment_keys), "joined": Jsonb(bursts)}
            await cursor.execute(_FACTS_OF_MANY, many)
        return await cursor.fetchall()


@dataclass(frozen=True)
class Before:
    """An item as it stood so far."""

    comment_key: str
    status: Status
    draft_id: str | None
    draft_state: DraftState


async def read_before(connection: Connection, comment_keys: Sequence[str]) -> dict[str, Before]:
    """Return the items of comments as they stand, by comment."""
    async with connection.cursor(row_factory=class_row(Before)) as cursor:
        await cursor.execute(
            "select comment_key, status, draft_id, draft_state from items"
            " where comment_key = any(%s)",
            [list(comment_keys)],
        )
        return {one.comment_key: one async for one in cursor}


async def shown_since(connection: Connection, comment_keys: Sequence[str]) -> dict[str, datetime]:
    """Return when the items of comments were written last; comments without one are left out."""
    rows = await connection.execute(
        "select comment_key, changed_at from items where comment_key = any(%s)",
        [list(comment_keys)],
    )
    return {key: changed_at async for key, changed_at in rows}


async def write_items(connection: Connection, items: Iterable[Item]) -> int:
    """Store items as they now stand, return how many differ from before."""
    changed = 0
    for item in items:
        values = item.model_dump()
        values["reasons"] = Jsonb(values["reasons"])
        done = await connection.execute(
            "insert into items as i (comment_key, thread_key, revision, lane, kind, reasons,"
            " language, status, draft_id, draft_state, note, opened_at, changed_at)"
            " values (%(comment_key)s, %(thread_key)s, %(revision)s, %(lane)s, %(kind)s,"
            " %(reasons)s, %(language)s, %(status)s, %(draft_id)s, %(draft_state)s, %(note)s,"
            " %(opened_at)s, clock_timestamp()) on conflict (comment_key) do update set"
            " (revision, lane, kind, reasons, language, status, draft_id, draft_state, note,"
            " opened_at, changed_at) = (excluded.revision, excluded.lane, excluded.kind,"
            " excluded.reasons, excluded.language, excluded.status, excluded.draft_id,"
            " excluded.draft_state, excluded.note, excluded.opened_at, excluded.changed_at)"
            " where (i.revision, i.lane, i.kind, i.reasons, i.language, i.status, i.draft_id,"
            " i.draft_state, i.note, i.opened_at) is distinct from (excluded.revision,"
            " excluded.lane, excluded.kind, excluded.reasons, excluded.language, excluded.status,"
            " excluded.draft_id, excluded.draft_state, excluded.note, excluded.opened_at)",
            values,
        )
        changed += done.rowcount
    return changed


async def waiting_in_thread(connection: Connection, thread_key: str) -> list[str]:
    """Return the keys of the thread's open, joined and muted items."""
    rows = await connection.execute(
        "select comment_key from items where thread_key = %s"
        " and status in ('open', 'muted', 'joined')",
        [thread_key],
    )
    return [key async for (key,) in rows]


async def tell_desks(connection: Connection, thread_key: str | None) -> None:
    """Have every open browser that shows the thread look again, once this is committed."""
    await connection.execute(
        "select pg_notify(%s, %s)", [CHANNEL, json.dumps({"thread": thread_key})]
    )
