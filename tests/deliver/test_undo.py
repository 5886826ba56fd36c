"""An approval that is taken back is never sent, and what is being sent is never taken back."""

import asyncio
from uuid import uuid4

import psycopg
import pytest

from services.deliver.handlers import deliver
from services.deliver.post import TakenBack
from services.kit.db import transaction
from services.networks.network import Outgoing, Posted, Standing
from services.networks.sandbox.connector import SandboxNetwork
from services.store import approvals, deliveries
from services.store.decisions import Decision, add_decision
from tests.deliver.scene import ANSWER, Asked, Scene, finished

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def take_back(scene: Scene, asked: Asked) -> bool:
    """Take the last approval back as the desk does; False when it is too late."""
    async with transaction(scene.pool) as connection:
        approval = await approvals.lock_approval(connection, asked.comment_key)
        if approval is None:
            return False
        decision = Decision(
            decision_id=uuid4().hex, action="undo", thread_key=asked.thread_key,
            account_id="test", comment_key=asked.comment_key, revision=1,
            undoes=approval.decision_id,
        )  # fmt: skip
        await add_decision(connection, decision)
    return True


async def test_what_was_taken_back_is_not_sent(scene: Scene) -> None:
    """INVARIANT: a message about an approval that was taken back posts nothing, however often."""
    asked = await scene.asked()
    decision_id = await scene.decide(asked)
    assert await take_back(scene, asked)
    for _ in range(2):
        with pytest.raises(TakenBack):
            await deliver(scene.posting(), decision_id)
    assert await scene.answers(asked) == []
    assert await scene.delivery(decision_id) is None
    assert not await take_back(scene, asked)


async def test_what_is_sent_is_not_taken_back(scene: Scene) -> None:
    asked = await scene.asked()
    await finished(scene.posting(), await scene.decide(asked))
    assert not await take_back(scene, asked)
    assert await scene.answers(asked) == [ANSWER]


@pytest.mark.parametrize("turns", [0, 2, 5, 10, 20, 40])
async def test_of_sending_and_taking_back_at_once_one_wins(scene: Scene, turns: int) -> None:
    """INVARIANT: an answer that stands was not taken back; one taken back never stands."""
    asked = await scene.asked()
    decision_id = await scene.decide(asked)

    async def later() -> bool:
        for _ in range(turns):
            await asyncio.sleep(0)
        return await take_back(scene, asked)

    sent, taken = await asyncio.gather(
        finished(scene.posting(), decision_id), later(), return_exceptions=True
    )
    assert isinstance(taken, bool)
    assert isinstance(sent, TakenBack) == taken
    assert await scene.answers(asked) == ([] if taken else [ANSWER])


async def test_taking_back_between_the_last_look_and_the_post_is_too_late(scene: Scene) -> None:
    """INVARIANT: from the moment on at which a post is about to leave, nothing is taken back."""

    class Hasty(SandboxNetwork):
        async def reply(self, outgoing: Outgoing) -> Posted:
            assert not await take_back(scene, asked)
            return await scene.network.reply(outgoing)

        async def read(self, native_id: str) -> Standing | None:
            return await scene.network.read(native_id)

    asked = await scene.asked()
    hasty = scene.town.network(wait=2.0)
    hasty.__class__ = Hasty
    decision_id = await scene.decide(asked)
    await finished(scene.posting(hasty), decision_id)
    assert await scene.answers(asked) == [ANSWER]
    await hasty.close()


async def test_the_database_itself_lets_nothing_be_sent_that_was_taken_back(scene: Scene) -> None:
    asked = await scene.asked()
    decision_id = await scene.decide(asked)
    async with scene.pool.connection() as connection:
        approval = await deliveries.read_approval(connection, decision_id, scene.clock.now())
    assert approval is not None
    await take_back(scene, asked)
    with pytest.raises(psycopg.DatabaseError, match="taken back"):
        async with transaction(scene.pool) as connection:
            await deliveries.mark_sending(
                connection, approval, scene.clock.now(), scene.clock.now()
            )


async def test_an_approval_taken_back_holds_nobody_up(scene: Scene) -> None:
    first = await scene.asked()
    second = await scene.asked(post=first.post)
    await scene.decide(first)
    later = await scene.decide(second)
    assert await take_back(scene, first)
    await finished(scene.posting(), later)
    assert await scene.answers(second) == [ANSWER]
