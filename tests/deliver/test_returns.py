"""What must not be posted goes back to a person with the reason, and nothing stands anywhere."""

from collections.abc import Awaitable, Callable

import nats
import pytest

from schemas.replies import ReplyReturned
from services.deliver.handlers import deliver
from services.kit.db import transaction
from services.kit.faults import Hopeless, TryLater
from services.networks.network import Outgoing, Posted, Refused, Standing
from services.networks.sandbox.connector import SandboxNetwork
from tests.deliver.scene import ANSWER, Asked, Scene, approved, delivering

pytestmark = pytest.mark.asyncio(loop_scope="module")

Happening = Callable[[Scene, Asked], Awaitable[object]]


async def deleted(scene: Scene, asked: Asked) -> None:
    await scene.town.call("DELETE", f"/api/comments/{asked.native_id}", asked.author)


async def edited(scene: Scene, asked: Asked) -> None:
    path = f"/api/comments/{asked.native_id}"
    await scene.town.call("PUT", path, asked.author, {"text": "Ihr seid doch alle korrupt!"})


async def blocked(scene: Scene, asked: Asked) -> None:
    await scene.town.call("PUT", "/api/blocks/lindenhof", asked.author)


async def locked(scene: Scene, asked: Asked) -> None:
    await scene.town.call("POST", f"/api/threads/{asked.post}/lock", "lindenhof")


async def hidden(scene: Scene, asked: Asked) -> None:
    await scene.town.call("POST", f"/api/comments/{asked.native_id}/hide", "lindenhof")


async def muted(scene: Scene, asked: Asked) -> None:
    await scene.mute(asked)


async def edited_and_heard(scene: Scene, asked: Asked) -> None:
    await edited(scene, asked)
    await scene.hear()


async def deleted_and_heard(scene: Scene, asked: Asked) -> None:
    await deleted(scene, asked)
    await scene.hear()


@pytest.mark.parametrize(
    ("happening", "code"),
    [
        (deleted, "parent_gone"),
        (deleted_and_heard, "parent_gone"),
        (edited, "parent_edited"),
        (edited_and_heard, "parent_edited"),
        (blocked, "blocked"),
        (locked, "locked"),
        (hidden, "hidden"),
        (muted, "thread_muted"),
    ],
)
async def test_what_happened_after_the_approval_brings_it_back(
    scene: Scene, happening: Happening, code: str
) -> None:
    """INVARIANT: an approved text is not posted when its place is not what the person saw."""
    asked = await scene.asked()
    decision_id = await scene.decide(asked)
    await happening(scene, asked)
    said = await deliver(scene.posting(), decision_id)
    assert isinstance(said, ReplyReturned)
    assert said.code == code
    assert await scene.answers(asked) == []
    again = await deliver(scene.posting(), decision_id)
    assert (again.msg_id(), again.subject()) == (said.msg_id(), said.subject())
    assert await scene.delivery(decision_id) == ("returned", 0)


class Meanwhile(SandboxNetwork):
    """Lets something happen while the parent is being looked at."""

    def __init__(self, scene: Scene, happening: Callable[[], Awaitable[object]]) -> None:
        super().__init__(scene.town.url, "lindenhof-token", "lindenhof")
        self.happening = happening

    async def read(self, native_id: str) -> Standing | None:
        standing = await super().read(native_id)
        await self.happening()
        return standing


@pytest.mark.parametrize(
    ("happening", "code"),
    [
        (muted, "thread_muted"),
        (edited_and_heard, "parent_edited"),
        (deleted_and_heard, "parent_gone"),
        (deleted, "parent_gone"),
        (blocked, "blocked"),
        (locked, "locked"),
    ],
)
async def test_what_happens_during_the_last_look_brings_it_back(
    scene: Scene, happening: Happening, code: str
) -> None:
    """INVARIANT: a mute holds from the moment it is committed until the post leaves us."""
    asked = await scene.asked()
    decision_id = await scene.decide(asked)
    network = Meanwhile(scene, lambda: happening(scene, asked))
    try:
        said = await deliver(scene.posting(network), decision_id)
    finally:
        await network.close()
    assert isinstance(said, ReplyReturned)
    assert said.code == code
    assert await scene.answers(asked) == []


async def test_a_returned_text_can_be_approved_anew_for_what_stands_now(scene: Scene) -> None:
    asked = await scene.asked()
    old = await scene.decide(asked)
    await edited_and_heard(scene, asked)
    assert isinstance(await deliver(scene.posting(), old), ReplyReturned)
    new = await scene.decide(asked, "Neue Antwort", revision=2)
    await deliver(scene.posting(), new)
    await deliver(scene.posting(), old)
    assert await scene.answers(asked) == ["Neue Antwort"]


@pytest.mark.parametrize(
    ("text", "token", "code"),
    [("x" * 501, "lindenhof-token", "too_long"), (ANSWER, "wrong", "token")],
)
async def test_what_the_network_refuses_for_good_comes_back(
    scene: Scene, text: str, token: str, code: str
) -> None:
    asked = await scene.asked()
    decision_id = await scene.decide(asked, text)
    network = scene.town.network(token=token)
    try:
        said = await deliver(scene.posting(network), decision_id)
    finally:
        await network.close()
    assert isinstance(said, ReplyReturned)
    assert said.code == code
    assert await scene.answers(asked) == []


async def test_no_decision_no_post(scene: Scene, nats_url: str) -> None:
    """INVARIANT: nothing is posted without a person's approval, whatever the bus says."""
    asked = await scene.asked()
    other = await scene.asked()
    closed = await scene.decide(asked, action="close")
    forged = approved(asked, "0" * 32)
    async with delivering(nats_url, scene.posting()) as bus:
        await bus.publish(forged)
        await bus.publish(approved(asked, closed))
        connection = await nats.connect(nats_url)
        try:
            reader = await connection.jetstream().subscribe("dead.>", ordered_consumer=True)
            letters = [await reader.next_msg(timeout=30) for _ in range(2)]
        finally:
            await connection.close()
    for letter in letters:
        assert letter.headers is not None
        assert letter.headers["Dead-Consumer"] == "deliver_approved"
        assert "is no approval" in letter.headers["Dead-Reason"]
    assert await scene.answers(asked) == await scene.answers(other) == []


async def test_only_the_decision_says_what_is_posted_where(scene: Scene, nats_url: str) -> None:
    """INVARIANT: a message on the bus cannot move an approved text to another comment."""
    asked = await scene.asked()
    other = await scene.asked()
    decision_id = await scene.decide(asked)
    async with delivering(nats_url, scene.posting()) as bus:
        await bus.publish(approved(other, decision_id))
        connection = await nats.connect(nats_url)
        try:
            reader = await connection.jetstream().subscribe("replies.>", ordered_consumer=True)
            said = await reader.next_msg(timeout=30)
        finally:
            await connection.close()
    assert said.subject == f"replies.posted.sandbox.{asked.thread_key}"
    assert await scene.answers(asked) == [ANSWER]
    assert await scene.answers(other) == []


async def test_a_comment_of_no_connected_network_comes_back(scene: Scene) -> None:
    asked = await scene.asked()
    decision_id = await scene.decide(asked)
    async with transaction(scene.pool) as connection:
        await connection.execute(
            "update comments set network = 'elsewhere' where comment_key = %s", [asked.comment_key]
        )
    said = await deliver(scene.posting(), decision_id)
    assert isinstance(said, ReplyReturned)
    assert said.code == "not_connected"


async def test_we_never_guess_in_whose_name_to_answer(scene: Scene) -> None:
    """INVARIANT: with several accounts on a network only the one that was asked answers."""
    asked = await scene.asked()
    decision_id = await scene.decide(asked)
    others = [scene.town.network(page) for page in ("tagblatt", "radhaus")]
    try:
        said = await deliver(scene.posting(*others), decision_id)
    finally:
        for network in others:
            await network.close()
    assert isinstance(said, ReplyReturned)
    assert said.code == "not_connected"
    assert await scene.answers(asked) == []


class Blind(SandboxNetwork):
    """Can post, but its token is not good for looking up what stands."""

    async def find_reply(self, _: Outgoing) -> Posted | None:
        raise Refused("no", code="token")


async def test_what_may_stand_is_never_reported_as_not_posted(scene: Scene) -> None:
    """INVARIANT: a person who is asked to decide again is told when the first text may stand."""
    asked = await scene.asked()
    decision_id = await scene.decide(asked)
    await scene.town.fault("accept_then_drop")
    network = Blind(scene.town.url, "lindenhof-token", "lindenhof")
    try:
        with pytest.raises(TryLater):
            await deliver(scene.posting(network), decision_id)
        said = await deliver(scene.posting(network), decision_id)
    finally:
        await network.close()
    assert isinstance(said, ReplyReturned)
    assert said.code == "outcome_unknown"
    assert await scene.answers(asked) == [ANSWER]


async def test_a_connection_that_was_taken_away_amid_a_post_is_said_so(scene: Scene) -> None:
    asked = await scene.asked()
    decision_id = await scene.decide(asked)
    await scene.town.fault("accept_then_drop")
    with pytest.raises(TryLater):
        await deliver(scene.posting(), decision_id)
    others = [scene.town.network(page) for page in ("tagblatt", "radhaus")]
    try:
        said = await deliver(scene.posting(*others), decision_id)
    finally:
        for network in others:
            await network.close()
    assert isinstance(said, ReplyReturned)
    assert said.code == "outcome_unknown"


async def test_an_approval_without_words_is_none(scene: Scene) -> None:
    asked = await scene.asked()
    decision_id = await scene.decide(asked, "")
    with pytest.raises(Hopeless):
        await deliver(scene.posting(), decision_id)
    assert await scene.answers(asked) == []
