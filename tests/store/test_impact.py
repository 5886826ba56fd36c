"""What became of citations is counted by the database, whatever happens in whatever order."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from services.kit.db import Pool, transaction
from services.kit.servers.readiness import until
from services.review import actions, relane, undoing
from services.store.accounts import add_account
from services.store.impact import Impact, read_impact
from tests.review.reading import rows
from tests.world import Seeded, World, source

ME = "1" * 32
PUBLICATION = source().publication_id


@pytest.fixture
async def world(pool: Pool) -> World:
    async with transaction(pool) as connection:
        await add_account(
            connection, account_id=ME, name="Jule", password_hash="", language="de", role="admin"
        )
        await connection.execute(
            "insert into publications (publication_id, name, title, language, digest, edition,"
            " indexed_at) values (%s, 'a', 'a', 'de', '', 1, now())",
            [PUBLICATION],
        )
        await connection.execute(
            "insert into passages (publication_id, edition, position, text, digest, grams,"
            " gram_count) values (%s, 1, 0, 'x', 'x', '', 0)",
            [PUBLICATION],
        )
    return World(pool)


async def figures(pool: Pool) -> Impact | None:
    """Return the publication's figures once what is stored is what counting anew finds."""
    kept = await rows(pool, "select * from citings order by comment_key")
    counted = await rows(
        pool,
        "select publication_id, comment_key, at, approved, edited, rejected, disputed"
        " from citings_now order by comment_key",
    )
    assert kept == counted
    async with pool.connection() as connection:
        return (await read_impact(connection, [PUBLICATION])).get(PUBLICATION)


async def approved(pool: Pool, one: Seeded, undo: timedelta = timedelta()) -> str:
    ((draft_id,),) = await rows(
        pool, "select draft_id from items where comment_key = %s", one.comment_key
    )
    await actions.approve(
        pool, ME, one.comment_key, text="Zehn.", revision=1, draft_id=draft_id, undo=undo
    )
    ((decision_id,),) = await rows(
        pool, "select decision_id from decisions where comment_key = %s", one.comment_key
    )
    return str(decision_id)


async def test_every_event_that_changes_a_figure_changes_it_at_once(
    pool: Pool, world: World
) -> None:
    """INVARIANT: the figures of a publication are those that counting everything anew gives."""
    assert await figures(pool) is None
    first, second, third = [await world.item(f"Wie hoch ist Anteil {n}?") for n in range(3)]
    assert await figures(pool) == Impact(3, 0, 0, 0, 0)
    decision_id = await approved(pool, first)
    await actions.reject(pool, ME, second.comment_key, reason="Passt nicht.", revision=1)
    await approved(pool, third, undo=timedelta(hours=1))
    assert await figures(pool) == Impact(3, 2, 2, 1, 0)
    await undoing.undo(pool, ME, third.comment_key)
    assert await figures(pool) == Impact(3, 1, 1, 1, 0)
    await world.posted(first, decision_id)
    below = await world.item(
        "Das stimmt nicht!", lane="discuss", kind="criticism", parent_id=f"r-{decision_id}"
    )
    assert await figures(pool) == Impact(3, 1, 1, 1, 1)
    await relane.relane(pool, ME, below.comment_key, "praise", revision=1)
    assert await figures(pool) == Impact(3, 1, 1, 1, 0)
    await relane.relane(pool, ME, below.comment_key, "attack", revision=1)
    assert await figures(pool) == Impact(3, 1, 1, 1, 1)


async def test_two_events_at_the_same_time_are_both_counted(pool: Pool, world: World) -> None:
    """INVARIANT: no figure is lost when two services write about one comment at once."""
    asked = await world.item()
    decision_id = await approved(pool, asked)
    below = await world.comment("Falsch!", parent_id=f"r-{decision_id}")
    await world.route(below, "discuss", "criticism")

    async def send() -> None:
        await world.posted(asked, decision_id)

    async with transaction(pool) as connection:
        await connection.execute(
            "insert into decisions (decision_id, action, comment_key, thread_key, account_id,"
            " decided_at, draft_id) select 'late', 'reject', comment_key, thread_key, account_id,"
            " %s, draft_id from decisions where decision_id = %s",
            [datetime.now(UTC), decision_id],
        )
        sending = asyncio.create_task(send())

        async def held_up() -> bool | None:
            waiting = await rows(
                pool,
                "select 1 from pg_locks where locktype = 'advisory' and not granted and"
                " database = (select oid from pg_database where datname = current_database())",
            )
            return bool(waiting) or None

        await asyncio.wait_for(until(held_up), 30)
    await sending
    await world.show(below)
    found = await figures(pool)
    assert found is not None
    assert (found.approved, found.disputed) == (1, 1)
