"""What a person withdraws is gone from the network, or comes back to a person."""

import pytest

from schemas.replies import ReplyKept, ReplyPosted, ReplyRemoved, ReplyWithdrawn
from services.deliver.handlers import deliver
from services.deliver.withdraw import withdraw
from services.kit.db import transaction
from services.kit.faults import Hopeless, TryLater
from services.store.items import read_facts
from tests.deliver.scene import ANSWER, Asked, Scene, delivering
from tests.deliver.test_once import replies

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def answered(scene: Scene) -> Asked:
    asked = await scene.asked()
    assert isinstance(await deliver(scene.posting(), await scene.decide(asked)), ReplyPosted)
    assert await scene.answers(asked) == [ANSWER]
    return asked


async def stands(scene: Scene, asked: Asked) -> bool:
    async with transaction(scene.pool) as connection:
        return (await read_facts(connection, [asked.comment_key]))[0].answer_stands


async def test_a_withdrawn_answer_is_gone_and_the_bus_says_so_once(
    scene: Scene, nats_url: str
) -> None:
    """INVARIANT: an answer that a person withdrew does not stand, however often it is tried."""
    asked = await answered(scene)
    assert await stands(scene, asked)
    decision_id = await scene.decide(asked, action="withdraw")
    await scene.town.fault("accept_then_drop")
    message = ReplyWithdrawn(
        happened_at=scene.clock.now(), network="sandbox", thread_key=asked.thread_key,
        comment_key=asked.comment_key, revision=1, decision_id=decision_id,
    )  # fmt: skip
    async with delivering(nats_url, scene.posting(), scene.posting()) as bus:
        for n in range(3):
            await bus.publish_raw(
                message.subject(), message.model_dump_json().encode(), stream="replies",
                msg_id=f"{decision_id}{n}",
            )  # fmt: skip
        said = await replies(nats_url, 4)
    assert said[-1].subject == f"replies.removed.sandbox.{asked.thread_key}"
    assert await scene.answers(asked) == []
    assert not await stands(scene, asked)
    assert isinstance(await withdraw(scene.posting(), decision_id), ReplyRemoved)


async def test_an_answer_that_is_gone_already_is_gone(scene: Scene) -> None:
    asked = await answered(scene)
    (reply,) = await scene.town.replies(asked.native_id)
    await scene.town.call("DELETE", f"/api/comments/{reply['id']}", "lindenhof")
    decision_id = await scene.decide(asked, action="withdraw")
    assert isinstance(await withdraw(scene.posting(), decision_id), ReplyRemoved)


async def test_an_answer_that_the_network_keeps_goes_back_to_a_person(scene: Scene) -> None:
    asked = await answered(scene)
    decision_id = await scene.decide(asked, action="withdraw")
    network = scene.town.network(token="wrong")
    try:
        said = await withdraw(scene.posting(network), decision_id)
    finally:
        await network.close()
    assert isinstance(said, ReplyKept)
    assert said.code == "token"
    assert await scene.answers(asked) == [ANSWER]
    assert await stands(scene, asked)
    again = await scene.decide(asked, action="withdraw")
    assert isinstance(await withdraw(scene.posting(), again), ReplyRemoved)
    assert await scene.answers(asked) == []


async def test_a_withdrawal_waits_for_a_network_that_wants_peace(scene: Scene) -> None:
    asked = await answered(scene)
    decision_id = await scene.decide(asked, action="withdraw")
    await scene.town.fault("status", status=429, retry_after=40)
    for _ in range(2):
        with pytest.raises(TryLater):
            await withdraw(scene.posting(), decision_id)
    assert await scene.answers(asked) == [ANSWER]
    scene.clock.skip(40)
    assert isinstance(await withdraw(scene.posting(), decision_id), ReplyRemoved)


async def test_nothing_is_taken_down_without_a_persons_decision(scene: Scene) -> None:
    """INVARIANT: no message can make us delete what we said."""
    asked = await answered(scene)
    approval = await scene.decide(asked, "Noch eine")
    for forged in (approval, "0" * 32):
        with pytest.raises(Hopeless):
            await withdraw(scene.posting(), forged)
    assert await scene.answers(asked) == [ANSWER]


async def test_a_withdrawal_on_a_network_that_is_no_longer_connected_comes_back(
    scene: Scene,
) -> None:
    asked = await answered(scene)
    decision_id = await scene.decide(asked, action="withdraw")
    others = [scene.town.network(page) for page in ("tagblatt", "radhaus")]
    try:
        said = await withdraw(scene.posting(*others), decision_id)
    finally:
        for network in others:
            await network.close()
    assert isinstance(said, ReplyKept)
    assert said.code == "not_connected"
