"""What becomes a dead letter, what does not, and what a letter tells."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from schemas.comments import CommentReceived
from schemas.streams import ROUTE_RECEIVED, STREAMS
from services.kit.faults import Hopeless, retry_delay
from services.kit.queues import read_bus
from services.kit.servers.readiness import until
from services.review.alarm_rules import Situation, conditions, load_rules
from tests.kit.test_bus import dead_letters, handled_by, received


async def test_a_stream_that_takes_nothing_makes_its_writers_wait(nats_url: str) -> None:
    """INVARIANT: a full stream behind a handler never turns its messages into dead letters."""
    tries = 0
    done = asyncio.Event()

    async def handle(_: CommentReceived) -> None:
        nonlocal tries
        tries += 1
        if tries <= impatient.tries:
            await bus.publish_raw("drafts.x", b"{}", stream="drafts", msg_id="x", patience=0.1)
        done.set()

    impatient = replace(ROUTE_RECEIVED, tries=1)
    async with handled_by(nats_url, handle, impatient) as bus:
        jetstream = bus.broker.connection.jetstream()
        full = (await jetstream.stream_info("drafts")).config
        await jetstream.update_stream(full.evolve(max_bytes=10))
        await bus.publish(received())
        await asyncio.wait_for(done.wait(), 20)
        assert (await jetstream.stream_info("dead")).state.messages == 0


async def test_a_dead_letter_says_since_when_and_how_often(nats_url: str) -> None:
    async def handle(_: CommentReceived) -> None:
        raise RuntimeError("as always")

    async with handled_by(nats_url, handle, replace(ROUTE_RECEIVED, tries=2)) as bus:
        began = datetime.now(UTC)
        await bus.publish(received())
        (letter,) = await dead_letters(nats_url, 1)
        ended = datetime.now(UTC)
    assert letter.headers["Dead-Attempts"] == "2"
    first = datetime.fromisoformat(letter.headers["Dead-First-Failed-At"])
    assert began < first < ended - timedelta(seconds=retry_delay(1) / 4)
    assert bus.own_faults == {}


async def test_a_message_has_its_tries_in_all_processes_together(nats_url: str) -> None:
    """INVARIANT: neither more processes nor a restart give a faulty message more tries."""
    tries, moment = 0, asyncio.Event()
    impatient = replace(ROUTE_RECEIVED, tries=3)

    async def handle(_: CommentReceived) -> None:
        nonlocal tries
        tries += 1
        moment.set()
        raise RuntimeError("as always")

    for number in range(impatient.tries):
        async with handled_by(nats_url, handle, impatient, notes=True) as bus:
            if number == 0:
                await bus.publish(received())
            await asyncio.wait_for(moment.wait(), 20)
            moment.clear()
    (letter,) = await dead_letters(nats_url, 1)
    assert letter.headers["Dead-Attempts"] == str(impatient.tries) == str(tries)
    assert bus.own_faults == {}


async def test_what_was_handled_in_the_end_leaves_nothing_behind(nats_url: str) -> None:
    """INVARIANT: memory does not grow with the failures of messages that were handled later."""
    done = asyncio.Event()
    tries = 0

    async def handle(_: CommentReceived) -> None:
        nonlocal tries
        tries += 1
        if tries == 1:
            raise RuntimeError("once")
        done.set()

    async with handled_by(nats_url, handle) as bus:
        await bus.publish(received())
        await asyncio.wait_for(done.wait(), 20)
    assert bus.own_faults == {}


async def test_what_cannot_be_buried_stays_until_it_can(nats_url: str) -> None:
    """INVARIANT: while the stream of dead letters is full nothing that failed is lost."""

    async def handle(_: CommentReceived) -> None:
        raise Hopeless("no")

    async with handled_by(nats_url, handle) as bus:
        jetstream = bus.broker.connection.jetstream()
        kept = (await jetstream.stream_info("dead")).config
        await bus.publish_raw("dead.x", b"0" * 900, stream="dead", msg_id="before")
        await jetstream.update_stream(kept.evolve(max_bytes=1100))
        await bus.publish(received())

        async def waits() -> bool | None:
            info = await jetstream.consumer_info("comments", "route_received")
            return (info.num_redelivered or 0) > 0 or None

        async with asyncio.timeout(60):
            await until(waits)
        _, streams = await read_bus(jetstream, [], STREAMS, datetime.now(UTC))
        raised = conditions(Situation(streams=streams), load_rules())
        assert [(one.rule, one.subject) for one in raised] == [("stream", "dead")]
        await jetstream.update_stream(kept)
        _, letter = await dead_letters(nats_url, 2, timeout=60)
    assert letter.headers["Dead-Reason"] == "Hopeless: no"


async def test_own_faults_end_in_the_dead_letters_with_the_reason(nats_url: str) -> None:
    """INVARIANT: a message that can never be handled is kept as a dead letter, with its reason."""

    async def handle(event: CommentReceived) -> None:
        raise Hopeless(f"cannot read {event.revision}")

    async with handled_by(nats_url, handle) as bus:
        await bus.publish(received())
        (letter,) = await dead_letters(nats_url, 1)
    assert letter.subject == f"dead.comments.received.sandbox.{'b' * 16}"
    assert letter.headers["Dead-Consumer"] == "route_received"
    assert letter.headers["Dead-Reason"] == "Hopeless: cannot read 1"
    assert CommentReceived.model_validate_json(letter.data).comment_key == "a" * 32
