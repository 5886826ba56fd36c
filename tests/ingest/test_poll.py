"""Listening to networks: cursor and events together, poison aside, outages outlived."""

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import nats
import psycopg
import pytest

from schemas.inbound import InboundEvent
from services.ingest import poll as polling
from services.ingest.intake import Intake
from services.ingest.poll import poll, take_batch
from services.kit.bus import Bus
from services.kit.db import Pool, transaction
from services.kit.faults import PublishFailed
from services.kit.servers.readiness import until
from services.kit.service import listening
from services.kit.telemetry import Telemetry
from services.kit.web import listening_socket
from services.networks.network import Batch, Network, Refused, Temporary, Unreadable
from services.networks.sandbox.connector import SandboxNetwork
from services.networks.sandbox.server import create_app, serving
from services.store.intake import read_cursor
from tests.ingest.events import KEY, as_json, count, event, everything, new_intake, promised
from tests.networks.sandbox_town import Town, town_settings


class Script(SandboxNetwork):
    """Tells what stands in the script, an exception is raised; then it is quiet for ever."""

    name = "sandbox"

    def __init__(self, *turns: Batch | Exception, connection: str = "test:page") -> None:
        super().__init__("http://nowhere.invalid", "token", "page")
        self.connection = connection
        self.turns = list(turns)
        self.asked: list[str | None] = []

    async def listen(self, cursor: str | None) -> AsyncGenerator[Batch]:
        self.asked.append(cursor)
        while self.turns:
            turn = self.turns.pop(0)
            if isinstance(turn, Exception):
                raise turn
            yield turn
        await asyncio.Event().wait()


@asynccontextmanager
async def polled(intake: Intake, *networks: Network) -> AsyncIterator[None]:
    """Poll networks while the block runs; none of the pollers may end before."""
    tasks = [asyncio.create_task(poll(network, intake)) for network in networks]
    try:
        yield
        assert not any(task.done() for task in tasks)
    finally:
        for task in tasks:
            task.cancel()
        for task in tasks:
            with suppress(asyncio.CancelledError):
                await task


async def cursor_of(pool: Pool, connection: str = "test:page") -> str | None:
    async with pool.connection() as open_connection:
        return await read_cursor(open_connection, connection)


async def letters(url: str) -> list[Any]:
    """Return all dead letters in the stream."""
    connection = await nats.connect(url)
    try:
        jetstream = connection.jetstream()
        waiting = (await jetstream.stream_info("dead")).state.messages
        reader = await jetstream.subscribe("dead.>", ordered_consumer=True)
        return [await reader.next_msg(timeout=30) for _ in range(waiting)]
    finally:
        await connection.close()


def spoiled(**fields: str) -> InboundEvent:
    told = event(native_id="poison", text="Zarathustra", author="vera")
    return told.model_copy(update={"data": told.data.model_copy(update=fields)})


async def test_cursor_and_events_are_stored_together_or_not_at_all(
    intake: Intake, pool: Pool
) -> None:
    """INVARIANT: a cursor never moves past events that are not stored, nor events without it."""
    async with transaction(pool) as connection:
        await connection.execute(
            "create function fall_over() returns trigger language plpgsql as"
            " $$ begin perform pg_terminate_backend(pg_backend_pid()); return new; end $$"
        )
        await connection.execute(
            "create trigger crash before insert on cursors for each row"
            " execute function fall_over()"
        )
    batch = Batch([event(), event(native_id="c2")], "7")
    with pytest.raises(psycopg.OperationalError):
        await take_batch(intake, Script(), batch)
    assert await count(pool, "comments") == await count(pool, "intake") == 0
    assert await count(pool, "outbox") == 0
    assert await cursor_of(pool) is None
    async with transaction(pool) as connection:
        await connection.execute("drop trigger crash on cursors")
    await take_batch(intake, Script(), batch)
    assert await count(pool, "comments") == 2
    assert await cursor_of(pool) == "7"


async def test_a_poller_goes_on_from_the_stored_cursor_whatever_broke(
    intake: Intake, pool: Pool
) -> None:
    """INVARIANT: no failure ends a poller: not the network's, not a wrong token's, not our own."""
    network = Script(
        Batch([event()], "1"),
        Temporary("down", retry_after=0),
        ConnectionResetError("gone"),
        Batch([event(), event(native_id="c2")], "2"),
    )
    refused = Script(Refused("no", code="token"), connection="test:refused")
    broken = Script(RuntimeError("a fault of ours"), connection="test:broken")

    async def all_in() -> bool | None:
        return await count(pool, "comments") == 2 or None

    async with polled(intake, refused, broken, network), asyncio.timeout(30):
        await until(all_in)
    assert network.asked == [None, "1", "1"]
    assert await cursor_of(pool) == "2"
    assert await promised(pool) == [("CommentReceived", 1)]


async def test_what_a_network_wishes_is_obeyed_within_reason() -> None:
    def delay(error: Exception) -> float:
        return polling._delay(error, 3)

    assert delay(Temporary("wait", retry_after=17)) == 17
    assert delay(Temporary("wait", retry_after=1e12)) == polling.LONGEST_WAIT
    assert 0 < delay(Temporary("wait", retry_after=0)) <= 1
    assert 0.5 < delay(Temporary("wait")) <= 2
    assert delay(Refused("no", code="token")) >= 30


@pytest.mark.parametrize("field", ["native_id", "revision", "parent_id"])
async def test_a_poison_event_is_buried_without_its_words_and_its_neighbours_go_on(
    pool: Pool, nats_url: str, field: str
) -> None:
    """INVARIANT: an event that cannot be stored never blocks those beside and behind it."""
    intake = new_intake(pool, nats_url)
    batch = Batch([event(), spoiled(**{field: "x\x00y"}), event(native_id="c2")], "3")
    async with listening(intake.bus):
        await take_batch(intake, Script(), batch)
        await take_batch(intake, Script(), batch)
    assert await count(pool, "comments") == 2
    assert await cursor_of(pool) == "3"
    (letter,) = await letters(nats_url)
    assert letter.subject == "dead.ingest.sandbox"
    assert letter.headers["Dead-Reason"].startswith(f"data.{field} holds")
    assert json.loads(letter.data)["data"]["native_id"]
    assert not any(word in letter.data for word in (b"Zarathustra", b"Vera", b"@vera"))
    assert "Zarathustra" not in await everything(pool)


async def test_an_event_that_no_json_can_hold_is_buried_too(pool: Pool, nats_url: str) -> None:
    intake = new_intake(pool, nats_url)
    batch = Batch([spoiled(native_id="x\ud800"), event()], "4")
    async with listening(intake.bus):
        await take_batch(intake, Script(), batch)
    assert await count(pool, "comments") == 1
    assert len(await letters(nats_url)) == 1


async def test_the_unreadable_is_buried_however_large_and_however_explained(
    pool: Pool, nats_url: str
) -> None:
    """INVARIANT: nothing a network says can keep the poller from what it says next."""
    intake = new_intake(pool, nats_url)
    raw = Unreadable(b"\xff" * 20_000_000, "zwei\r\nZeilen: x\r\n\ud800" + "y" * 10_000)
    async with listening(intake.bus):
        await take_batch(intake, Script(), Batch([event()], "5", [raw]))
    assert await count(pool, "comments") == 1
    (letter,) = await letters(nats_url)
    assert len(letter.data) == polling.MAX_LETTER
    assert letter.headers["Dead-Reason"].startswith("zwei Zeilen: x")


class Silent(Bus):
    """A bus that takes nothing."""

    async def publish_raw(self, *_: Any, **__: Any) -> None:
        raise PublishFailed("silence")


async def test_nothing_is_passed_over_while_the_dead_letters_cannot_be_kept(pool: Pool) -> None:
    """INVARIANT: the cursor waits until what could not be stored is kept as a dead letter."""
    bus = Silent("nats://nowhere.invalid", service="ingest", telemetry=Telemetry("ingest"))
    batch = Batch([event(), spoiled(native_id="\x00")], "6")
    with pytest.raises(PublishFailed):
        await take_batch(Intake(pool, bus, KEY), Script(), batch)
    assert await cursor_of(pool) is None


class Greedy(Bus):
    """A bus that takes a cancellation for itself, as `asyncio.wait_for` of Python 3.11 may."""

    def __init__(self) -> None:
        super().__init__("nats://nowhere.invalid", service="ingest", telemetry=Telemetry("ingest"))
        self.asked = asyncio.Event()

    async def publish_raw(self, *_: Any, **__: Any) -> None:
        self.asked.set()
        with suppress(asyncio.CancelledError):
            await asyncio.Event().wait()


async def test_a_poller_that_is_told_to_end_ends(pool: Pool) -> None:
    """INVARIANT: shutting down cannot hang on a cancellation that a library swallowed."""
    bus = Greedy()
    batch = Batch([event()], "8", [Unreadable(b"?", "no event")])
    task = asyncio.create_task(poll(Script(batch, batch), Intake(pool, bus, KEY)))
    await bus.asked.wait()
    task.cancel()
    done, _ = await asyncio.wait([task], timeout=30)
    assert done == {task}
    assert await cursor_of(pool) == "8"


async def test_comments_of_a_real_network_come_in_through_an_outage(
    intake: Intake, pool: Pool, tmp_path: Path
) -> None:
    """INVARIANT: what happens on a network while it cannot be reached comes in afterwards, once."""
    settings = town_settings(tmp_path)
    listener = listening_socket()
    port = listener.getsockname()[1]
    network: SandboxNetwork | None = None
    async with polled_town(settings, listener) as town:
        network = town.network(wait=5.0)
        post = await town.post()
        first = await town.comment(post, "Wann beginnt es?")
        await town.message("lindenhof", "Zarathustra, ganz privat")
        task = asyncio.create_task(poll(network, intake))

        async def first_in() -> bool | None:
            return await promised(pool, first) == [("CommentReceived", 1)] or None

        async with asyncio.timeout(30):
            await until(first_in)
    async with polled_town(settings, listening_socket(port=port)) as town:
        person = await town.person()
        second = await town.comment(post, "Und wo?", by=person)
        await town.call("PUT", f"/api/comments/{second}", person, {"text": "Und wo genau?"})
        await town.comment(second, "Hier!", by="lindenhof")

        async def all_in() -> bool | None:
            return await count(pool, "comments") == 3 or None

        async with asyncio.timeout(30):
            await until(all_in)
        assert not task.done()
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        await network.close()
    assert await promised(pool, second) == [("CommentReceived", 1), ("CommentEdited", 2)]
    assert await count(pool, "outbox") == 3
    assert "Zarathustra" not in await everything(pool)


@asynccontextmanager
async def polled_town(settings: Any, listener: Any) -> AsyncIterator[Town]:
    async with serving(create_app(settings), listener) as url, Town.at(url) as town:
        yield town


def test_a_letter_says_where_and_not_what() -> None:
    letter = polling.without_words(event(text="Zarathustra")).decode()
    content = json.loads(letter)
    assert content["data"]["native_id"] == as_json()["data"]["native_id"]
    assert content["data"]["text"] == ""
    assert "Hoffest" not in letter
    assert "@jana" not in letter
