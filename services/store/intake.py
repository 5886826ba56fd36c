"""What ingest writes: comments, their revisions, their authors, and the log of the door."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from psycopg.rows import class_row

from services.kit.db import Connection

_DERIVED = (
    "comment_revisions", "comment_vectors", "post_figures", "post_readings", "post_looks", "trials",
    "replay_results",
    "radar_words",
)  # fmt: skip
"""Where a comment's words stand, and what was made of them."""
DOOR_LOCK = 0x0D1A_D002
"""Advisory lock of whoever takes events in."""


async def read_cursor(connection: Connection, source: str) -> str | None:
    """Return where the connection stopped reading, None at the very first start."""
    row = await (
        await connection.execute("select cursor from cursors where connection = %s", [source])
    ).fetchone()
    return str(row[0]) if row else None


async def save_cursor(connection: Connection, source: str, cursor: str, now: datetime) -> None:
    """Remember how far the connection was read, in the transaction that stored the events."""
    await connection.execute(
        "insert into cursors (connection, cursor, updated_at) values (%s, %s, %s)"
        " on conflict (connection) do update set cursor = excluded.cursor,"
        " updated_at = excluded.updated_at",
        [source, cursor, now],
    )


async def enter(connection: Connection) -> None:
    """Wait for the door: until the transaction ends no other one takes events in.

    Events about the same comments, threads and authors come in any order from any instance; one at
    a time they cannot lock each other out or see half of one another.
    """
    await connection.execute("select pg_advisory_xact_lock(%s)", [DOOR_LOCK])


async def note_event(
    connection: Connection,
    *,
    source: str,
    event_id: str,
    comment_key: str,
    type_: str,
    dropped: str | None,
    now: datetime,
) -> bool:
    """Write the event into the door's log; False when it was there already.

    A comment on a watched page may come before the reply of ours that it answers: what was dropped
    for that is news when it is told again.
    """
    done = await connection.execute(
        "insert into intake (source, event_id, comment_key, type, dropped, seen_at)"
        " values (%s, %s, %s, %s, %s, %s) on conflict (source, event_id) do update"
        " set dropped = excluded.dropped where intake.dropped = 'watched_page'"
        " and excluded.dropped is distinct from 'watched_page'",
        [source, event_id, comment_key, type_, dropped, now],
    )
    return done.rowcount == 1


async def saw_deletion(connection: Connection, comment_key: str) -> bool:
    """True when the door heard of the comment's deletion before it heard of the comment."""
    found = await connection.execute(
        "select from intake where comment_key = %s and type = 'comment.deleted.v1'", [comment_key]
    )
    return await found.fetchone() is not None


@dataclass(frozen=True)
class KnownComment:
    """What the door must know of a comment to judge the next event about it."""

    thread_key: str
    revision: int
    revised_at: datetime
    """When the network said what is stored: the newest text or, afterwards, its deletion."""
    is_self: bool
    deleted: bool
    watch_id: str | None = None
    """The watch that found it; None for what is said to us."""


async def lock_comment(connection: Connection, comment_key: str) -> KnownComment | None:
    """Return the comment, held against other writers until the transaction ends."""
    async with connection.cursor(row_factory=class_row(KnownComment)) as cursor:
        await cursor.execute(
            "select thread_key, revision, revised_at, is_self, deleted_at is not null as deleted,"
            " watch_id from comments where comment_key = %s for no key update",
            [comment_key],
        )
        return await cursor.fetchone()


@dataclass(frozen=True)
class ThreadRow:
    """A thread under a page, as the network showed it."""

    thread_key: str
    network: str
    root_id: str
    root_text: str
    root_url: str | None
    page_key: str
    page_id: str
    page_name: str
    relation: str
    page_url: str | None


async def keep_thread(connection: Connection, thread: ThreadRow, now: datetime) -> None:
    """Store page and thread, or take over what changed: a page's name or relation, a root's text.

    Rows that say the same already are not locked: review holds threads while people decide.
    """
    values = {**vars(thread), "now": now}
    same = await connection.execute(
        "select from threads join pages using (page_key) where thread_key = %(thread_key)s"
        " and (name, relation) = (%(page_name)s, %(relation)s)"
        " and %(root_text)s in (root_text, '')",
        values,
    )
    if await same.fetchone():
        return
    await connection.execute(
        "insert into pages (page_key, network, native_id, name, relation, url)"
        " values (%(page_key)s, %(network)s, %(page_id)s, %(page_name)s, %(relation)s,"
        " %(page_url)s) on conflict do nothing",
        values,
    )
    await connection.execute(
        "update pages set name = %(page_name)s, relation = %(relation)s"
        " where page_key = %(page_key)s"
        " and (name, relation) is distinct from (%(page_name)s, %(relation)s)",
        values,
    )
    await connection.execute(
        "insert into threads (thread_key, network, page_key, root_id, root_text, root_url,"
        " first_seen) values (%(thread_key)s, %(network)s, %(page_key)s, %(root_id)s,"
        " %(root_text)s, %(root_url)s, %(now)s) on conflict do nothing",
        values,
    )
    await connection.execute(
        "update threads set root_text = %(root_text)s where thread_key = %(thread_key)s"
        " and root_text <> %(root_text)s and %(root_text)s <> ''",
        values,
    )


@dataclass(frozen=True)
class CommentRow:
    """A comment in one revision, ready to store."""

    comment_key: str
    network: str
    native_id: str
    connection: str
    thread_key: str
    parent_id: str | None
    author_key: str
    author_id: str
    author_name: str
    author_handle: str
    is_self: bool
    url: str | None
    visibility: str
    created_at: datetime
    native_revision: str
    revised_at: datetime
    text: str
    deleted_at: datetime | None = None
    watch_id: str | None = None


async def insert_comment(connection: Connection, row: CommentRow, now: datetime) -> None:
    """Store a comment nobody knows yet, with its first revision unless it is deleted already."""
    await connection.execute(
        "insert into comments (comment_key, network, native_id, connection, thread_key, parent_id,"
        " author_key, is_self, url, visibility, created_at, first_seen, revision, native_revision,"
        " revised_at, deleted_at, watch_id) values (%(comment_key)s, %(network)s, %(native_id)s,"
        " %(connection)s, %(thread_key)s, %(parent_id)s, %(author_key)s, %(is_self)s, %(url)s,"
        " %(visibility)s, %(created_at)s, %(now)s, 1, %(native_revision)s, %(revised_at)s,"
        " %(deleted_at)s, %(watch_id)s)",
        {**vars(row), "now": now},
    )
    if row.deleted_at is None:
        await _keep_author(connection, row)
        await _keep_revision(connection, row, 1, now)


async def revise_comment(
    connection: Connection, row: CommentRow, revision: int, now: datetime
) -> None:
    """Make this revision the comment's newest, also of a deleted one; earlier ones stay."""
    await connection.execute(
        "update comments set revision = %s, native_revision = %s, revised_at = %s, visibility = %s,"
        " deleted_at = null where comment_key = %s",
        [revision, row.native_revision, row.revised_at, row.visibility, row.comment_key],
    )
    await _keep_author(connection, row)
    await _keep_revision(connection, row, revision, now)


async def has_revision(connection: Connection, comment_key: str, native_revision: str) -> bool:
    """True when this text of the comment is stored already."""
    found = await connection.execute(
        "select from comment_revisions where comment_key = %s and native_revision = %s",
        [comment_key, native_revision],
    )
    return await found.fetchone() is not None


async def erase_comments(
    connection: Connection,
    comment_keys: Sequence[str],
    now: datetime,
    *,
    said_at: datetime | None = None,
) -> None:
    """Mark comments deleted and erase their texts and what was computed from them.

    An author's name goes too when nothing else of theirs stands. `said_at` is the network's time.
    """
    keys = list(comment_keys)
    await connection.execute(
        "update comments set deleted_at = %s, revised_at = greatest(revised_at, %s)"
        " where comment_key = any(%s) and deleted_at is null",
        [now, said_at, keys],
    )
    await connection.execute(
        "update threads t set root_text = '' from comments c where c.comment_key = any(%s)"
        " and c.watch_id is not null and t.thread_key = c.thread_key and t.root_text <> ''",
        [keys],
    )
    for table in _DERIVED:
        await connection.execute(f"delete from {table} where comment_key = any(%s)", [keys])  # noqa: S608 - constants
    await connection.execute(
        "delete from authors a using comments c where c.comment_key = any(%s)"
        " and a.author_key = c.author_key and not exists (select from comments other"
        " where other.author_key = c.author_key and other.deleted_at is null)",
        [keys],
    )


async def retire(connection: Connection, comment_keys: Collection[str], now: datetime) -> None:
    """Note that the time of erased comments was over: what was decided about them stays decided."""
    await connection.execute(
        "update comments set retired_at = %s where comment_key = any(%s) and retired_at is null",
        [now, list(comment_keys)],
    )


async def _keep_author(connection: Connection, row: CommentRow) -> None:
    await connection.execute(
        "insert into authors (author_key, network, native_id, display_name, handle)"
        " values (%(author_key)s, %(network)s, %(author_id)s, %(author_name)s, %(author_handle)s)"
        " on conflict (author_key) do update set display_name = excluded.display_name,"
        " handle = excluded.handle where (authors.display_name, authors.handle)"
        " is distinct from (excluded.display_name, excluded.handle)",
        vars(row),
    )


async def _keep_revision(
    connection: Connection, row: CommentRow, revision: int, now: datetime
) -> None:
    await connection.execute(
        "insert into comment_revisions (comment_key, revision, native_revision, text, seen_at)"
        " values (%s, %s, %s, %s, %s)",
        [row.comment_key, revision, row.native_revision, row.text, now],
    )


async def comments_seen(connection: Connection) -> int:
    """Return how many different comments the door has seen, posts of watched pages apart."""
    row = await (
        await connection.execute(
            "select count(distinct comment_key) from intake i where not exists (select from"
            " comments c where c.comment_key = i.comment_key and c.watch_id is not null)"
        )
    ).fetchone()
    return int(row[0]) if row else 0
