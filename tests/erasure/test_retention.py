"""Words go some time after nobody has touched them; what was decided and counted stays."""

import asyncio
from datetime import UTC, datetime, timedelta

from services.ingest.erase import Eraser
from services.ingest.intake import Intake
from services.ingest.retiring import retire_due
from services.kit.db import Pool, transaction
from services.store import retention
from services.store.books import read_books
from tests.erasure.test_erase import approved
from tests.ingest.events import event, everything, outcomes
from tests.review.reading import read_item, rows
from tests.world import World

DAY = timedelta(days=1)


async def keep(
    pool: Pool, days: int | None, page: str | None = None, what: retention.What = "comments"
) -> None:
    async with transaction(pool) as connection:
        assert await retention.add_rule(connection, what, page, days, "test")


async def let_go(pool: Pool, eraser: Eraser, now: datetime) -> int:
    """Look from two instances at once, and erase what is ordered."""
    ordered = 0
    while found := sum(await asyncio.gather(retire_due(pool, now), retire_due(pool, now))):
        ordered += found
    while await eraser.work(now):
        pass
    return ordered


async def test_a_thread_goes_when_nobody_has_touched_it_for_so_long(
    pool: Pool, world: World, eraser: Eraser
) -> None:
    """INVARIANT: nothing goes before its time, and what was decided stays decided."""
    now = datetime.now(UTC)
    old = await world.item("Altes Birkenau", author="Ole", thread="post-1", ago=40 * DAY)
    waits = await world.item("Offenes Birkenau", author="Ada", thread="post-2", ago=40 * DAY)
    young = await world.item("Neues Linde", author="Mira", thread="post-3", ago=5 * DAY)
    touched = await world.item("Altes Linde", author="Ute", thread="post-4", ago=40 * DAY)
    other = await world.item(
        "Fernes Linde", author="Eva", thread="post-5", page="Zweite Seite", ago=40 * DAY
    )
    await rows(pool, "update routings set routed_at = now() - interval '40 days' returning 1")
    await world.posted(old, await approved(pool, old, "Zehn Prozent."))
    await approved(pool, touched, "Acht Prozent.")
    await set_back(pool, old.comment_key)
    assert await let_go(pool, eraser, now) == 0
    await keep(pool, 30)
    ((second,),) = await rows(pool, "select page_key from pages where name = 'Zweite Seite'")
    await keep(pool, 0, second)
    async with pool.connection() as connection:
        house, *pages = await retention.read_rules(connection, now)
        due = await retention.read_due(connection, now, 10)
    async with pool.connection() as connection:
        before = await read_books(connection)
    assert (house.days, house.held, house.soon) == (30, 5, 3)
    assert [(one.name, one.days, one.held) for one in pages] == [
        ("Stiftung Regenlinde", None, 4), ("Zweite Seite", 0, 1),
    ]  # fmt: skip
    assert {one.thread_key for one in due} == {old.thread_key, waits.thread_key}
    assert await let_go(pool, eraser, now) == 2
    left = await everything(pool)
    for words in ("Birkenau", "Ole", "Ada"):
        assert words not in left, words
    for words in ("Neues Linde", "Altes Linde", "Fernes Linde", "Zehn Prozent."):
        assert words in left, words
    for one in (old, waits, young, touched, other):
        await world.show(one)
    assert (await read_item(pool, old.comment_key)).status == "decided"
    assert (await read_item(pool, waits.comment_key)).status == "cancelled"
    assert (await read_item(pool, young.comment_key)).status == "open"
    async with pool.connection() as connection:
        after = await read_books(connection)
    assert (after.received, after.decided) == (before.received, before.decided)
    assert await let_go(pool, eraser, now) == 0
    await keep(pool, None, second)
    assert await let_go(pool, eraser, now) == 1


async def set_back(pool: Pool, comment_key: str) -> None:
    """Let what was decided about a comment be long ago."""
    async with transaction(pool) as connection:
        await connection.execute("alter table decisions disable trigger append_only")
        await connection.execute(
            "update decisions set decided_at = decided_at - interval '40 days'"
            " where comment_key = %s",
            [comment_key],
        )
        await connection.execute("alter table decisions enable trigger append_only")


async def test_words_of_decisions_go_later_and_their_figures_stay(
    pool: Pool, world: World, eraser: Eraser
) -> None:
    """INVARIANT: when the words of decisions go, how many drafts were edited is still known."""
    asked = await world.item("Wie hoch?", author="Ole")
    await world.posted(asked, await approved(pool, asked, "Zehn Prozent."))
    flying = await world.item("Und noch?", author="Ada", thread="post-2")
    await approved(pool, flying, "Neun Prozent.")
    for one in (asked, flying):
        await set_back(pool, one.comment_key)
    now = datetime.now(UTC)
    await keep(pool, 30, what="records")
    async with pool.connection() as connection:
        assert await retention.count_old_records(connection, now) == 1
    assert await let_go(pool, eraser, now) == 1
    texts = await rows(pool, "select text, edited, action from decisions order by number")
    assert texts == [("", True, "approve"), ("Neun Prozent.", None, "approve")]
    assert await rows(pool, "select text from drafts order by created_at limit 1") == [("",)]


async def test_a_word_in_time_keeps_a_thread(pool: Pool, intake: Intake, eraser: Eraser) -> None:
    await outcomes(intake, event(native_id="c1"))
    await rows(pool, "update comments set first_seen = now() - interval '40 days' returning 1")
    await keep(pool, 30)
    now = datetime.now(UTC)
    await outcomes(intake, event(native_id="c2", parent_id="c1", author="ole", minute=1))
    assert await let_go(pool, eraser, now) == 0
    assert await let_go(pool, eraser, now + 31 * DAY) == 1
    assert await outcomes(intake, event(native_id="c1"), event("edited", revision="2")) == [
        "erased", "erased",
    ]  # fmt: skip
