"""Hidden, locked, blocked, gone: told in any order, before or after the words, of few or many."""

import random
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime

import pytest
import pytest_asyncio

from schemas.comments import CommentRouted
from schemas.inbound import Inbound
from services.ingest.spread import spread_on
from services.ingest.take import take_in
from services.kit.db import Pool, open_pool, transaction
from services.kit.pseudonym import long_key
from services.review.standing import settle
from services.store import circumstances
from services.store.items import read_facts
from services.store.routings import save_routing
from tests.ingest.events import (
    KEY,
    NOON,
    count,
    event,
    everything,
    new_intake,
    notice,
    outcomes,
    promised,
    stored,
)

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def town(one_database: str) -> AsyncIterator[Pool]:
    """One pool for all stories: each has a comment, a thread and an author of its own."""
    async with open_pool(one_database) as opened:
        yield opened


def story(name: str) -> dict[str, Inbound]:
    """Return all that happens to a comment, its thread and its author; later letters come later."""
    words = {
        "author": f"von-{name}",
        "page": {"native_id": f"p-{name}", "name": "Lindenhof"},
        "root": {"native_id": f"r-{name}", "text": "Am Samstag ist Hoffest."},
    }
    thread, author = {"root_id": f"r-{name}"}, {"author_id": f"von-{name}"}
    return {
        "R": event(native_id=name, minute=1, **words),
        "E": event("edited", name, "2", minute=2, text="Und wo?", **words),
        "H": event("hidden", name, minute=3, **words),
        "h": event("unhidden", name, minute=4, **words),
        "L": notice("thread.locked", minute=5, **thread),
        "l": notice("thread.unlocked", minute=6, **thread),
        "B": notice("author.blocked", minute=7, **author),
        "b": notice("author.unblocked", minute=8, **author),
        "D": event("deleted", name, minute=9, **words),
        "T": notice("thread.deleted", minute=10, **thread),
        "A": notice("author.gone", minute=11, **author),
    }


async def end_of(pool: Pool, native_id: str) -> tuple[str, str | None, str | None]:
    """Sort the comment as route would; return its item's status and note, and its text."""
    key = long_key("sandbox", native_id)
    async with transaction(pool) as connection:
        (facts,) = await read_facts(connection, [key])
        if not facts.deleted:
            routed = CommentRouted(
                happened_at=NOON, network="sandbox", thread_key=facts.thread_key, comment_key=key,
                revision=facts.revision, cause="arrival", lane="answer", kind="question",
                muted=False, rules=[], language="de",
            )  # fmt: skip
            await save_routing(connection, routed, [], "test")
        (facts,) = await read_facts(connection, [key])
    item = settle(facts)
    assert item is not None
    found = await stored(pool, native_id)
    assert found is not None
    return item.status, item.note, found.text


ENDS = {
    "R": ("open", None, "Wann beginnt das Fest?"),
    "RE": ("open", None, "Und wo?"),
    "REH": ("paused", "hidden", "Und wo?"),
    "REHh": ("open", None, "Und wo?"),
    "REHL": ("cancelled", "locked", "Und wo?"),
    "REHLl": ("paused", "hidden", "Und wo?"),
    "RLl": ("open", None, "Wann beginnt das Fest?"),
    "RB": ("cancelled", "blocked", "Wann beginnt das Fest?"),
    "RHLB": ("cancelled", "blocked", "Wann beginnt das Fest?"),
    "REHhLlBb": ("open", None, "Und wo?"),
    "REHLBD": ("cancelled", "deleted", None),
    "RET": ("cancelled", "deleted", None),
    "REA": ("cancelled", "deleted", None),
    "REHhLlBbDTA": ("cancelled", "deleted", None),
}
"""What happened, by the letters of `story`, and what the desk and the database then hold."""


async def tell(pool: Pool, events: Sequence[Inbound], chance: random.Random) -> None:
    """Hand events in to intakes some of which stop before they have told everybody."""
    for one in events:
        if chance.random() < 0.3:
            await take_and_crash(pool, one)
        else:
            await new_intake(pool).take([one])
    await new_intake(pool).spread()


async def take_and_crash(pool: Pool, one: Inbound) -> None:
    """Store an event as an intake does that ends before it can tell anybody."""
    async with transaction(pool) as connection:
        await take_in(connection, [one], pseudonym_key=KEY, now=datetime.now(UTC))


@pytest.mark.parametrize("letters", ENDS)
async def test_any_order_of_what_happens_ends_in_the_same_item(town: Pool, letters: str) -> None:
    """INVARIANT: order, repetition and restarts of the intake decide nothing about the end."""
    chance = random.Random(letters)
    shuffled = ["".join(chance.sample(letters, len(letters))) for _ in range(4)]
    for number, order in enumerate(dict.fromkeys([letters, letters[::-1], *shuffled])):
        name = f"{letters}-{number}"
        told = story(name)
        again = [told[letter] for letter in order * 3]
        chance.shuffle(again)
        await tell(town, [*(told[letter] for letter in order), *again], chance)
        assert await end_of(town, name) == ENDS[letters], order


@pytest.mark.parametrize(
    ("letters", "said"),
    [
        ("RH", ["received", "hidden"]),
        ("HR", ["hidden", "received"]),
        ("RHH", ["received", "hidden", "outdated"]),
        ("hHR", ["unhidden", "outdated", "received"]),
        ("LRL", ["noted", "received", "outdated"]),
        ("BlR", ["noted", "noted", "received"]),
        ("TR", ["noted", "deleted"]),
        ("ARR", ["noted", "deleted", "duplicate"]),
        ("ARE", ["noted", "deleted", "outdated"]),
        ("DT", ["deleted", "noted"]),
    ],
)
async def test_what_becomes_of_each_event(town: Pool, letters: str, said: list[str]) -> None:
    name = f"said-{letters}"
    told = story(name)
    assert await outcomes(new_intake(town), *(told[letter] for letter in letters)) == said


async def test_every_affected_comment_is_told_of_once(town: Pool) -> None:
    """INVARIANT: who works with a comment hears of each change of its standing, and only once."""
    told = story("heard")
    await outcomes(new_intake(town), *(told[letter] for letter in "RHHhLLlBbBA"), told["R"])
    assert [kind for kind, _ in await promised(town, "heard")] == [
        "CommentReceived",
        "CommentWithheld", "CommentRestored",
        "CommentWithheld", "CommentRestored",
        "CommentWithheld", "CommentRestored",
        "CommentDeleted",
    ]  # fmt: skip


async def test_a_comment_shown_for_the_first_time_is_a_new_one(town: Pool) -> None:
    """INVARIANT: a comment that was held back before we heard of it is not lost."""
    held = event("unhidden", "held", minute=2)
    shown = held.model_copy(update={"data": held.data.model_copy(update={"text": "Endlich"})})
    received = event(native_id="held", text="Endlich", minute=1)
    assert await outcomes(new_intake(town), shown, shown, received) == [
        "received", "outdated", "outdated",
    ]  # fmt: skip
    assert await promised(town, "held") == [("CommentReceived", 1)]


async def test_a_block_concerns_the_account_that_it_was_told_to(town: Pool) -> None:
    told = story("twopages")
    other = told["R"].model_copy(update={"source": "test:other"})
    blocked = told["B"].model_copy(update={"source": "test:other"})
    await outcomes(new_intake(town), told["R"], other, blocked)
    assert (await end_of(town, "twopages"))[0] == "open"


async def test_a_thread_larger_than_a_transaction_is_told_of_to_the_last_comment(
    town: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """INVARIANT: a crash amid a large thread leaves nobody untold and tells nobody twice."""
    monkeypatch.setattr(circumstances, "CHUNK", 7)
    root = {"native_id": "large", "text": "Zarathustra"}
    comments = [
        event(native_id=f"large{n}", author=f"einer-{n % 3}", minute=n, root=root)
        for n in range(23)
    ]
    intake = new_intake(town)
    await intake.take(comments)
    await take_and_crash(town, notice("thread.deleted", root_id="large", minute=60))
    async with transaction(town) as connection:
        assert await spread_on(connection, NOON)
    with pytest.raises(RuntimeError):
        await _crash_amid(town)
    late = event(native_id="large99", minute=30, root=root)
    assert await outcomes(new_intake(town), late) == ["deleted"]
    for one in [*comments, late]:
        found = await stored(town, one.data.native_id)
        assert found is not None
        assert (found.text, found.deleted, found.root_text) == (None, True, "")
        kinds = [kind for kind, _ in await promised(town, one.data.native_id)]
        assert kinds.count("CommentDeleted") == 1
    assert "Zarathustra" not in await everything(town)


async def _crash_amid(pool: Pool) -> None:
    async with transaction(pool) as connection:
        await spread_on(connection, NOON)
        raise RuntimeError("power cut")


async def test_what_cannot_be_told_keeps_no_event_out(town: Pool) -> None:
    """INVARIANT: a fault about one thread does not keep the comments of others out."""
    told = story("poisoned")
    await new_intake(town).take([told["R"]])
    spoil = "update comments set network = %s where native_id = 'poisoned'"
    async with transaction(town) as connection:
        await connection.execute(spoil, ["Not A Name"])
    assert await outcomes(new_intake(town), told["L"], event(native_id="healthy")) == [
        "noted", "received",
    ]  # fmt: skip
    async with transaction(town) as connection:
        await connection.execute(spoil, ["sandbox"])
    await new_intake(town).spread()
    kinds = [kind for kind, _ in await promised(town, "poisoned")]
    assert kinds == ["CommentReceived", "CommentWithheld"]


async def test_a_thread_that_came_back_is_a_thread_again(town: Pool) -> None:
    told = story("back")
    assert await outcomes(new_intake(town), told["R"], told["T"]) == ["received", "noted"]
    anew = replace_time(told["R"], "back#anew", 30)
    assert await outcomes(new_intake(town), anew) == ["edited"]
    assert (await end_of(town, "back"))[0] == "open"


def replace_time(told: Inbound, event_id: str, minute: int) -> Inbound:
    later = event(minute=minute).time
    assert isinstance(told, type(event()))
    data = told.data.model_copy(update={"revision": str(minute)})
    return told.model_copy(update={"id": event_id, "time": later, "data": data})


async def test_a_notice_without_a_proper_name_is_refused_and_nobody_else(town: Pool) -> None:
    bad = notice("thread.locked", root_id="x\x00y")
    result = await new_intake(town).take([bad, notice("thread.locked", root_id="good")])
    assert [one.outcome for one in result.taken] == ["noted"]
    assert [(one.position, "data.root_id" in one.reason) for one in result.refused] == [(0, True)]


async def test_of_a_hidden_private_message_nothing_is_kept_but_the_fact(town: Pool) -> None:
    """INVARIANT: no word of a private message is stored, however it is told."""
    before = await count(town, "comments")
    secret = event("unhidden", "secret", visibility="direct")
    words = secret.data.model_copy(update={"text": "Zarathustra unter uns"})
    await outcomes(new_intake(town), secret.model_copy(update={"data": words}))
    assert await count(town, "comments") == before
    assert "Zarathustra" not in await everything(town)
