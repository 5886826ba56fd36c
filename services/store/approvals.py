"""Approvals on their way: where a second person is needed, and what may still be taken back."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from psycopg.rows import class_row

from schemas.drafts import Stance
from services.kit.db import Connection

ALONE = "DW002"
"""The database's code for an approval that lacks its first one."""

Scope = Literal["page", "lane", "publication"]


@dataclass(frozen=True)
class Endorsement:
    """A first approval that waits for a second person."""

    decision_id: str
    account_id: str
    name: str | None
    revision: int
    text: str
    draft_id: str | None
    """What the text was made of; the same holds of stance and wording."""
    stance: Stance | None
    wording: str | None
    decided_at: datetime


async def needs_two(connection: Connection, comment_key: str) -> bool:
    """Tell whether two people have to approve an answer to this comment."""
    row = await (await connection.execute("select needs_two(%s)", [comment_key])).fetchone()
    return bool(row and row[0])


async def standing_endorsement(connection: Connection, comment_key: str) -> Endorsement | None:
    """Return the first approval that nothing has overtaken yet."""
    async with connection.cursor(row_factory=class_row(Endorsement)) as cursor:
        await cursor.execute(
            "select e.decision_id, e.account_id, a.name, e.revision, e.text, e.draft_id,"
            " e.stance, e.wording, e.decided_at from (select * from decisions"
            " where comment_key = %s and action in ('approve', 'reject', 'close',"
            " 'reopen', 'withdraw', 'undo', 'endorse') order by number desc limit 1) e"
            " left join accounts a using (account_id) where e.action = 'endorse'",
            [comment_key],
        )
        return await cursor.fetchone()


@dataclass(frozen=True)
class Undoable:
    """A person's own approval that has not left yet."""

    comment_key: str
    author_name: str
    until: datetime


async def last_undoable(
    connection: Connection, account_id: str, window: timedelta
) -> Undoable | None:
    """Return the latest approval of a person's that may be taken back within its window."""
    async with connection.cursor(row_factory=class_row(Undoable)) as cursor:
        await cursor.execute(
            "select d.comment_key, d.decided_at + %(window)s as until,"
            " coalesce(nullif(a.display_name, ''), a.handle, '') as author_name"
            " from (select * from decisions where account_id = %(me)s"
            " order by number desc limit 30) d"
            " join comments c using (comment_key) left join authors a using (author_key)"
            " where d.action = 'approve' and d.decided_at + %(window)s > clock_timestamp()"
            " and not exists (select from decisions u where u.undoes = d.decision_id)"
            " and not exists (select from deliveries v where v.decision_id = d.decision_id)"
            " order by d.number desc limit 1",
            {"me": account_id, "window": window},
        )
        return await cursor.fetchone()


@dataclass(frozen=True)
class Open:
    """A decision that may be taken back."""

    decision_id: str
    action: Literal["approve", "endorse"]
    joined: list[str]


async def lock_approval(connection: Connection, comment_key: str) -> Open | None:
    """Lock the comment's last approval against being sent; None when none stands unsent."""
    async with connection.cursor(row_factory=class_row(Open)) as cursor:
        await cursor.execute(
            "select d.decision_id, d.action, d.joined from decisions d"
            " where d.comment_key = %s and d.action in ('approve', 'reject', 'close', 'reopen',"
            " 'withdraw', 'undo', 'endorse') order by d.number desc limit 1 for update",
            [comment_key],
        )
        found = await cursor.fetchone()
    if found is None or found.action not in ("approve", "endorse"):
        return None
    row = await (
        await connection.execute(
            "select exists (select from deliveries where decision_id = %s)", [found.decision_id]
        )
    ).fetchone()
    return None if row and row[0] else found


@dataclass(frozen=True)
class Rule:
    """Where two people have to approve, or may have to."""

    scope: Scope
    subject: str
    name: str
    is_needed: bool
    said_by: str | None
    said_at: datetime | None


async def read_rules(connection: Connection, lanes: list[str]) -> list[Rule]:
    """Return every page, lane and publication with what holds there."""
    async with connection.cursor(row_factory=class_row(Rule)) as cursor:
        await cursor.execute(
            "select s.scope, s.subject, s.name, f.subject is not null as is_needed,"
            " a.name as said_by, f.said_at from ("
            " select 1 as place, 'lane' as scope, lane as subject, lane as name"
            " from unnest(%s::text[]) lane"
            " union all (select 2, 'page', page_key, name || ' (' || network || ')' from pages"
            " order by name limit 200)"
            " union all (select 3, 'publication', publication_id, title from publications"
            " where removed_at is null order by title limit 200)) s"
            " left join four_eyes f using (scope, subject) left join accounts a using (account_id)"
            " order by s.place, s.name",
            [lanes],
        )
        return await cursor.fetchall()


async def add_rule(
    connection: Connection, scope: Scope, subject: str, *, is_needed: bool, account_id: str
) -> None:
    """Say that two people have to approve there from now on, or need not any more."""
    await connection.execute(
        "insert into four_eyes_rules (scope, subject, is_needed, account_id)"
        " values (%s, %s, %s, %s)",
        [scope, subject, is_needed, account_id],
    )
