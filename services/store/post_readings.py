"""What outreach finds in posts of watched pages."""

from dataclasses import dataclass
from datetime import datetime

from psycopg.rows import class_row

from schemas.comments import OfComment
from services.kit.db import Connection


@dataclass(frozen=True)
class PostToRead:
    """One stored revision of a post, if it is still the newest and not deleted."""

    text: str
    topics: list[str]
    """What the watch that found it is about, as a person entered it."""


async def read_post(connection: Connection, event: OfComment) -> PostToRead | None:
    """Return the post's text; None when it was edited, deleted or is watched no longer."""
    async with connection.cursor(row_factory=class_row(PostToRead)) as cursor:
        await cursor.execute(
            "select r.text, w.topics from comments c join comment_revisions r"
            " using (comment_key, revision) join watches w using (watch_id)"
            " where c.comment_key = %s and c.revision = %s and c.deleted_at is null"
            " and w.removed_at is null",
            [event.comment_key, event.revision],
        )
        return await cursor.fetchone()


@dataclass(frozen=True)
class PostReading:
    """How near a post is to what we publish, which topics it names, and what it is like."""

    comment_key: str
    revision: int
    space: str
    nearness: float
    publication_id: str | None
    passage_id: int | None
    topics: list[str]
    language: str
    asks: bool
    off: bool
    """Of a kind under which a word of ours is out of place."""


async def save_reading(connection: Connection, reading: PostReading, now: datetime) -> None:
    """Store what was found in the newest revision, unless the post was deleted meanwhile."""
    await connection.execute(
        "insert into post_readings (comment_key, revision, space, nearness, publication_id,"
        " passage_id, topics, language, asks, off, read_at) select comment_key, revision,"
        " %(space)s, %(nearness)s, %(publication_id)s, %(passage_id)s, %(topics)s, %(language)s,"
        " %(asks)s, %(off)s, %(now)s"
        " from comments where comment_key = %(comment_key)s and revision = %(revision)s"
        " and deleted_at is null for share on conflict (comment_key) do update"
        " set revision = excluded.revision, space = excluded.space,"
        " nearness = excluded.nearness, publication_id = excluded.publication_id,"
        " passage_id = excluded.passage_id, topics = excluded.topics,"
        " language = excluded.language, asks = excluded.asks, off = excluded.off,"
        " read_at = excluded.read_at",
        {**vars(reading), "now": now},
    )


async def forget_reading(connection: Connection, comment_key: str) -> None:
    """Erase what was found in a post."""
    await connection.execute("delete from post_readings where comment_key = %s", [comment_key])
