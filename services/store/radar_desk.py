"""What review reads of the radar: posts that tell of a partner's success or trouble."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from psycopg.rows import class_row

from services.kit.db import Connection
from services.store.going_out import Opportunity, list_radar_posts
from services.store.radar import ONE_EVENT, RadarVerdict

STANDS = timedelta(days=7)
"""Time for which a post is shown after somebody spoke up or let it pass."""


@dataclass(frozen=True)
class RadarFacts:
    """What a post was taken for, and why; no words once it is erased."""

    comment_key: str
    event_id: str
    verdict: RadarVerdict
    kind: str
    about: str
    own: bool
    """The partner tells of it itself."""
    signs: list[tuple[str, str]]
    """Rule and words of the post that led to the verdict."""
    draft: str | None
    clouded: bool
    """A success, and trouble was told of the same partner within days."""


_FACTS = """
select i.comment_key, i.event_id, i.verdict, i.kind, i.about, i.own,
    coalesce(w.signs, '[]') as signs, w.draft,
    i.verdict = 'success' and exists (select from radar_items t join comments k using (comment_key)
        where t.subject = i.subject and t.verdict in ('trouble', 'mixed')
        and k.deleted_at is null and k.created_at between c.created_at - %(near)s
        and c.created_at + %(near)s) as clouded
from radar_items i join comments c using (comment_key) left join radar_words w using (comment_key)
where i.comment_key = any(%(keys)s)
"""


async def list_radar(connection: Connection, now: datetime) -> list[tuple[Opportunity, RadarFacts]]:
    """Return what was found within a week, with what the desk shows of each post."""
    posts = await list_radar_posts(connection, now - STANDS, now)
    async with connection.cursor(row_factory=class_row(RadarFacts)) as cursor:
        await cursor.execute(
            _FACTS, {"keys": [one.comment_key for one in posts], "near": ONE_EVENT}
        )
        facts = {one.comment_key: one for one in await cursor.fetchall()}
    return [(one, facts[one.comment_key]) for one in posts if one.comment_key in facts]


async def count_trouble(connection: Connection) -> int:
    """Return how many partners' troubles nobody has decided on yet."""
    row = await (
        await connection.execute(
            "select count(distinct i.event_id) from radar_items i join opportunities o"
            " using (comment_key) where o.closed_at is null and i.verdict = 'trouble'"
            " and not exists (select from radar_items e join opportunity_decisions d"
            "  using (comment_key) where e.event_id = i.event_id and not (d.action = 'approve'"
            "  and exists (select from deliveries v where v.decision_id = d.decision_id"
            "   and v.state = 'returned')))"
        )
    ).fetchone()
    return int(row[0]) if row else 0
