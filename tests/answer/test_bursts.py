"""Several messages in a row by one person are answered as one."""

from dataclasses import replace
from datetime import timedelta

import pytest

from schemas.comments import OfComment
from schemas.drafts import DraftOutdated
from services.answer.handlers import draft_key
from services.answer.make import Drafting
from services.answer.patience import SORTED_WITHIN
from services.answer.propose import propose
from services.kit.faults import TryLater
from tests.answer.asking import ANSWER, ASKED, stored
from tests.kit.scripted_llm import ScriptedLLM, answers
from tests.review.reading import rows
from tests.world import Seeded, World

BEFORE = "Hallo, eine Frage zum Hof."


async def two(world: World) -> tuple[Seeded, Seeded]:
    first = await world.comment(BEFORE, author="Nora", post="", ago=timedelta(minutes=2))
    await world.route(first)
    return first, await world.comment(ASKED, author="Nora", post="")


async def test_the_model_is_asked_for_all_messages_at_once(
    writing: Drafting, llm: ScriptedLLM, world: World
) -> None:
    """INVARIANT: the draft answers what was said in all messages; none stands twice in it."""
    llm.will(answers(ANSWER))
    first, last = await two(world)
    event = await world.route(last)
    assert await propose(writing, event, draft_key(event, "answer")) == ("proposed", "written")
    (request,) = llm.requests
    asked = request["messages"][1]["content"]
    assert f"{BEFORE}\\n\\n{ASKED}" in asked
    assert asked.count(BEFORE) == 1
    assert await rows(writing.pool, "select joined from drafts") == [([f"{first.comment_key}:1"],)]


async def test_a_message_that_was_not_sorted_or_comes_too_late_is_not_joined(
    writing: Drafting, llm: ScriptedLLM, world: World
) -> None:
    llm.will(answers(ANSWER))
    await world.comment("Noch nicht sortiert.", author="Nora", post="")
    later = await world.comment(ASKED, author="Nora", post="", ago=timedelta(minutes=-11))
    event = await world.route(later)
    await propose(writing, event, draft_key(event, "answer"))
    assert await rows(writing.pool, "select joined from drafts") == [([],)]


async def test_an_overtaken_draft_is_replaced_also_by_silence(
    quoting: Drafting, world: World
) -> None:
    """INVARIANT: when the messages change, a draft or a silence that fits them is stored."""
    first, last = await two(world)
    event = await world.route(last)
    await propose(quoting, event, draft_key(event, "answer"))
    await world.edit(first, "Spielt ihr heute Volleyball oder Handball?")
    cause = f"replaces-{draft_key(event, 'answer')}"
    again = DraftOutdated(**last.keys, stance="answer", cause=cause)
    made = await propose(quoting, again, draft_key(again, "answer", cause), cause=cause)
    assert made is not None
    joined = [one for (one,) in await rows(quoting.pool, "select joined from drafts")]
    assert [f"{first.comment_key}:2"] in joined
    assert len(await stored(quoting.pool)) == 2


async def test_a_burst_costs_one_draft_on_its_last_message(
    writing: Drafting, llm: ScriptedLLM, world: World
) -> None:
    """INVARIANT: the model is asked once for a burst, whichever message is handled first."""
    llm.will(answers(ANSWER))
    first, last = await two(world)
    late = await world.route(last)
    early = OfComment.model_construct(**first.keys)
    assert await propose(writing, early, draft_key(early, "answer")) is None
    assert await propose(writing, late, draft_key(late, "answer")) == ("proposed", "written")
    assert await propose(writing, early, draft_key(early, "answer")) is None
    assert len(llm.requests) == 1
    drafted = await rows(writing.pool, "select comment_key, joined from drafts")
    assert drafted == [(last.comment_key, [f"{first.comment_key}:1"])]


async def test_a_draft_waits_until_the_neighbours_are_sorted(
    quoting: Drafting, world: World
) -> None:
    first = await world.comment(BEFORE, author="Nora", post="", ago=timedelta(minutes=2))
    event = await world.route(first)
    last = await world.comment(ASKED, author="Nora", post="")
    with pytest.raises(TryLater, match="being sorted"):
        await propose(quoting, event, draft_key(event, "answer"))
    long_ago = event.model_copy(update={"happened_at": event.happened_at - SORTED_WITHIN})
    assert await propose(quoting, long_ago, draft_key(event, "answer")) is not None
    await world.route(last)
    assert await propose(quoting, event, draft_key(event, "answer", "again")) is None


async def test_a_young_comment_waits_for_what_its_author_adds(
    writing: Drafting, llm: ScriptedLLM, world: World
) -> None:
    llm.will(answers(ANSWER))
    event = await world.route(await world.comment(ASKED, author="Nora", post=""))
    patient = replace(writing, patience=timedelta(hours=1))
    with pytest.raises(TryLater, match="young") as waiting:
        await propose(patient, event, draft_key(event, "answer"))
    assert 3000 < waiting.value.delay <= 3600
    assert llm.requests == []
    old = await world.comment(ASKED, author="Ada", post="", ago=timedelta(hours=2))
    event = await world.route(old)
    assert await propose(patient, event, draft_key(event, "answer")) == ("proposed", "written")
