"""Does dialogue work? Figures of one month, of the team and never of a person."""

from dataclasses import dataclass
from datetime import datetime

from psycopg.rows import class_row

from services.kit.db import Connection

CIVIL_FOR = "14 days"
"""How long after an answer, or after a question without one, the thread is looked at."""


@dataclass(frozen=True)
class Month:
    """What a month's figures rest on."""

    asked: int
    """Questions and criticism that came in."""
    answered: int
    """Of these, answered where they were asked."""
    criticism: int
    criticism_answered: int
    first_answer: float | None
    """Median seconds from a comment to our posted answer."""
    unedited: int
    """Drafts approved as they stood."""
    edited: int
    rejected: int
    decision: float | None
    """Median seconds between two decisions of one sitting."""


_MONTH = """
with asked as materialized (
    select i.comment_key, i.kind, (select min(v.changed_at) from decisions d
        join deliveries v using (decision_id)
        where d.comment_key = i.comment_key and d.action = 'approve' and v.state = 'sent')
        - i.opened_at as waited
    from items i where i.opened_at >= %(since)s and i.opened_at < %(until)s
    and i.kind in ('question', 'criticism') and i.status not in ('cancelled', 'joined')
), decided as (
    select d.action, f.draft_id,
        coalesce(d.edited, btrim(d.text) <> btrim(f.text)) as edited,
        extract(epoch from d.decided_at - lag(d.decided_at) over (
            partition by d.account_id order by d.number)) as pause
    from decisions d left join drafts f using (draft_id)
    where d.decided_at >= %(since)s and d.decided_at < %(until)s
    and d.action in ('approve', 'endorse', 'reject', 'close')
)
select asked.*, decided.* from (
    select count(*) as asked, count(waited) as answered,
        count(*) filter (where kind = 'criticism') as criticism,
        count(waited) filter (where kind = 'criticism') as criticism_answered,
        percentile_cont(0.5) within group (order by extract(epoch from waited)) as first_answer
    from asked) asked cross join (
    select count(*) filter (where action = 'approve' and not edited) as unedited,
        count(*) filter (where action = 'approve' and edited) as edited,
        count(*) filter (where action = 'reject' and draft_id is not null) as rejected,
        percentile_cont(0.5) within group (order by pause) filter (where pause < 900) as decision
    from decided) decided
"""


async def read_month(connection: Connection, since: datetime, until: datetime) -> Month:
    """Return the figures of what came in, and of what was decided, between two moments."""
    async with connection.cursor(row_factory=class_row(Month)) as cursor:
        await cursor.execute(_MONTH, {"since": since, "until": until})
        found = await cursor.fetchone()
    return found or Month(0, 0, 0, 0, None, 0, 0, 0, None)


@dataclass(frozen=True)
class FollowUp:
    """How a thread went on after a question or criticism of the month."""

    answered: bool
    civil: int
    """Comments by others that neither attack, threaten nor advertise."""
    all: int


_FOLLOW_UPS = f"""
with begun as (
    select distinct on (i.thread_key) i.thread_key, coalesce(r.at, i.opened_at) as at,
        r.at is not null as answered
    from items i left join lateral (select min(v.changed_at) as at from decisions d
        join deliveries v using (decision_id)
        where d.comment_key = i.comment_key and d.action = 'approve' and v.state = 'sent') r on true
    where i.opened_at >= %(since)s and i.opened_at < %(until)s
    and i.kind in ('question', 'criticism')
    order by i.thread_key, r.at nulls last, i.opened_at
)
select b.answered, count(*) filter (where i.kind not in ('attack', 'threat', 'spam')) as civil,
    count(*) as all
from begun b join items i on i.thread_key = b.thread_key and i.opened_at > b.at
    and i.opened_at <= b.at + interval '{CIVIL_FOR}' and i.opened_at > %(since)s
group by b.thread_key, b.answered limit %(limit)s
"""  # noqa: S608 - put together from constants


async def read_follow_ups(
    connection: Connection, since: datetime, until: datetime, *, limit: int = 5000
) -> list[FollowUp]:
    """Return each thread of the month that went on within `CIVIL_FOR`.

    An answered thread counts from its first answer, another from its first question or criticism.
    """
    async with connection.cursor(row_factory=class_row(FollowUp)) as cursor:
        await cursor.execute(_FOLLOW_UPS, {"since": since, "until": until, "limit": limit})
        return await cursor.fetchall()
