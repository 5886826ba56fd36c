"""The same events in any order, any number of times, by any number of instances."""

import asyncio
import itertools
import random
from collections.abc import AsyncIterator, Sequence

import pytest
import pytest_asyncio

from schemas.inbound import InboundEvent
from services.kit.db import Pool, open_pool
from tests.ingest.events import Stored, count, event, new_intake, outcomes, promised, stored

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def town(one_database: str) -> AsyncIterator[Pool]:
    """One pool for all orders: each has a comment of its own."""
    async with open_pool(one_database) as opened:
        yield opened


def story(native_id: str) -> dict[str, InboundEvent]:
    """Return what happened to a comment: received, edited twice (A, B), deleted.

    Each text comes with another name of the page and another text of the post.
    """

    def told(kind: str, revision: int) -> InboundEvent:
        return event(
            kind, native_id, str(revision), minute=revision, text=f"Fassung {revision}",
            author=f"von-{native_id}",
            page={"native_id": f"p-{native_id}", "name": f"Seite {revision}"},
            root={"native_id": f"r-{native_id}", "text": f"Beitrag {revision}"},
        )  # fmt: skip

    return {
        "R": told("received", 1), "A": told("edited", 2), "B": told("edited", 3),
        "D": told("deleted", 4),
    }  # fmt: skip


def permutations(*sets: str) -> list[str]:
    return ["".join(order) for one in sets for order in itertools.permutations(one)]


@pytest.mark.parametrize("order", permutations("RAB", "RABD", "RBD", "RD", "AB", "RA"))
async def test_any_order_of_a_comments_events_ends_alike(town: Pool, order: str) -> None:
    """INVARIANT: the newest text wins and a deletion is final, in whatever order they come."""
    told = story(order)
    await outcomes(new_intake(town), *(told[letter] for letter in order))
    found = await stored(town, order)
    assert found is not None
    if "D" in order:
        assert (found.text, found.author, found.deleted) == (None, None, True)
    else:
        newest = max(told[letter].data.revision for letter in order)
        assert found == Stored(
            f"Fassung {newest}", newest, f"Von-{order.title()}", f"Beitrag {newest}", deleted=False
        )
    _check_messages(await promised(town, order), deleted="D" in order)


def _check_messages(messages: Sequence[tuple[str, int]], *, deleted: bool) -> None:
    kinds = [kind for kind, _ in messages]
    if deleted:
        assert kinds.pop() == "CommentDeleted"
    assert kinds == ["CommentReceived", *["CommentEdited"] * (len(kinds) - 1)][: len(kinds)]
    texts = [revision for kind, revision in messages if kind != "CommentDeleted"]
    assert texts == list(range(1, len(texts) + 1))


@pytest.mark.parametrize("seed", range(5))
async def test_repeated_and_shuffled_events_say_everything_once(town: Pool, seed: int) -> None:
    """INVARIANT: an event delivered again, whenever, changes nothing and says nothing."""
    native_id = f"seed{seed}"
    told = [one for one in story(native_id).values() for _ in range(4)]
    random.Random(seed).shuffle(told)
    await outcomes(new_intake(town), *told)
    messages = await promised(town, native_id)
    _check_messages(messages, deleted=True)
    before = await stored(town, native_id)
    await outcomes(new_intake(town), *told)
    assert await stored(town, native_id) == before
    assert await promised(town, native_id) == messages


async def test_one_event_a_hundred_times_at_once_is_one_comment(town: Pool) -> None:
    """INVARIANT: however often an event comes at the same time, it is one comment, told once."""
    one = event(native_id="hundredfold")
    intakes = [new_intake(town), new_intake(town)]
    results = await asyncio.gather(*(intakes[n % 2].take([one]) for n in range(100)))
    said = [result.taken[0].outcome for result in results]
    assert sorted(said) == ["duplicate"] * 99 + ["received"]
    assert await promised(town, "hundredfold") == [("CommentReceived", 1)]


async def test_batches_that_cross_each_other_do_not_lock_each_other_out(town: Pool) -> None:
    """INVARIANT: two instances with the same comments in opposite order both come through."""
    events = [
        event(
            native_id=f"x{n}", author=f"a{n % 5}",
            root={"native_id": f"t{n % 7}", "text": f"Beitrag {n}"},
            page={"native_id": f"p{n % 3}", "name": f"Seite {n}"},
        )
        for n in range(40)
    ]  # fmt: skip
    shuffled = random.Random(7)
    batches = [shuffled.sample(events, len(events)) for _ in range(8)]
    results = await asyncio.gather(*(new_intake(town).take(batch) for batch in batches))
    said = [one.outcome for result in results for one in result.taken]
    assert said.count("received") == 40
    assert said.count("duplicate") == 280
    assert not any(result.refused for result in results)


async def test_the_same_text_through_two_sources_is_one_revision(town: Pool) -> None:
    by_poll = event(native_id="twice", source="test:page")
    by_hook = event(native_id="twice", source="hook", minute=3)
    assert await outcomes(new_intake(town), by_poll, by_hook) == ["received", "outdated"]
    assert await promised(town, "twice") == [("CommentReceived", 1)]


async def test_an_edit_within_the_same_second_is_not_lost(town: Pool) -> None:
    """INVARIANT: a network that counts in seconds loses no edit."""
    first = event(native_id="quick", text="Um 15 Uhr?")
    edits = [event("edited", "quick", str(n), text=f"Um {n} Uhr?") for n in (16, 17)]
    assert await outcomes(new_intake(town), first, *edits) == ["received", "edited", "edited"]
    assert await outcomes(new_intake(town), event(native_id="quick", revision="0")) == ["outdated"]
    found = await stored(town, "quick")
    assert found is not None
    assert found.text == "Um 17 Uhr?"


async def test_every_comment_has_its_row_in_the_log_of_the_door(town: Pool) -> None:
    before = await count(town, "intake")
    await outcomes(new_intake(town), event(native_id="logged"), event(native_id="logged"))
    assert await count(town, "intake") == before + 1
