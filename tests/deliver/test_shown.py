"""A reply that the network took is looked at, and never sent again because it cannot be seen."""

import pytest

from schemas.replies import ReplyPosted, ReplyReturned
from services.deliver.handlers import deliver
from services.kit.faults import TryLater
from services.networks.network import Outgoing, Posted, Refused, Standing
from services.networks.sandbox.connector import SandboxNetwork
from tests.deliver.scene import ANSWER, Scene, finished

pytestmark = pytest.mark.asyncio(loop_scope="module")


class Shy(SandboxNetwork):
    """Takes replies and does not show them: None, an error or the reply itself, in turn."""

    def __init__(self, scene: Scene, *turns: Exception | None) -> None:
        super().__init__(scene.town.url, "lindenhof-token", "lindenhof")
        self.turns = list(turns)
        self.posted: set[str] = set()

    async def reply(self, outgoing: Outgoing) -> Posted:
        posted = await super().reply(outgoing)
        self.posted.add(posted.native_id)
        return posted

    async def read(self, native_id: str) -> Standing | None:
        if native_id in self.posted and self.turns:
            turn = self.turns.pop(0)
            if turn is not None:
                raise turn
            return None
        return await super().read(native_id)


async def test_a_reply_that_is_not_shown_yet_is_not_posted_again(any_scene: Scene) -> None:
    """INVARIANT: what the network once took is never sent again, even if it cannot be seen."""
    asked = await any_scene.asked()
    decision_id = await any_scene.decide(asked)
    shy = Shy(any_scene, None, None)
    posting = any_scene.posting(shy, doubt=20)
    try:
        for _ in range(2):
            with pytest.raises(TryLater):
                await deliver(posting, decision_id)
        assert isinstance(await deliver(posting, decision_id), ReplyPosted)
    finally:
        await shy.close()
    assert await any_scene.answers(asked) == [ANSWER]
    assert await any_scene.delivery(decision_id) == ("sent", 1)


async def test_a_reply_that_stays_unseen_ends_with_a_person(scene: Scene) -> None:
    asked = await scene.asked()
    decision_id = await scene.decide(asked)
    shy = Shy(scene, *[None] * 50)
    try:
        said = await finished(scene.posting(shy), decision_id)
    finally:
        await shy.close()
    assert isinstance(said, ReplyReturned)
    assert said.code == "outcome_unknown"
    assert await scene.answers(asked) == [ANSWER]


async def test_a_reply_we_may_not_look_at_counts_as_posted(scene: Scene) -> None:
    """INVARIANT: a posted reply is never reported as not posted because reading it failed."""
    asked = await scene.asked()
    decision_id = await scene.decide(asked)
    shy = Shy(scene, Refused("no", code="scope"))
    try:
        assert isinstance(await deliver(scene.posting(shy), decision_id), ReplyPosted)
    finally:
        await shy.close()


async def test_a_look_that_fails_after_posting_posts_nothing_twice(any_scene: Scene) -> None:
    asked = await any_scene.asked()
    decision_id = await any_scene.decide(asked)
    await _fault_the_second_read(any_scene)
    assert isinstance(await finished(any_scene.posting(doubt=20), decision_id), ReplyPosted)
    assert await any_scene.answers(asked) == [ANSWER]


async def _fault_the_second_read(scene: Scene) -> None:
    await scene.town.fault("delay", on="read", seconds=0)
    await scene.town.fault("status", on="read", status=500)
