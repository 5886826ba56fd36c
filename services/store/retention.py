"""How long words are kept: the rules, what falls due when, and what time takes."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from psycopg.rows import class_row

from services.kit.db import Connection

What = Literal["comments", "records"]
LOCK = 0x0D1A_D025
"""Advisory lock of whoever looks for what is due."""


@dataclass(frozen=True)
class Rule:
    """What holds for a page, or for the whole house."""

    page_key: str | None
    name: str | None
    days: int | None
    """Days after the last activity; 0: for ever; None: as the house."""
    held: int
    """Comments of other people that are kept under it."""
    soon: int
    """Those among them whose time is over within `SOON`."""
    next_at: datetime | None
    """When the first of them goes."""


@dataclass(frozen=True)
class Due:
    """A thread whose time is over."""

    thread_key: str
    page: str
    last_at: datetime
    comments: int


SOON = timedelta(days=30)


async def add_rule(
    connection: Connection, what: What, page_key: str | None, days: int | None, account_id: str
) -> bool:
    """Say how long something is kept from now on; False when there is no such page."""
    done = await connection.execute(
        "insert into retention_rules (what, page_key, days, account_id)"
        " select %(what)s, %(page)s, %(days)s, %(by)s where %(page)s::text is null"
        " or exists (select from pages where page_key = %(page)s)",
        {"what": what, "page": page_key, "days": days, "by": account_id},
    )
    return done.rowcount == 1


_ACTIVITY = """
select t.thread_key, p.page_key, p.name as page, p.days, a.comments,
    greatest(a.last_at, d.last_at) as last_at
from (select page_key, name, days_kept('comments', page_key) as days from pages offset 0) p
join threads t using (page_key)
join (select thread_key, max(greatest(first_seen, revised_at)) as last_at,
        count(*) filter (where not is_self and erasure_id is null) as comments
    from comments group by thread_key) a using (thread_key)
left join (select thread_key, max(decided_at) as last_at from decisions group by thread_key) d
    using (thread_key)
where a.comments > 0
"""


async def read_rules(connection: Connection, now: datetime) -> list[Rule]:
    """Return the house's rule first, then each page's, with what falls due."""
    async with connection.cursor(row_factory=class_row(Rule)) as cursor:
        await cursor.execute(
            f"with activity as ({_ACTIVITY}), due as (select page_key, sum(comments) as held,"  # noqa: S608 - constants
            " coalesce(sum(comments) filter (where days > 0 and last_at + make_interval(days =>"
            " days) < %(soon)s), 0) as soon, min(last_at + make_interval(days => days))"
            " filter (where days > 0) as next_at from activity group by page_key)"
            " select null as page_key, null as name, days_kept('comments', null) as days,"
            " coalesce(sum(held), 0)::int as held, coalesce(sum(soon), 0)::int as soon,"
            " min(next_at) as next_at from due union all select * from (select p.page_key, p.name,"
            " (select days from retention_rules r where r.what = 'comments'"
            " and r.page_key = p.page_key order by number desc limit 1) as days,"
            " coalesce(held, 0)::int, coalesce(soon, 0)::int, next_at"
            " from pages p left join due using (page_key) where p.relation = 'own' or held > 0"
            " order by p.name, p.page_key) each_page",
            {"soon": now + SOON},
        )
        return await cursor.fetchall()


async def records_kept(connection: Connection) -> int:
    """Return for how many days decisions keep their words; 0: for ever."""
    row = await (await connection.execute("select days_kept('records', null)")).fetchone()
    return int(row[0]) if row else 0


async def read_due(connection: Connection, now: datetime, limit: int) -> list[Due]:
    """Return the threads whose time is over, the longest silent first; none that is under way."""
    async with connection.cursor(row_factory=class_row(Due)) as cursor:
        await cursor.execute(
            f"select thread_key, page, last_at, comments from ({_ACTIVITY}) activity"  # noqa: S608 - constants
            " where days > 0 and last_at + make_interval(days => days) <= %(now)s and not exists"
            " (select from erasures e where e.scope = 'thread' and e.erased_at is null"
            " and e.subject = activity.thread_key) order by last_at, thread_key limit %(limit)s",
            {"now": now, "limit": limit},
        )
        return await cursor.fetchall()


async def look_alone(connection: Connection) -> bool:
    """True when no other instance looks for what is due; the lock ends with the transaction."""
    row = await (
        await connection.execute("select pg_try_advisory_xact_lock(%s)", [LOCK])
    ).fetchone()
    return bool(row and row[0])


async def count_old_records(connection: Connection, now: datetime) -> int:
    """Return how many decisions still have words although their time is over."""
    row = await (
        await connection.execute(f"select count(*) from ({_OLD}) old", {"now": now})  # noqa: S608 - constants
    ).fetchone()
    return int(row[0]) if row else 0


_OLD = """
select d.decision_id from decisions d left join deliveries v using (decision_id)
where days_kept('records', null) > 0
and d.decided_at < %(now)s - make_interval(days => days_kept('records', null))
and (d.text <> '' or d.reason <> '') and (d.action <> 'approve' or v.state in ('sent', 'returned')
    or exists (select from decisions u where u.undoes = d.decision_id))
"""


async def blank_old_records(connection: Connection, now: datetime, limit: int) -> int:
    """Erase the words of old decisions and of their drafts; the figures stay. Return how many."""
    await connection.execute("set local dialogwerk.erasing = 'on'")
    rows = await connection.execute(
        f"{_OLD} order by d.number limit %(limit)s",
        {"now": now, "limit": limit},
    )
    keys = [key async for (key,) in rows]
    for statement in _BLANK.split(";"):
        await connection.execute(statement.encode(), {"keys": keys})
    return len(keys)


_BLANK = """
update decisions d set edited = btrim(d.text) <> btrim(f.text) from drafts f
    where d.draft_id = f.draft_id and d.edited is null and d.text <> '' and f.text <> ''
    and f.draft_id in (select draft_id from decisions where decision_id = any(%(keys)s));
update drafts set text = '', sentences = '[]', sources = '[]', reason = null, cache_key = null
    where text <> '' and draft_id in
    (select draft_id from decisions where decision_id = any(%(keys)s));
delete from replay_results where comment_key in
    (select comment_key from decisions where decision_id = any(%(keys)s));
update decisions set text = case when text <> '' then '' else text end,
    reason = case when reason <> '' then '' else reason end where decision_id = any(%(keys)s)
"""
