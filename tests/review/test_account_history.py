"""What an account said to us: shown beside an item, limited, never over pages; and erased."""

import re
from collections.abc import Collection
from datetime import UTC, datetime, timedelta

from schemas.comments import Reason
from services.commands.forget import erase
from services.ingest.erase import Eraser
from services.kit.db import Pool
from services.store.account_history import MOST, Remark, read_remarks
from services.store.erasure_preview import Target, order_of
from tests.review.hearing import Hear
from tests.review.reading import path, promised, read_item, rows
from tests.review.room import Room
from tests.review.test_muting import suggest
from tests.world import Seeded, World

HOUR = timedelta(hours=1)
YEAR = timedelta(days=365)


async def remarks(pool: Pool, seeded: Seeded) -> list[Remark]:
    async with pool.connection() as connection:
        return await read_remarks(connection, seeded.comment_key, since=datetime.now(UTC) - YEAR)


async def test_the_page_shows_what_the_account_said_and_what_we_answered(room: Room) -> None:
    jule, world = await room.colleague(), room.world
    asked = await world.item(
        "Wann beginnt ihr?", author="Klaus", thread="post-0", post="Wir pflanzen Linden.", ago=HOUR
    )
    await jule.post(path(asked, "/approve"), revision=1, text="Am 3. März.")
    [(decision_id,)] = await rows(room.pool, "select decision_id from decisions")
    await world.posted(asked, decision_id)
    older = await world.item("Schön hier.", author="Klaus", lane="acknowledge", ago=3 * HOUR)
    await world.comment("Danke!", parent=older, is_self=True, ago=2 * HOUR)
    comment = await world.item("Und wo genau?", author="Klaus")
    await world.item("Von jemand anderem.", author="Mira")
    html = (await jule.get(path(comment))).text
    shown = html[html.index('<div id="remarks">') :]
    for part in ("Wann beginnt ihr?", "Wir pflanzen Linden.", "Am 3. März.", "freigegeben von Jule",
                 "Schön hier.", "In diesem Gespräch", "Danke!"):  # fmt: skip
        assert part in shown, part
    assert shown.index("Wann beginnt ihr?") < shown.index("Schön hier.")
    assert "Von jemand anderem." not in shown
    assert 'data-key="p"' in html
    live = (await jule.get(path(comment, "/live"))).text
    assert re.search(r'<div id="remarks" hx-swap-oob="innerHTML">.*Am 3\. März\.', live, re.DOTALL)


async def test_nothing_is_gathered_over_pages_or_from_pages_of_others(
    pool: Pool, world: World
) -> None:
    """INVARIANT: an account's words on one page never stand beside those on another."""
    here = await world.item("Hier", author="Klaus")
    there = await world.item("Dort", author="Klaus", page="Zweite Seite", thread="post-9")
    assert await remarks(pool, here) == await remarks(pool, there) == []
    await world.item("Noch einmal hier", author="Klaus", thread="post-2")
    assert [one.text for one in await remarks(pool, here)] == ["Noch einmal hier"]
    await rows(pool, "update pages set relation = 'news' returning page_key")
    assert await remarks(pool, here) == []


async def test_it_is_limited_and_holds_nothing_deleted(pool: Pool, world: World) -> None:
    latest = await world.item("Neu", author="Klaus")
    for number in range(MOST + 3):
        await world.comment(f"Alt {number}", author="Klaus", ago=number * HOUR + HOUR)
    await world.comment("Uralt", author="Klaus", ago=2 * YEAR)
    await world.delete(await world.comment("Weg", author="Klaus", ago=HOUR / 2))
    found = [one.text for one in await remarks(pool, latest)]
    assert found == [f"Alt {number}" for number in range(MOST)]


async def forget(pool: Pool, seeded: Seeded) -> int:
    async def nothing(_: Collection[str]) -> None:
        """No dead letter stands on the bus."""

    target = Target(seeded.comment_key, seeded.row.author_key)
    order = order_of(
        target, "account", erasure_id="e" * 32, by="test", packages=False, now=datetime.now(UTC)
    )
    assert order is not None
    return await erase(pool, Eraser(pool, b"a key for tests only", nothing), order)


async def test_an_account_is_forgotten_with_all_that_was_made_of_its_words(
    pool: Pool, world: World, hear: Hear
) -> None:
    """INVARIANT: after an erasure no word of the account is left, and nobody else lost one."""
    reason = Reason(rule="possibly_illegal", detail="MARKER")
    first = await world.comment("MARKER eins", author="Klaus MARKER", thread="post-7")
    await world.route(first, reasons=[reason])
    await world.draft(first, "Danke für MARKER.")
    await world.show(first)
    second = await world.item("MARKER zwei", author="Klaus MARKER", page="Zweite Seite")
    other = await world.item("Bleibt stehen", author="Mira")
    await suggest(pool, second)
    assert await forget(pool, second) == 2
    for _, body, _ in await promised(pool):
        assert body["comment_key"] in (first.comment_key, second.comment_key)
    for seeded in (first, second):
        await hear(seeded.deleted())
        assert (await read_item(pool, seeded.comment_key)).status == "cancelled"
    tables = await rows(
        pool,
        "select table_name from information_schema.tables where table_schema = current_schema()"
        " and table_type = 'BASE TABLE'",
    )
    for (table,) in tables:
        found = await rows(pool, f"select from {table} t where t::text like '%%MARKER%%'")
        assert not found, table
    assert (await read_item(pool, other.comment_key)).status == "open"
    assert await rows(pool, "select text from comment_revisions") == [("Bleibt stehen",)]
