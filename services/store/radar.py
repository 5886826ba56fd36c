"""What outreach reads and writes of posts that tell of a partner's success or trouble."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from schemas.comments import OfComment
from services.kit.db import Connection
from services.store.watches import Foreign

RadarVerdict = Literal["success", "trouble", "mixed", "unsure"]
ONE_EVENT = timedelta(days=5)
"""Time within which what is told of one partner, of one family of events, is one event."""
RANK = {"trouble": 1.0, "mixed": 0.75, "success": 0.5, "unsure": 0.25}
"""Where an item stands among those that wait: trouble first."""


@dataclass(frozen=True)
class RadarPost:
    """The newest text of a watched page's post, and whose it is."""

    text: str
    created_at: datetime
    network: str
    page: str
    """Its name on the network."""
    watched_name: str
    """Its name as a person entered it."""
    relation: Foreign
    partners: list[str]
    """Names of all partners that are watched."""


async def read_radar_post(connection: Connection, event: OfComment) -> RadarPost | None:
    """Return the post; None when it was edited or deleted, or the very page is not watched."""
    async with connection.cursor(row_factory=class_row(RadarPost)) as cursor:
        await cursor.execute(
            "select r.text, c.created_at, c.network, g.name as page, w.name as watched_name,"
            " a.relation, array(select distinct p.name from watches p where p.removed_at is null"
            "  and p.relation = 'partner' and p.kind in ('account', 'feed')) as partners"
            " from comments c join comment_revisions r using (comment_key, revision)"
            " join threads t using (thread_key) join pages g using (page_key)"
            " join watches w on w.watch_id = c.watch_id cross join lateral watched_as(t.page_key) a"
            " where c.comment_key = %s and c.revision = %s and c.deleted_at is null",
            [event.comment_key, event.revision],
        )
        return await cursor.fetchone()


@dataclass(frozen=True)
class RadarItem:
    """What a post was taken for, and what could be said under it."""

    verdict: RadarVerdict
    kind: str
    family: str
    subject: str
    about: str
    own: bool
    language: str
    closes_at: datetime
    signs: Sequence[tuple[str, str]]
    """Rule and words that led to the verdict."""
    draft: str | None


async def put_item(
    connection: Connection, event: OfComment, item: RadarItem, *, day: date, now: datetime
) -> bool:
    """Offer a post to the team, or again with its new text; False where nothing may be said.

    One event that is told of in several posts of one partner's, or of media, gets one event id.
    """
    await connection.execute(
        "select pg_advisory_xact_lock(hashtextextended(%s, 4))", [item.subject]
    )
    done = await connection.execute(
        "insert into opportunities as o (comment_key, revision, thread_key, page_key, author_key,"
        " relation, day, score, parts, found_at, radar) select c.comment_key, c.revision,"
        " c.thread_key, t.page_key, c.author_key, a.relation, %(day)s, %(rank)s, '{}', %(now)s,"
        " true"
        " from comments c join threads t using (thread_key)"
        " cross join lateral watched_as(t.page_key) a"
        " where c.comment_key = %(key)s and c.revision = %(revision)s and c.deleted_at is null"
        " and not c.is_self and withheld(c) is null and not is_muted(c, %(now)s) for share of c"
        " on conflict (comment_key) do update set revision = excluded.revision, radar = true,"
        " score = excluded.score, closed_at = null, closed_why = null"
        " where o.revision < excluded.revision and not exists (select from appearances s"
        "  where s.comment_key = o.comment_key)",
        {
            "day": day, "rank": RANK[item.verdict], "now": now, "key": event.comment_key,
            "revision": event.revision,
        },
    )  # fmt: skip
    if done.rowcount == 0:
        return False
    await connection.execute(
        "insert into radar_items (comment_key, event_id, verdict, kind, family, subject, about,"
        " own, language, closes_at) select %(key)s, coalesce((select e.event_id from radar_items e"
        "  join comments c using (comment_key), comments me where me.comment_key = %(key)s"
        "  and e.subject = %(subject)s and e.family = %(family)s and e.comment_key <> %(key)s"
        "  and c.created_at between me.created_at - %(within)s and me.created_at + %(within)s"
        "  order by c.created_at limit 1), %(key)s), %(verdict)s, %(kind)s, %(family)s,"
        " %(subject)s, %(about)s, %(own)s, %(language)s, %(closes_at)s"
        " on conflict (comment_key) do update set event_id = excluded.event_id,"
        " verdict = excluded.verdict, kind = excluded.kind, family = excluded.family,"
        " subject = excluded.subject, about = excluded.about, own = excluded.own,"
        " language = excluded.language, closes_at = excluded.closes_at",
        {**vars(item), "key": event.comment_key, "within": ONE_EVENT},
    )
    await connection.execute(
        "insert into radar_words (comment_key, signs, draft) values (%s, %s, %s)"
        " on conflict (comment_key) do update set signs = excluded.signs, draft = excluded.draft",
        [event.comment_key, Jsonb([list(one) for one in item.signs]), item.draft],
    )
    return True


async def take_back(connection: Connection, event: OfComment, now: datetime) -> None:
    """Close what an earlier text of the post was offered for."""
    await connection.execute(
        "update opportunities set closed_at = %s, closed_why = 'edited' where comment_key = %s"
        " and radar and closed_at is null and revision < %s",
        [now, event.comment_key, event.revision],
    )
