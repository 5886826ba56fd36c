"""What a draft knows of the conversation above it."""

from datetime import timedelta

from services.kit.db import Pool
from services.store.drafts import read_thread_before
from tests.world import World


async def said(pool: Pool, comment_key: str) -> list[tuple[str, bool]]:
    async with pool.connection() as connection:
        turns = await read_thread_before(connection, comment_key)
    return [(turn.text, turn.ours) for turn in turns]


async def test_what_stands_above_is_known_however_long_the_thread_is(world: World) -> None:
    first = await world.comment("Gilt das für Mieter?", ago=timedelta(hours=9))
    ours = await world.comment(
        "Ja, auch für Mieter.", is_self=True, parent=first, ago=timedelta(hours=8)
    )
    for number in range(30):
        await world.comment(f"Etwas anderes {number}", ago=timedelta(hours=7, minutes=-number))
    asked = await world.comment("Und ab wann?", parent=ours)
    turns = await said(world.pool, asked.comment_key)
    assert turns[:2] == [("Gilt das für Mieter?", False), ("Ja, auch für Mieter.", True)]
    assert turns[-1] == ("Etwas anderes 29", False)
    assert len(turns) == 14


async def test_what_is_deleted_and_what_comes_later_is_not_told(world: World) -> None:
    """INVARIANT: no model is shown what its author took back."""
    gone = await world.comment("Das war voreilig", ago=timedelta(hours=2))
    await world.delete(gone)
    asked = await world.comment("Wann beginnt es?", parent=gone, ago=timedelta(hours=1))
    await world.comment("Später gesagt")
    assert await said(world.pool, asked.comment_key) == []


async def test_circles_of_replies_end(world: World) -> None:
    asked = await world.comment("Wer war zuerst?", parent_id="c1")
    assert await said(world.pool, asked.comment_key) == []
