"""What ingest writes: comments, their revisions, their authors, and the log of the door."""

from dataclasses import dataclass
from datetime import datetime

from psycopg.rows import class_row

from services.kit.db import Connection


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
    """Write the event into the door's log; False when it was there already."""
    done = await connection.execute(
        "insert into intake (source, event_id, comment_key, type, dropped, seen_at)"
        " values (%s, %s, %s, %s, %s, %s) on conflict do nothing",
        [source, event_id, comment_key, type_, dropped, now],
    )
    return done.rowcount == 1


@dataclass(frozen=True)
class KnownComment:
    """What the door must know of a comment to judge the next event about it."""

    revision: int
    revised_at: datetime
    deleted: bool


async def lock_comment(connection: Connection, comment_key: str) -> KnownComment | None:
    """Return the comment, held against other writers until the transaction ends."""
    async with connection.cursor(row_factory=class_row(KnownComment)) as cursor:
        await cursor.execute(
            "select revision, revised_at, deleted_at is not null as deleted"
            " from comments where comment_key = %s for update",
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
    """Store page and thread unless they stand; a page's new name or relation is taken over."""
    await connection.execute(
        "insert into pages (page_key, network, native_id, name, relation, url)"
        " values (%(page_key)s, %(network)s, %(page_id)s, %(page_name)s, %(relation)s,"
        " %(page_url)s) on conflict (page_key) do update set name = excluded.name,"
        " relation = excluded.relation where (pages.name, pages.relation)"
        " is distinct from (excluded.name, excluded.relation)",
        vars(thread),
    )
    await connection.execute(
        "insert into threads (thread_key, network, page_key, root_id, root_text, root_url,"
        " first_seen) values (%(thread_key)s, %(network)s, %(page_key)s, %(root_id)s,"
        " %(root_text)s, %(root_url)s, %(now)s) on conflict (thread_key) do update"
        " set root_text = excluded.root_text"
        " where threads.root_text <> excluded.root_text and excluded.root_text <> ''",
        {**vars(thread), "now": now},
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


async def insert_comment(connection: Connection, row: CommentRow, now: datetime) -> bool:
    """Store a comment with its first revision; False when another event was faster."""
    values = {**vars(row), "now": now}
    done = await connection.execute(
        "insert into comments (comment_key, network, native_id, connection, thread_key, parent_id,"
        " author_key, is_self, url, visibility, created_at, first_seen, revision, native_revision,"
        " revised_at, deleted_at) values (%(comment_key)s, %(network)s, %(native_id)s,"
        " %(connection)s, %(thread_key)s, %(parent_id)s, %(author_key)s, %(is_self)s, %(url)s,"
        " %(visibility)s, %(created_at)s, %(now)s, 1, %(native_revision)s, %(revised_at)s,"
        " %(deleted_at)s) on conflict (comment_key) do nothing",
        values,
    )
    if done.rowcount == 0:
        return False
    if row.deleted_at is None:
        await _keep_author(connection, row)
        await _keep_revision(connection, row, 1, now)
    return True


async def revise_comment(
    connection: Connection, row: CommentRow, revision: int, now: datetime
) -> None:
    """Make this revision the comment's newest; earlier ones stay in the log."""
    await connection.execute(
        "update comments set revision = %s, native_revision = %s, revised_at = %s"
        " where comment_key = %s",
        [revision, row.native_revision, row.revised_at, row.comment_key],
    )
    await _keep_revision(connection, row, revision, now)


async def has_revision(connection: Connection, comment_key: str, native_revision: str) -> bool:
    """True when this text of the comment is stored already."""
    found = await connection.execute(
        "select from comment_revisions where comment_key = %s and native_revision = %s",
        [comment_key, native_revision],
    )
    return await found.fetchone() is not None


async def erase_comment(connection: Connection, comment_key: str, now: datetime) -> None:
    """Mark the comment deleted and erase its texts and what was computed from them."""
    await connection.execute(
        "update comments set deleted_at = %s where comment_key = %s and deleted_at is null",
        [now, comment_key],
    )
    await connection.execute("delete from comment_revisions where comment_key = %s", [comment_key])


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
        " values (%s, %s, %s, %s, %s) on conflict do nothing",
        [row.comment_key, revision, row.native_revision, row.text, now],
    )


async def is_reply_to_us(connection: Connection, network: str, parent_id: str | None) -> bool:
    """True when the parent is a reply of ours, posted through here or by hand."""
    found = await connection.execute(
        "select from comments where network = %(network)s and native_id = %(parent)s and is_self"
        " union all select from deliveries where network = %(network)s and native_id = %(parent)s",
        {"network": network, "parent": parent_id},
    )
    return await found.fetchone() is not None


async def comments_seen(connection: Connection) -> int:
    """Return how many different comments the door has seen."""
    row = await (
        await connection.execute("select count(distinct comment_key) from intake")
    ).fetchone()
    return int(row[0]) if row else 0
