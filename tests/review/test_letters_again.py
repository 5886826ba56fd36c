"""A letter that was sent again and fails again; what a person may mean by some letters."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from schemas.streams import ROUTE_RECEIVED
from services.kit.bus import Bus
from services.kit.db import Pool, transaction
from services.kit.faults import Hopeless
from services.kit.outbox import Relay
from services.kit.servers.readiness import until
from services.kit.service import listening
from services.kit.telemetry import Telemetry
from services.review import handlers
from services.review.letters import settle_many
from services.review.refusals import Refused
from services.store.dead_letters import Choice, DeadLetter, add_dead_letter
from tests.kit.test_bus import handled_by, received
from tests.review.reading import rows
from tests.review.room import Room
from tests.review.test_letters import bury, send, settled

NOW = datetime(2026, 11, 9, 12, tzinfo=UTC)


async def hopeless(_: object) -> None:
    raise Hopeless("no")


async def waits(pool: Pool, attempts: int) -> None:
    """Wait until the one letter there is waits for a person after so many attempts."""

    async def look() -> bool | None:
        found = await rows(pool, "select attempts from dead_letters where settled_at is null")
        return found == [(attempts,)] or None

    async with asyncio.timeout(30):
        await until(look)


async def test_what_fails_again_is_the_same_letter(
    nats_url: str, database_url: str, pool: Pool
) -> None:
    """INVARIANT: a letter sent again is sent once, and its next failure makes no second one."""
    review = Bus(nats_url, service="review", telemetry=Telemetry("review"))
    handlers.listen(review, pool)
    async with listening(review), handled_by(nats_url, hopeless) as route:
        await route.publish(received())
        for attempts in (1, 2, 3):
            await waits(pool, attempts)
            ((dead_id,),) = await rows(pool, "select dead_id from dead_letters")
            sendings = [
                settle_many(pool, None, Choice([dead_id]), "requeued", note="") for _ in range(2)
            ]
            done = await asyncio.gather(*sendings, return_exceptions=True)
            assert {type(one) for one in done} == {Refused, int}, "two browsers at once"
            await Relay(pool, review, url=database_url).flush()
        await waits(pool, 4)
    found = await rows(pool, "select dead_id, first_failed_at < failed_at from dead_letters")
    assert found == [(f"{ROUTE_RECEIVED.name}:comments:1", True)]


async def test_a_letter_waits_on_the_bus_while_there_is_no_table_for_it(
    nats_url: str, pool: Pool
) -> None:
    """INVARIANT: what failed is listed once the database takes it, and neither lost nor doubled."""
    review = Bus(nats_url, service="review", telemetry=Telemetry("review"))
    handlers.listen(review, pool)
    async with transaction(pool) as connection:
        await connection.execute("alter table dead_letters rename to away")
    async with listening(review):
        jetstream = review.broker.connection.jetstream()
        await review.publish_raw("dead.comments.x", b"{", stream="dead", msg_id="route:comments:1")

        async def failed() -> bool | None:
            info = await jetstream.consumer_info("dead", "review_dead")
            return (info.num_redelivered or 0) > 0 or None

        async with asyncio.timeout(30):
            await until(failed)
        async with transaction(pool) as connection:
            await connection.execute("alter table away rename to dead_letters")
        await waits(pool, 1)
        assert (await jetstream.stream_info("dead")).state.messages == 1


@pytest.mark.parametrize("settlement", [None, "dropped", "requeued"])
async def test_names_that_a_new_bus_gives_again_hide_no_letter(
    pool: Pool, settlement: str | None
) -> None:
    """INVARIANT: after a restore with a new bus each dead letter is listed, and each once."""
    old = DeadLetter("x:comments:1", "x", "s", "comments", None, "old", 5, b"old", NOW)
    new = DeadLetter(
        "x:comments:1", "x", "s", "comments", None, "new", 2, b"new", NOW + timedelta(days=1)
    )
    async with transaction(pool) as connection:
        assert await add_dead_letter(connection, old)
        if settlement:
            await connection.execute(
                "update dead_letters set settled_at = failed_at, settlement = %s", [settlement]
            )
        assert await add_dead_letter(connection, new)
        assert not await add_dead_letter(connection, new)
        assert not await add_dead_letter(connection, old)
    waiting = await rows(
        pool, "select reason, attempts from dead_letters where settled_at is null order by reason"
    )
    assert waiting == ([("new", 2)] if settlement else [("new", 2), ("old", 5)])


async def test_what_was_erased_does_not_come_back(pool: Pool) -> None:
    """INVARIANT: an event that was erased among the dead letters stays erased."""
    raw = DeadLetter("ingest:1", "ingest", "s", "", None, "r", 1, b"somebody's words", NOW)
    async with transaction(pool) as connection:
        await add_dead_letter(connection, raw)
        await connection.execute(
            "update dead_letters set body = '', settled_at = now(), settlement = 'dropped'"
        )
        later = DeadLetter(**{**vars(raw), "failed_at": NOW + timedelta(days=1)})
        assert not await add_dead_letter(connection, later)


async def test_letters_of_one_kind_are_found_and_settled(room: Room) -> None:
    """INVARIANT: who settles what a filter shows settles exactly that."""
    jule = await room.colleague()
    await bury(room, 3, hours=1)
    await bury(room, 2, days=3)
    await bury(room, 1, consumer="deliver_approved", stream="drafts", hours=1)
    async with transaction(room.pool) as connection:
        await connection.execute(
            "update dead_letters set reason = 'ended 3 processes: SIGSEGV'"
            " where dead_id in (select dead_id from dead_letters order by dead_id desc limit 1)"
        )
    since = (datetime.now(UTC) - timedelta(days=2)).strftime("%Y-%m-%d")
    for fields, count in (
        ({"reason": "sigsegv"}, 1), ({"since": since}, 4), ({"consumer": "route_received"}, 5),
        ({"consumer": "route_received", "since": since, "reason": "valueerror"}, 2),
        ({"reason": "\x00"}, 6), ({"reason": "nothing like it"}, 0),
    ):  # fmt: skip
        html = (await jule.http.get("/dead", params=fields)).text
        assert html.count('class="reason"') == count, fields
    html = (
        await jule.http.get("/dead/many", params={"consumer": "route_received", "since": since})
    ).text
    assert "3 Unzustellbare" in html
    assert await send(jule, html, settlement="requeued") == 303
    assert await settled(room) == [("requeued", 3), ("waits", 3)]
