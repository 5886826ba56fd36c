"""The books must notice a comment that got lost between two services."""

from datetime import UTC, datetime

from services.demo.report import books_lines
from services.kit.db import Pool, transaction
from services.store.books import Books, read_books
from services.store.intake import note_event
from tests.world import Seeded, World


async def seen(pool: Pool, seeded: Seeded, *, dropped: str | None = None, event: str = "1") -> None:
    """Note in the door's log that the comment came in."""
    async with transaction(pool) as connection:
        await note_event(
            connection, source="sandbox:test", event_id=f"{seeded.comment_key}#{event}",
            comment_key=seeded.comment_key, type_="comment.received.v1", dropped=dropped,
            now=datetime.now(UTC),
        )  # fmt: skip


async def books(pool: Pool) -> Books:
    async with pool.connection() as connection:
        return await read_books(connection)


async def test_a_comment_that_no_service_holds_unbalances_the_books(pool: Pool) -> None:
    """INVARIANT: a comment that was stored and then forgotten shows as a difference."""
    world = World(pool)
    waiting = await world.item("Wer fördert das?")
    await world.show(waiting)
    await seen(pool, waiting)
    assert (await books(pool)).balanced

    forgotten = await world.comment("Und wann?")
    await seen(pool, forgotten)
    unbalanced = await books(pool)
    assert not unbalanced.balanced
    assert (unbalanced.received, unbalanced.accounted) == (2, 1)
    assert "NOT BALANCED" in books_lines(unbalanced)[-1]


async def test_a_comment_counts_once_however_often_it_comes(pool: Pool) -> None:
    world = World(pool)
    waiting = await world.item("Wer fördert das?")
    await world.show(waiting)
    for event in ("1", "2", "del"):
        await seen(pool, waiting, event=event)
    assert (await books(pool)).received == 1


async def test_dropped_and_deleted_comments_have_their_reasons(pool: Pool) -> None:
    world = World(pool)
    private, deleted = await world.comment("x"), await world.item("y")
    await seen(pool, private, dropped="private")
    await seen(pool, deleted)
    await world.delete(deleted)
    await world.show(deleted)
    found = await books(pool)
    assert found.dropped == {"private": 1, "deleted": 1}
    assert found.balanced
