"""What people decided: rows are only ever added."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from psycopg.rows import class_row

from schemas.comments import Kind
from schemas.drafts import MadeStance, Stance
from services.kit.db import Connection

Action = Literal[
    "approve", "reject", "close", "mute", "unmute", "reopen", "withdraw", "relane", "take_over",
    "undo", "put_aside", "hand_over", "endorse",
]  # fmt: skip
ASIDE: tuple[Action, ...] = ("relane", "take_over", "put_aside", "hand_over")
"""Steps about an item that say nothing of what becomes of it."""


@dataclass(frozen=True)
class Decision:
    """A decision to be written; `comment_key` is None when it is about the whole thread."""

    decision_id: str
    action: Action
    thread_key: str
    account_id: str
    comment_key: str | None = None
    revision: int | None = None
    draft_id: str | None = None
    text: str | None = None
    reason: str | None = None
    stance: Stance | None = None
    """What the text does, where that is known."""
    wording: str | None = None
    """The ready text it began with."""
    joined: Sequence[str] = ()
    """Earlier comments of a burst that this is about too, as `comment_key:revision`."""
    kind: Kind | None = None
    """What kind of comment it is; set by `relane` alone."""
    undoes: str | None = None
    """The approval that is taken back."""
    seconds: str | None = None
    """The first approval of the same text, where two people are needed."""
    until: datetime | None = None
    """So long it is put aside; None with `put_aside` means that it is back."""
    to_account: str | None = None
    """Who it is handed over to."""


RELANED = """left join lateral (select e.kind from decisions e
    where e.action = 'relane'
    and (e.comment_key = c.comment_key or comments_of(e.joined) @> array[c.comment_key])
    and coalesce((select split_part(one, ':', 2)::integer from unnest(e.joined) one
        where split_part(one, ':', 1) = c.comment_key), e.revision) >= coalesce(r.revision, 1)
    order by e.number desc limit 1) p on true"""
"""Joins what a person said the kind of comment `c` is, until a newer text is in its routing `r`."""


async def add_decision(connection: Connection, decision: Decision) -> None:
    """Append a decision; its time is the moment of writing, its number orders all of them."""
    await connection.execute(
        "insert into decisions (decision_id, action, comment_key, revision, thread_key, draft_id,"
        " text, reason, stance, wording, joined, kind, account_id, undoes, seconds, until,"
        " to_account, decided_at)"
        " values (%(decision_id)s, %(action)s, %(comment_key)s, %(revision)s, %(thread_key)s,"
        " %(draft_id)s, %(text)s, %(reason)s, %(stance)s, %(wording)s, %(joined)s,"
        " %(kind)s, %(account_id)s, %(undoes)s, %(seconds)s, %(until)s, %(to_account)s,"
        " clock_timestamp())",
        {**vars(decision), "joined": list(decision.joined)},
    )


async def is_made(connection: Connection, decision_id: str, account_id: str) -> bool:
    """Return whether a person has made the decision of that id."""
    found = await connection.execute(
        "select from decisions where decision_id = %s and account_id = %s",
        [decision_id, account_id],
    )
    return await found.fetchone() is not None


@dataclass(frozen=True)
class ShownDraft:
    """The draft that a person had before their eyes."""

    stance: MadeStance
    joined: list[str]
    outdated: bool


async def read_shown_draft(
    connection: Connection, draft_id: str, comment_key: str, revision: int
) -> ShownDraft | None:
    """Return the draft if it was made for this revision of this comment."""
    async with connection.cursor(row_factory=class_row(ShownDraft)) as cursor:
        await cursor.execute(
            "select stance, joined, cites_withdrawn(d) as outdated from drafts d"
            " where draft_id = %s and comment_key = %s and revision = %s",
            [draft_id, comment_key, revision],
        )
        return await cursor.fetchone()


async def last_joined(connection: Connection, comment_key: str) -> list[str]:
    """Return which earlier comments the last decision was about too."""
    row = await (
        await connection.execute(
            "select joined from decisions where comment_key = %s and action <> all(%s)"
            " order by number desc limit 1",
            [comment_key, list(ASIDE)],
        )
    ).fetchone()
    return list(row[0]) if row else []


async def last_decision(connection: Connection, comment_key: str) -> str | None:
    """Return the id of the last decision about a comment but those `ASIDE`, None without one."""
    row = await (
        await connection.execute(
            "select decision_id from decisions where comment_key = %s and action <> all(%s)"
            " order by number desc limit 1",
            [comment_key, list(ASIDE)],
        )
    ).fetchone()
    return str(row[0]) if row else None


@dataclass(frozen=True)
class PastDecision:
    """A decision as the history shows it, with what became of its text on the network."""

    decision_id: str
    action: Action
    comment_key: str | None
    """The last comment of the burst it was about; None when it was about the whole thread."""
    name: str | None
    """Of the person; None when the account is gone."""
    revision: int | None
    text: str | None
    stance: Stance | None
    reason: str | None
    kind: Kind | None
    until: datetime | None
    to_name: str | None
    """Of whom it was handed over to."""
    draft_text: str | None
    """What the person found written."""
    undone: bool
    """It was taken back before it was sent."""
    decided_at: datetime
    delivery: Literal["sending", "sent", "unknown", "returned"] | None
    code: str | None
    url: str | None
    delivered_at: datetime | None


async def read_history(
    connection: Connection, comment_key: str, thread_key: str, *, limit: int = 50
) -> list[PastDecision]:
    """Return the newest decisions about a comment and about its whole thread, newest first."""
    async with connection.cursor(row_factory=class_row(PastDecision)) as cursor:
        await cursor.execute(
            "select d.decision_id, d.action, d.comment_key, a.name, d.revision, d.text, d.stance,"
            " d.reason, d.kind, d.until, t.name as to_name, f.text as draft_text, exists (select"
            " from decisions u where u.undoes = d.decision_id) as undone, d.decided_at,"
            " v.state as delivery, v.code, v.url, v.changed_at as delivered_at"
            " from decisions d left join accounts a using (account_id)"
            " left join accounts t on t.account_id = d.to_account"
            " left join drafts f using (draft_id) left join deliveries v using (decision_id)"
            " where d.comment_key = %(comment)s"
            " or comments_of(d.joined) @> array[%(comment)s]"
            " or (d.thread_key = %(thread)s and d.comment_key is null)"
            " order by d.number desc limit %(limit)s",
            {"comment": comment_key, "thread": thread_key, "limit": limit},
        )
        return await cursor.fetchall()


async def was_undone(connection: Connection, comment_key: str) -> bool:
    """Tell whether the last thing decided was to take an approval back."""
    row = await (
        await connection.execute(
            "select action = 'undo' from decisions where comment_key = %s and action <> all(%s)"
            " order by number desc limit 1",
            [comment_key, list(ASIDE)],
        )
    ).fetchone()
    return bool(row and row[0])


async def last_approved_text(connection: Connection, comment_key: str) -> str | None:
    """Return the text a person approved last for this comment, None when nobody did.

    None also when it was made from words that no publication holds any more.
    """
    row = await (
        await connection.execute(
            "select case when d.wording is not null"
            " or not coalesce(cites_withdrawn(f), false) then d.text end"
            " from decisions d left join drafts f using (draft_id)"
            " where d.comment_key = %s and d.action in ('approve', 'endorse')"
            " order by d.number desc limit 1",
            [comment_key],
        )
    ).fetchone()
    return str(row[0]) if row and row[0] is not None else None
