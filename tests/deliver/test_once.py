"""An approved text is posted once: through faults, crashes, repetitions and rivals."""

import asyncio
from typing import Any

import nats
import pytest

from schemas.replies import ReplyPosted, ReplyReturned
from services.deliver.handlers import deliver
from services.deliver.main import build
from services.deliver.post import ATTEMPTS
from services.kit.bus import Bus
from services.kit.faults import TryLater
from services.kit.servers.readiness import until
from services.kit.service import hosting
from services.kit.settings import Settings
from services.networks.network import Outgoing, Posted
from services.networks.sandbox.connector import SandboxNetwork
from tests.deliver.scene import ANSWER, Scene, approved, delivering, finished

pytestmark = pytest.mark.asyncio(loop_scope="module")

FAULTS: list[dict[str, Any]] = [
    {"kind": "accept_then_drop"},
    {"kind": "drop_before"},
    {"kind": "status", "status": 500},
    {"kind": "status", "status": 502},
    {"kind": "status", "status": 429, "retry_after": 1},
    {"kind": "status", "status": 503, "retry_after": 1},
]


async def replies(url: str, number: int) -> list[Any]:
    """Wait until so many messages about replies stand in the stream; return all of them."""
    connection = await nats.connect(url)
    try:
        reader = await connection.jetstream().subscribe("replies.>", ordered_consumer=True)
        return [await reader.next_msg(timeout=30) for _ in range(number)]
    finally:
        await connection.close()


async def test_an_approved_text_stands_under_its_comment(scene: Scene) -> None:
    asked = await scene.asked()
    decision_id = await scene.decide(asked)
    said = await deliver(scene.posting(), decision_id)
    assert isinstance(said, ReplyPosted)
    assert (said.comment_key, said.thread_key) == (asked.comment_key, asked.thread_key)
    (reply,) = await scene.town.replies(asked.native_id)
    assert (reply["text"], reply["visibility"]) == (ANSWER, "public")
    assert said.url == f"{scene.town.url}{reply['url']}"
    assert await scene.delivery(decision_id) == ("sent", 1)


@pytest.mark.parametrize("fault", FAULTS, ids=str)
async def test_a_fault_of_the_network_leads_to_one_reply(
    any_scene: Scene, fault: dict[str, Any]
) -> None:
    """INVARIANT: lost answers, lost requests and refusals for now end in exactly one reply."""
    asked = await any_scene.asked()
    decision_id = await any_scene.decide(asked)
    await any_scene.town.fault(**fault)
    assert isinstance(await finished(any_scene.posting(), decision_id), ReplyPosted)
    assert await any_scene.answers(asked) == [ANSWER]


async def test_a_storm_of_faults_and_two_instances_lead_to_one_reply_each(
    any_scene: Scene, nats_url: str
) -> None:
    """INVARIANT: nobody is answered twice and nobody is forgotten, whatever the network does."""
    everybody = [await any_scene.asked(f"Frage {n}?") for n in range(10)]
    decided = [
        await any_scene.decide(asked, f"Antwort an {asked.native_id}") for asked in everybody
    ]
    for fault in [*FAULTS, *FAULTS]:
        await any_scene.town.fault(**fault)
    await any_scene.town.fault("status", on="read", status=503, retry_after=1, times=5)
    postings = [any_scene.posting(doubt=0.3), any_scene.posting(doubt=0.3)]
    async with delivering(nats_url, *postings) as bus:
        for asked, decision_id in zip(everybody, decided, strict=True):
            message = approved(asked, decision_id)
            await bus.publish(message)
            await _publish_again(bus, message.model_dump_json().encode(), message.subject())
        said = await replies(nats_url, len(everybody))
    assert {letter.subject.split(".")[1] for letter in said} == {"posted"}
    for asked in everybody:
        assert await any_scene.answers(asked) == [f"Antwort an {asked.native_id}"]


async def _publish_again(bus: Bus, body: bytes, subject: str) -> None:
    await bus.publish_raw(subject, body, stream="drafts", msg_id=f"again-{hash(body)}")


async def test_a_handler_that_runs_twice_posts_once(any_scene: Scene) -> None:
    """INVARIANT: every later run of a finished delivery says the same and does nothing."""
    asked = await any_scene.asked()
    decision_id = await any_scene.decide(asked)
    first = await deliver(any_scene.posting(), decision_id)
    again = await deliver(any_scene.posting(), decision_id)
    assert isinstance(first, ReplyPosted)
    assert (again.msg_id(), again.subject()) == (first.msg_id(), first.subject())
    assert await any_scene.answers(asked) == [ANSWER]


class Crashing(SandboxNetwork):
    """Posts for real and falls over before anybody can note it."""

    crashes = 2

    async def reply(self, outgoing: Outgoing) -> Posted:
        posted = await super().reply(outgoing)
        if self.crashes:
            self.crashes -= 1
            raise RuntimeError("power cut")
        return posted


async def test_a_crash_after_posting_posts_nothing_twice(any_scene: Scene, nats_url: str) -> None:
    """INVARIANT: what was posted and not noted is found, not posted again."""
    asked = await any_scene.asked()
    decision_id = await any_scene.decide(asked)
    crashing = Crashing(any_scene.town.url, "lindenhof-token", "lindenhof")
    try:
        async with delivering(nats_url, any_scene.posting(crashing)) as bus:
            await bus.publish(approved(asked, decision_id))
            (said,) = await replies(nats_url, 1)
    finally:
        await crashing.close()
    assert said.subject.startswith("replies.posted.")
    assert await any_scene.answers(asked) == [ANSWER]


async def test_a_network_that_acts_late_is_waited_for(any_scene: Scene) -> None:
    """INVARIANT: a post that is carried out after we gave up on it is not posted again."""
    asked = await any_scene.asked()
    decision_id = await any_scene.decide(asked)
    hasty = any_scene.town.network(patience=0.2)
    posting = any_scene.posting(hasty, doubt=20)
    try:
        await any_scene.town.fault("delay", seconds=4)
        for _ in range(3):
            with pytest.raises(TryLater):
                await deliver(posting, decision_id)
            assert await any_scene.answers(asked) == []

        async def carried_out() -> bool | None:
            return await any_scene.answers(asked) == [ANSWER] or None

        async with asyncio.timeout(30):
            await until(carried_out)
        assert isinstance(await deliver(posting, decision_id), ReplyPosted)
    finally:
        await hasty.close()
    assert await any_scene.answers(asked) == [ANSWER]


async def test_being_told_to_wait_is_no_attempt(scene: Scene) -> None:
    """INVARIANT: a network that is busy for long does not send approved texts back to people."""
    asked = await scene.asked()
    decision_id = await scene.decide(asked)
    await scene.town.fault("status", status=429, retry_after=17, times=ATTEMPTS * 2)
    for _ in range(ATTEMPTS * 2):
        with pytest.raises(TryLater) as told:
            await deliver(scene.posting(doubt=30), decision_id)
        assert told.value.delay == 17
        scene.clock.skip(17)
    assert await scene.delivery(decision_id) is None
    assert isinstance(await deliver(scene.posting(doubt=30), decision_id), ReplyPosted)
    assert await scene.delivery(decision_id) == ("sent", 1)


async def test_a_network_out_of_reach_is_waited_for(scene: Scene) -> None:
    asked = await scene.asked()
    decision_id = await scene.decide(asked)
    nobody = SandboxNetwork("http://127.0.0.1:9", "token", "lindenhof")
    try:
        for _ in range(ATTEMPTS * 2):
            with pytest.raises(TryLater) as told:
                await deliver(scene.posting(nobody), decision_id)
            scene.clock.skip(told.value.delay)
    finally:
        await nobody.close()
    assert isinstance(await deliver(scene.posting(), decision_id), ReplyPosted)


async def test_a_network_that_never_says_what_it_did_ends_with_a_person(scene: Scene) -> None:
    asked = await scene.asked()
    decision_id = await scene.decide(asked)
    await scene.town.fault("status", status=500, times=ATTEMPTS + 5)
    said = await finished(scene.posting(), decision_id)
    assert isinstance(said, ReplyReturned)
    assert said.code == "outcome_unknown"
    assert await scene.delivery(decision_id) == ("returned", ATTEMPTS)


async def test_the_service_posts_what_the_bus_brings(
    scene: Scene, shared_url: str, nats_url: str
) -> None:
    asked = await scene.asked()
    decision_id = await scene.decide(asked)
    service = build(Settings(nats_url=nats_url, database_url=shared_url), [scene.town.network()])
    async with hosting([service], host="127.0.0.1", first_port=0):
        await service.bus.publish(approved(asked, decision_id))
        (said,) = await replies(nats_url, 1)
    assert ReplyPosted.model_validate_json(said.data).decision_id == decision_id
    assert await scene.answers(asked) == [ANSWER]


async def test_two_rivals_post_once(any_scene: Scene, nats_url: str) -> None:
    """INVARIANT: two instances with the same approval at the same moment post one reply."""
    asked = await any_scene.asked()
    decision_id = await any_scene.decide(asked)
    await any_scene.town.fault("delay", seconds=0.3)
    async with delivering(nats_url, any_scene.posting(), any_scene.posting()) as bus:
        for n in range(4):
            body = approved(asked, decision_id).model_dump_json().encode()
            await bus.publish_raw(
                approved(asked, decision_id).subject(), body, stream="drafts", msg_id=f"copy{n}"
            )

        async def all_done() -> bool | None:
            info = await bus.broker.connection.jetstream().consumer_info(
                "drafts", "deliver_approved"
            )
            return (info.num_pending, info.num_ack_pending) == (0, 0) or None

        async with asyncio.timeout(30):
            await until(all_done)
    assert await any_scene.answers(asked) == [ANSWER]
