"""What an erasure would take: found, counted and shown before anybody says yes."""

from dataclasses import dataclass
from datetime import datetime

from psycopg.rows import class_row

from services.kit.db import Connection
from services.store.erasures import Erasure, Scope


@dataclass(frozen=True)
class Target:
    """Somebody else's comment, and the account that wrote it."""

    comment_key: str
    author_key: str
    """Empty when it is erased already."""


@dataclass(frozen=True)
class Preview:
    """How much an erasure would reach."""

    comments: int
    waiting: int
    """Comments among them that still wait at the desk."""
    drafts: int
    decisions: int
    """Decisions about them: they stay, their words go where they quote."""
    replies: int
    """Replies of ours that stand on the network, and stay there."""
    letters: int
    packages: int
    """Packages for a trusted flagger that are still held."""
    packages_until: datetime | None
    """When the last of them erases itself."""
    watched: int
    """Watched pages that are this account."""


async def find_target(connection: Connection, name: str) -> Target | None:
    """Return the comment that a comment_key, its address or its author's handle names."""
    async with connection.cursor(row_factory=class_row(Target)) as cursor:
        await cursor.execute(
            "select c.comment_key, c.author_key from comments c left join authors a"
            " using (author_key) where not c.is_self and (c.comment_key = %(name)s"
            " or c.url = %(name)s or ltrim(a.handle, '@') = ltrim(%(name)s, '@'))"
            " order by c.created_at desc limit 1",
            {"name": name},
        )
        return await cursor.fetchone()


def order_of(
    target: Target, scope: Scope, *, erasure_id: str, by: str, packages: bool, now: datetime
) -> Erasure | None:
    """Return the order, None when the account was erased before."""
    subject = target.author_key if scope == "account" else target.comment_key
    if not subject:
        return None
    return Erasure(erasure_id, scope, subject, by, now, packages=packages)


async def preview(connection: Connection, order: Erasure) -> Preview:
    """Count what an order would reach now; nothing is changed."""
    async with connection.cursor(row_factory=class_row(Preview)) as cursor:
        await cursor.execute(_PREVIEW, {"scope": order.scope, "subject": order.subject})
        found = await cursor.fetchone()
    return found or Preview(0, 0, 0, 0, 0, 0, 0, None, 0)


_PREVIEW = """
with doomed as (select c.comment_key, c.network, c.author_key from comments c
    where not c.is_self and c.erasure_id is null and case %(scope)s
    when 'comment' then c.comment_key = %(subject)s when 'thread' then c.thread_key = %(subject)s
    else c.author_key = %(subject)s end)
select (select count(*) from doomed) as comments,
    (select count(*) from items join doomed using (comment_key)
        where status in ('open', 'paused')) as waiting,
    (select count(*) from drafts join doomed using (comment_key)) as drafts,
    (select count(*) from decisions join doomed using (comment_key)) as decisions,
    (select count(*) from deliveries v join decisions d using (decision_id)
        join doomed o on o.comment_key = d.comment_key
        where v.state = 'sent' and d.action = 'approve') as replies,
    (select count(*) from dead_letters join doomed using (comment_key)) as letters,
    k.packages, k.packages_until,
    (select count(*) from watches w join watch_readings r using (watch_id)
        join pages p using (page_key) join authors a on a.network = p.network
        and a.native_id = p.native_id where %(scope)s = 'account' and p.relation <> 'own'
        and a.author_key = %(subject)s and w.removed_at is null) as watched
from (select count(*) as packages, max(expires_at) as packages_until
    from flagger_packages join doomed using (comment_key) where body is not null) k
"""
