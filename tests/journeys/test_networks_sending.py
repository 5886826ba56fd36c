"""From the desk to each network: one reply, in order, and none where it does not fit any more."""

import asyncio
import random
from collections import Counter

import pytest

from schemas.inbound import Inbound, InboundEvent
from schemas.replies import ReplyPosted, ReplyReturned
from services.deliver.handlers import deliver
from services.deliver.post import Posting
from services.kit.db import Pool
from services.kit.faults import TryLater
from services.store.deliveries import sole_sender
from tests.deliver.scene import finished
from tests.journeys import network_figures
from tests.journeys.traveller import PATIENCE, Traveller
from tests.journeys.venues import (
    BLUESKY,
    ON_GOTOSOCIAL,
    ON_MASTODON,
    SANDBOX,
    VENUES,
    NewStage,
    Venue,
)
from tests.networks.bluesky_stage import heard_all, of
from tests.networks.stage import Stage

ANSWER = "Um 15 Uhr, im Hof."
CODES = {
    "edit": "parent_edited", "delete": "parent_gone", "hide": "hidden", "lock": "locked",
    "block": "blocked",
}  # fmt: skip
"""What may happen between approval and sending, and what the text comes back with.

The last one is about an author, who may have written the other comments too.
"""
THREADS, IN_EACH = 5, 6

everywhere = pytest.mark.parametrize("venue", VENUES, indirect=True, ids=lambda one: one.name)
in_the_storm = pytest.mark.parametrize(
    "venue", [SANDBOX, BLUESKY, ON_MASTODON, ON_GOTOSOCIAL], indirect=True, ids=lambda one: one.name
)


@everywhere
async def test_an_answer_whose_confirmation_got_lost_stands_once_and_is_no_news(
    venue: Venue, new_stage: NewStage, pool: Pool
) -> None:
    """INVARIANT: one reply for one approval, whatever the wire loses, and its echo is no item."""
    stage = await new_stage()
    travel = Traveller(pool, stage)
    replies = {}
    for lost in ("answer", "request"):
        native_id = await stage.someone_comments(f"Wann beginnt das Fest ({lost})?")
        await travel.hear_of(native_id)
        decision_id = await travel.approve(native_id, ANSWER)
        if lost == "answer":
            await stage.next_write_loses_its_answer()
        else:
            await stage.next_write_gets_lost()
        assert isinstance(await finished(travel.posting(), decision_id), ReplyPosted)
        assert isinstance(await deliver(travel.posting(), decision_id), ReplyPosted)
        state, attempts, _, replies[native_id] = await travel.delivery(decision_id)
        assert (state, attempts) == ("sent", 1 if lost == "answer" else 2)
    standing = {native_id: await stage.texts_under(native_id) for native_id in replies}
    assert [len(texts) for texts in standing.values()] == [1, 1]
    assert all(ANSWER in texts[0] for texts in standing.values())

    async def echoes_came() -> bool:
        return all([await travel.dropped(reply or "") for reply in replies.values()])

    await travel.hear(echoes_came)
    await travel.forget_the_cursor()
    later = await stage.someone_comments("Danke!")
    await travel.hear_of(later)
    for reply in replies.values():
        assert set(await travel.dropped(reply or "")) == {"own_reply"}
        assert await travel.received(reply or "") == 0
    network_figures.note(
        venue.name, "answer or request lost on the wire, then the echo",
        await travel.counted(3, list(standing.values())),
    )  # fmt: skip


async def happens(what: str, stage: Stage, native_id: str) -> None:
    if what == "edit":
        await stage.author_edits(native_id, "Und wo?")
    elif what == "delete":
        await stage.author_deletes(native_id)
    else:
        await getattr(stage, what)(native_id)


@everywhere
async def test_what_happens_between_approval_and_sending_keeps_the_text_back(
    venue: Venue, new_stage: NewStage, pool: Pool
) -> None:
    """INVARIANT: nothing is posted under what is not what the person saw any more."""
    stages = {what: await new_stage() for what in CODES}
    known = {
        what: stage for what, stage in stages.items()
        if what in ("edit", "delete") or hasattr(stage, what)
    }  # fmt: skip
    comments = {what: await one.someone_comments("Wann ist es?") for what, one in known.items()}
    travel = Traveller(pool, stages["edit"])
    await travel.hear_of(*comments.values())
    approvals = {what: await travel.approve(one, ANSWER) for what, one in comments.items()}
    returned = {}
    for what, stage in known.items():
        await happens(what, stage, comments[what])
        said = await finished(travel.posting(), approvals[what])
        assert isinstance(said, ReplyReturned), f"posted after {what}"
        state, attempts, returned[what], reply_id = await travel.delivery(approvals[what])
        assert (state, attempts, reply_id) == ("returned", 0, None)
    assert returned == {what: CODES[what] for what in known}
    standing = [
        await known[what].texts_under(one) for what, one in comments.items() if what != "delete"
    ]
    assert not any(standing)
    network_figures.note(
        venue.name, f"changed before sending: {', '.join(known)}",
        await travel.counted(len(known), standing),
    )  # fmt: skip


async def one_worker(posting: Posting, waiting: list[str], travel: Traveller) -> None:
    """Take approvals as the bus hands them out, in any order; time passes when all must wait."""
    chance = random.Random(len(waiting))
    while waiting:
        decision_id = waiting.pop(chance.randrange(len(waiting)))
        try:
            async with sole_sender(travel.pool, decision_id) as alone:
                assert alone
                assert isinstance(await deliver(posting, decision_id), ReplyPosted)
        except TryLater as later:
            waiting.append(decision_id)
            travel.clock.skip(min(later.delay, 0.5))


def in_order_of_posting(venue: Venue, told: list[Inbound], wanted: set[str]) -> list[str]:
    """Return our replies in the order the network took them.

    On Bluesky a post's own time comes from its approval; there the stream has the order.
    """
    echoes = [
        event for event in told
        if isinstance(event, InboundEvent) and event.data.native_id in wanted
    ]  # fmt: skip
    if venue is not BLUESKY:
        echoes.sort(key=lambda event: event.data.created_at)
    return list(dict.fromkeys(event.data.native_id for event in echoes))


@in_the_storm
async def test_a_storm_of_429_loses_doubles_and_reorders_nothing(
    venue: Venue, new_stage: NewStage, pool: Pool
) -> None:
    """INVARIANT: thirty approvals in five threads: each stands once, in its thread's order."""
    stages = [await new_stage() for _ in range(THREADS)]
    travel = Traveller(pool, stages[0])
    comments: dict[str, Stage] = {}
    for n in range(IN_EACH):
        for stage in stages:
            comments[await stage.someone_comments(f"Frage {n}?")] = stage
    await travel.hear_of(*comments)
    approvals = {one: await travel.approve(one, f"Antwort {n}.") for n, one in enumerate(comments)}
    posting, waiting = travel.posting(), list(approvals.values())
    for seconds in (1, 2, 1, 30, 1, 2, 1, 1, 2, 1):
        await stages[0].next_write_is_too_early(seconds)
    async with asyncio.timeout(PATIENCE):
        await asyncio.gather(*(one_worker(posting, waiting, travel) for _ in range(4)))
    standing = {one: await stage.texts_under(one) for one, stage in comments.items()}
    assert [len(texts) for texts in standing.values()] == [1] * len(comments)
    assert [texts[0].split()[-1] for texts in standing.values()] == [
        f"{n}." for n in range(len(comments))
    ]
    states = Counter([(await travel.delivery(one))[0] for one in approvals.values()])
    assert states == {"sent": THREADS * IN_EACH}
    ids = {(await travel.delivery(done))[3]: one for one, done in approvals.items()}
    told, _ = await heard_all(
        stages[0].another_network(), [of("comment.", str(one)) for one in ids]
    )
    echoes = in_order_of_posting(venue, told, set(map(str, ids)))
    for stage in stages:
        expected = [one for one, where in comments.items() if where is stage]
        assert [ids[one] for one in echoes if comments[ids[one]] is stage] == expected
    network_figures.note(
        venue.name, "storm of 429: 30 approvals in 5 threads, 4 workers",
        await travel.counted(len(comments), list(standing.values())),
    )  # fmt: skip
