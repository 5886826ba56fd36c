"""Several messages in a row by one person are answered as one."""

from datetime import timedelta

from schemas.drafts import DraftOutdated
from services.answer.handlers import draft_key
from services.answer.propose import Drafting, propose
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
