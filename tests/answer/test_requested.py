"""A person asks for a draft that the lane alone would not bring."""

from datetime import UTC, datetime

from schemas.drafts import DraftRequested
from services.answer.propose import Drafting, propose
from tests.answer.asking import ANSWER, ASKED, stored
from tests.kit.scripted_llm import ScriptedLLM, answers
from tests.world import Seeded, World

FALSE_CLAIM = "Ihr übernehmt doch nie mehr als zehn Prozent der anerkannten Kosten je Hof!"


def requested(comment: Seeded) -> DraftRequested:
    return DraftRequested(**{**comment.keys, "happened_at": datetime.now(UTC)}, stance="correct")


async def test_a_falsehood_is_corrected_for_those_who_read_along(
    writing: Drafting, llm: ScriptedLLM, world: World
) -> None:
    llm.will(answers(ANSWER))
    comment = await world.comment(FALSE_CLAIM, post="Unser Hof wird grün.")
    event = requested(comment)
    assert await propose(writing, event, "1" * 32, "correct") == ("proposed", "written")
    system = llm.requests[0]["messages"][0]["content"]
    assert "mitlesen" in system
    (draft,) = await stored(writing.pool)
    assert draft.prompt == "correct.de@2"


async def test_answer_and_correction_of_one_comment_stand_side_by_side(
    writing: Drafting, llm: ScriptedLLM, world: World
) -> None:
    llm.will(answers(ANSWER), answers(ANSWER))
    comment = await world.comment(ASKED, post="Unser Hof wird grün.")
    routed = await world.route(comment)
    await propose(writing, routed, "1" * 32)
    await propose(writing, requested(comment), "2" * 32, "correct")
    assert len(await stored(writing.pool)) == 2
    assert len(llm.requests) == 2


async def test_without_a_model_nothing_is_corrected(quoting: Drafting, world: World) -> None:
    """A quotation answers a question; it does not take up a claim."""
    comment = await world.comment(FALSE_CLAIM, post="Unser Hof wird grün.")
    assert await propose(quoting, requested(comment), "1" * 32, "correct") == ("no_source", None)
    (draft,) = await stored(quoting.pool)
    assert draft.reason == {"rule": "needs_a_model", "detail": ""}
