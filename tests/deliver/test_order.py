"""Approved texts go out in their thread's order, and leave a network alone that asks for it."""

from collections import Counter
from collections.abc import Awaitable, Callable

import pytest

from schemas.replies import ReplyDelayed, ReplyPosted, ReplyReturned
from services.deliver.handlers import deliver
from services.deliver.look import MOST_TO_AUTHOR
from services.deliver.pace import Paused
from services.ingest.poll import take_batch
from services.kit.db import transaction
from services.kit.faults import TryLater
from services.networks.network import Outgoing, Posted, Standing
from services.networks.sandbox.connector import SandboxNetwork
from services.store.dead_letters import DeadLetter, add_dead_letter
from tests.deliver.scene import ANSWER, Asked, Scene, approved, delivering, finished
from tests.deliver.test_once import replies
from tests.ingest.events import new_intake

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def asked_in_one_thread(scene: Scene, number: int) -> list[Asked]:
    post = await scene.town.post()
    return [await scene.asked(f"Frage {n}?", post=post) for n in range(number)]


async def answered_in_order(scene: Scene, among: list[Asked]) -> list[str]:
    """Return which of the comments were answered, in the order of our replies."""
    wanted = {asked.native_id for asked in among}
    told = [event["comment"] for event in await scene.town.events()]
    return [
        comment["parent_id"]
        for comment in told
        if comment["author"]["is_self"] and comment["parent_id"] in wanted
    ]


async def test_a_storm_of_429_loses_and_reorders_nothing(any_scene: Scene, nats_url: str) -> None:
    """INVARIANT: answers in a thread appear in the order of their approval, each once."""
    everybody = await asked_in_one_thread(any_scene, 5)
    decided = [await any_scene.decide(asked) for asked in everybody]
    await any_scene.town.fault("status", status=429, retry_after=1)
    await any_scene.town.fault("accept_then_drop")
    await any_scene.town.fault("status", on="read", status=503, retry_after=1)
    postings = [any_scene.posting(doubt=0.3), any_scene.posting(doubt=0.3)]
    async with delivering(nats_url, *postings) as bus:
        for asked, decision_id in reversed(list(zip(everybody, decided, strict=True))):
            await bus.publish(approved(asked, decision_id))
        said = await replies(nats_url, len(everybody))
    assert {letter.subject.split(".")[1] for letter in said} == {"posted"}
    expected = [asked.native_id for asked in everybody]
    assert await answered_in_order(any_scene, everybody) == expected


async def test_who_comes_later_waits_until_the_earlier_is_out_or_returned(scene: Scene) -> None:
    """INVARIANT: nothing overtakes in a thread, and nothing that came back holds others up."""
    first, second, third = await asked_in_one_thread(scene, 3)
    approvals = [await scene.decide(asked) for asked in (first, second, third)]
    for later in approvals[:0:-1]:
        with pytest.raises(TryLater, match="earlier replies"):
            await deliver(scene.posting(), later)
    await scene.town.call("DELETE", f"/api/comments/{first.native_id}", first.author)
    assert isinstance(await deliver(scene.posting(), approvals[0]), ReplyReturned)
    with pytest.raises(TryLater, match="1 earlier"):
        await deliver(scene.posting(), approvals[2])
    assert isinstance(await deliver(scene.posting(), approvals[1]), ReplyPosted)
    assert isinstance(await deliver(scene.posting(), approvals[2]), ReplyPosted)


async def test_threads_do_not_wait_for_each_other(scene: Scene) -> None:
    first, other = await scene.asked(), await scene.asked()
    await scene.decide(first)
    assert isinstance(await deliver(scene.posting(), await scene.decide(other)), ReplyPosted)


async def test_what_lies_among_the_dead_letters_holds_nobody_up(scene: Scene) -> None:
    first, second = await asked_in_one_thread(scene, 2)
    buried, waiting = await scene.decide(first), await scene.decide(second)
    letter = DeadLetter(
        dead_id=buried, consumer="deliver_approved", subject="drafts.approved.x", stream="drafts",
        comment_key=first.comment_key, reason="broken", attempts=5, body=b"{}",
        failed_at=scene.clock.now(),
    )  # fmt: skip
    async with transaction(scene.pool) as connection:
        await add_dead_letter(connection, letter)
    assert isinstance(await deliver(scene.posting(), waiting), ReplyPosted)


class Counting(SandboxNetwork):
    """Counts how often the network is asked for anything, and lets time pass at will."""

    def __init__(self, scene: Scene, *pauses: float) -> None:
        super().__init__(scene.town.url, "lindenhof-token", "lindenhof")
        self.asked = 0
        self._pauses = list(pauses)
        self._clock = scene.clock

    async def read(self, native_id: str) -> Standing | None:
        self.asked += 1
        standing = await super().read(native_id)
        if self._pauses:
            self._clock.skip(self._pauses.pop(0))
        return standing

    async def find_reply(self, outgoing: Outgoing) -> Posted | None:
        self.asked += 1
        return await super().find_reply(outgoing)


async def with_counting(
    scene: Scene, work: Callable[[Counting], Awaitable[None]], *pauses: float
) -> None:
    network = Counting(scene, *pauses)
    try:
        await work(network)
    finally:
        await network.close()


async def test_a_network_that_asks_for_peace_gets_it_from_all_approvals(scene: Scene) -> None:
    """INVARIANT: one 429 keeps every approval of that connection from asking, and loses none."""
    everybody = [await scene.asked() for _ in range(5)]
    decided = [await scene.decide(asked) for asked in everybody]
    await scene.town.fault("status", status=429, retry_after=120)

    async def work(network: Counting) -> None:
        posting = scene.posting(network)
        for decision_id in decided:
            with pytest.raises(Paused) as paused:
                await deliver(posting, decision_id)
            assert 110 < paused.value.delay <= 120
        assert network.asked == 1
        scene.clock.skip(120)
        for decision_id in decided:
            assert isinstance(await deliver(posting, decision_id), ReplyPosted)

    await with_counting(scene, work)


async def test_other_connections_are_not_kept_waiting(scene: Scene) -> None:
    asked = await scene.asked()
    await scene.town.fault("status", status=429, retry_after=120)
    with pytest.raises(Paused):
        await deliver(scene.posting(), await scene.decide(asked))
    other = scene.town.network("radhaus")
    try:
        author, post = await scene.town.person(), await scene.town.post("radhaus")
        theirs = Asked(await scene.town.comment(post, "Und hier?", by=author), author, post)
        await take_batch(new_intake(scene.pool), other, await anext(other.listen(None)))
        said = await deliver(scene.posting(other), await scene.decide(theirs))
    finally:
        await other.close()
    assert isinstance(said, ReplyPosted)


async def test_a_long_wait_is_told_to_the_desk_once(scene: Scene, nats_url: str) -> None:
    asked = await scene.asked()
    decision_id = await scene.decide(asked)
    await scene.town.fault("status", status=429, retry_after=300)
    async with delivering(nats_url, scene.posting()) as bus:
        await bus.publish(approved(asked, decision_id))
        (said,) = await replies(nats_url, 1)
    told = ReplyDelayed.model_validate_json(said.data)
    assert (told.decision_id, told.comment_key) == (decision_id, asked.comment_key)
    assert 280 < (told.until - scene.clock.now()).total_seconds() <= 300


async def test_the_last_look_is_never_older_than_a_minute(scene: Scene) -> None:
    """INVARIANT: nothing is posted on the strength of a look that was taken long ago."""
    asked = await scene.asked()
    decision_id = await scene.decide(asked)

    async def work(network: Counting) -> None:
        with pytest.raises(TryLater, match="too old"):
            await deliver(scene.posting(network), decision_id)
        assert await scene.answers(asked) == []
        assert await scene.delivery(decision_id) is None
        assert isinstance(await deliver(scene.posting(network), decision_id), ReplyPosted)

    await with_counting(scene, work, 61)
    assert await scene.answers(asked) == [ANSWER]


async def test_a_machine_that_answers_us_again_and_again_becomes_a_persons_matter(
    scene: Scene,
) -> None:
    """INVARIANT: two machines cannot talk to each other for ever; after a pause a person may."""
    post, robot = await scene.town.post(), await scene.town.person()
    for n in range(6):
        asked = await scene.asked(f"Und {n}?", post=post, author=robot)
        assert isinstance(await deliver(scene.posting(), await scene.decide(asked)), ReplyPosted)
    seventh = await scene.asked("Und 6?", post=post, author=robot)
    said = await deliver(scene.posting(), await scene.decide(seventh))
    assert isinstance(said, ReplyReturned)
    assert said.code == "circuit_open"
    assert await scene.answers(seventh) == []
    somebody_else = await scene.asked("Darf ich auch?", post=post)
    anew = await scene.decide(somebody_else)
    assert isinstance(await finished(scene.posting(), anew), ReplyPosted)
    scene.clock.skip(601)
    again = await scene.decide(seventh)
    assert isinstance(await finished(scene.posting(), again), ReplyPosted)


async def test_two_instances_together_keep_to_the_limit(scene: Scene, nats_url: str) -> None:
    """INVARIANT: more processes never answer one person in one thread more often than one may."""
    post, robot = await scene.town.post(), await scene.town.person()
    number = MOST_TO_AUTHOR + 1
    asked = [await scene.asked(f"Und {n}?", post=post, author=robot) for n in range(number)]
    decided = [await scene.decide(one) for one in asked]
    async with delivering(nats_url, scene.posting(), scene.posting()) as bus:
        for one, decision_id in zip(asked, decided, strict=True):
            await bus.publish(approved(one, decision_id))
        said = await replies(nats_url, number)
    ends = Counter(letter.subject.split(".")[1] for letter in said)
    assert ends == {"posted": MOST_TO_AUTHOR, "returned": 1}
    stand = [len(await scene.answers(one)) for one in asked]
    assert stand == [1] * MOST_TO_AUTHOR + [0]
