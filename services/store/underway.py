"""What is neither open nor done: approved and not out, waiting, paused, put aside, cancelled."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from psycopg.rows import class_row

from services.kit.db import Connection

Place = Literal[
    "failed", "returned", "second", "on_its_way", "withdrawing", "aside", "paused", "cancelled"
]
"""Where a text or an item lies, in the order in which somebody should look."""
MOST = 100
"""Items shown of each place."""


@dataclass(frozen=True)
class Lying:
    """One item that is not in the queue's ordinary course, and since when."""

    place: Place
    comment_key: str
    author_name: str
    page_name: str
    note: str | None
    since: datetime
    until: datetime | None
    """When it goes on by itself, as far as that is known."""
    text: str | None
    """Of the approved answer."""


_PLACES: dict[Place, str] = {
    "failed": """select d.comment_key, max(l.failed_at) as since, null::timestamptz as until,
            d.text from dead_letters l join decisions d on d.comment_key = l.comment_key
            and d.action in ('approve', 'withdraw') and d.decided_at <= l.failed_at
            where l.settled_at is null and l.consumer in ('deliver_approved', 'deliver_withdrawn')
            group by d.comment_key, d.text""",
    "returned": """select i.comment_key, i.changed_at as since, null::timestamptz as until,
            (select d.text from decisions d where d.comment_key = i.comment_key
                and d.action = 'approve' order by d.number desc limit 1) as text
            from items i where i.status = 'open' and i.note like 'returned:%%'""",
    "second": """select i.comment_key, i.changed_at as since, null::timestamptz as until,
            (select d.text from decisions d where d.comment_key = i.comment_key
                and d.action = 'endorse' order by d.number desc limit 1) as text
            from items i where i.status = 'open' and i.note = 'second'""",
    "on_its_way": """select d.comment_key, d.decided_at as since,
            coalesce(w.until, d.decided_at) as until, d.text
            from decisions d join comments c using (comment_key)
            left join deliveries v using (decision_id)
            left join network_waits w on w.connection = c.connection
                and w.until > clock_timestamp()
            where d.action = 'approve' and d.decided_at > now() - interval '30 days'
            and (v.state is null or v.state in ('sending', 'unknown'))
            and not exists (select from decisions u where u.undoes = d.decision_id)""",
    "withdrawing": """select d.comment_key, d.decided_at as since, null::timestamptz as until,
            null as text from decisions d left join deliveries v using (decision_id)
            where d.action = 'withdraw' and d.decided_at > now() - interval '30 days'
            and v.state is null""",
    "aside": """select p.comment_key, p.set_at as since, p.until, null as text
            from item_plans p join items i using (comment_key)
            where i.status = 'open' and p.until > clock_timestamp()""",
    "paused": """select i.comment_key, i.changed_at as since, null::timestamptz as until,
            null as text from items i where i.status = 'paused'""",
    "cancelled": """select i.comment_key, i.changed_at as since, null::timestamptz as until,
            d.text from items i join decisions d on d.comment_key = i.comment_key
            and d.action = 'approve'
            where i.status = 'cancelled' and i.changed_at > now() - interval '7 days'
            and not exists (select from decisions l where l.comment_key = d.comment_key
                and l.action = 'approve' and l.number > d.number)
            and not exists (select from deliveries v
                where v.decision_id = d.decision_id and v.state = 'sent')""",
}


async def read_lying(connection: Connection) -> list[Lying]:
    """Return all of it, place by place, the oldest first; at most MOST of each."""
    found: list[Lying] = []
    for place, query in _PLACES.items():
        async with connection.cursor(row_factory=class_row(Lying)) as cursor:
            await cursor.execute(
                "select %s as place, q.comment_key, q.since, q.until, q.text, i.note,"  # noqa: S608 - constants
                " coalesce(nullif(a.display_name, ''), a.handle, '') as author_name,"
                f" p.name as page_name from (select * from ({query}) s order by since limit %s) q"
                " join comments c using (comment_key) join threads t using (thread_key)"
                " join pages p using (page_key) left join authors a using (author_key)"
                " left join items i on i.comment_key = q.comment_key order by q.since",
                [place, MOST],
            )
            found += await cursor.fetchall()
    return found


async def work_left(connection: Connection) -> int:
    """Return how many comments and drafts are still on their way through the services."""
    row = await (
        await connection.execute(
            "select (select count(*) from outbox where due_at <= now())"
            " + (select count(distinct i.comment_key) from intake i where i.dropped is null"
            "    and not exists (select from comments c where c.comment_key = i.comment_key"
            "    and c.watch_id is not null)"
            "    and not exists (select from items where comment_key = i.comment_key)"
            "    and not exists (select from dead_letters where comment_key = i.comment_key))"
            " + (select count(*) from items where status = 'open' and draft_state = 'pending'"
            "    and not exists (select from dead_letters d"
            "    where d.comment_key = items.comment_key and settled_at is null))"
        )
    ).fetchone()
    return int(row[0]) if row else 0
