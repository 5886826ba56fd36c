"""The books: every comment that came in stands in exactly one place, or the books do not balance.

Each figure is counted where its own service wrote it, never as the rest of a subtraction.
"""

from dataclasses import dataclass, field

from services.kit.db import Connection
from services.store.intake import comments_seen


@dataclass(frozen=True)
class Books:
    """Comments by where they stand."""

    received: int
    """Comments seen at the door, each once however often it was delivered, readable or not."""
    decided: int
    open: int
    muted: int
    dead: int
    dropped: dict[str, int] = field(default_factory=dict)
    """By reason: `private`, `own_reply`, `watched_page`; `joined` to a later message of the same
    burst, which is open; `deleted`, `locked`, `blocked`, and
    `hidden`, which come back when the network lets them."""
    lanes: dict[str, int] = field(default_factory=dict)
    """Open comments by lane."""

    @property
    def accounted(self) -> int:
        return self.decided + self.open + self.muted + self.dead + sum(self.dropped.values())

    @property
    def balanced(self) -> bool:
        return self.received == self.accounted


async def read_books(connection: Connection) -> Books:
    """Count everything in one snapshot."""
    async with connection.transaction():
        await connection.execute("set transaction isolation level repeatable read, read only")
        received = await comments_seen(connection)
        status = await _counts(
            connection,
            "select case when status = 'paused' then 'hidden' when status <> 'cancelled'"
            " then status when note in ('blocked', 'locked') then note else 'deleted' end,"
            " count(*) from items group by 1",
        )
        lanes = await _counts(
            connection, "select lane, count(*) from items where status = 'open' group by 1"
        )
        dropped = await _counts(
            connection,
            # a comment may be seen twice, public first and dropped later: then it is an item
            "select dropped, count(distinct comment_key) from intake i where dropped is not null"
            " and not exists (select from comments c where c.comment_key = i.comment_key"
            " and c.watch_id is not null)"
            " and not exists (select from items where comment_key = i.comment_key) group by 1",
        )
        unreadable = await _number(
            connection,
            "select count(*) from dead_letters where consumer = 'ingest'"
            " and settlement is distinct from 'requeued'",
        )
        dead = unreadable + await _number(
            connection,
            "select count(distinct comment_key) from dead_letters i"
            " where comment_key is not null and consumer <> 'ingest'"
            " and not exists (select from comments c where c.comment_key = i.comment_key"
            " and c.watch_id is not null)"
            " and settlement is distinct from 'requeued'"
            " and not exists (select from items where comment_key = i.comment_key)",
        )
    for reason in ("deleted", "locked", "blocked", "hidden", "joined"):
        if count := status.get(reason, 0):
            dropped[reason] = count
    return Books(
        received=received + unreadable,
        decided=status.get("decided", 0),
        open=status.get("open", 0),
        muted=status.get("muted", 0),
        dead=dead,
        dropped=dropped,
        lanes=lanes,
    )


async def _number(connection: Connection, query: str) -> int:
    row = await (await connection.execute(query.encode())).fetchone()
    return int(row[0]) if row else 0


async def _counts(connection: Connection, query: str) -> dict[str, int]:
    return {key: count async for key, count in await connection.execute(query.encode())}
