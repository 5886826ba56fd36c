"""A person asks for a draft that the lane alone would not bring."""

from datetime import UTC, datetime

from schemas.drafts import DraftOutdated, DraftRequested
from services.answer.handlers import draft_key
from services.answer.make import Drafting
from services.answer.propose import propose
from tests.answer.asking import ANSWER, ASKED, stored
from tests.kit.scripted_llm import ScriptedLLM, answers, refuses
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


async def test_a_failed_draft_is_tried_again_as_often_as_somebody_asks(
    writing: Drafting, llm: ScriptedLLM, world: World
) -> None:
    """INVARIANT: a person who asks again is told what came of it, also if it failed again."""
    llm.will(refuses(), refuses(), answers(ANSWER))
    comment = await world.comment(ASKED, post="Unser Hof wird grün.")
    await propose(writing, await world.route(comment), "1" * 32)
    for failed, outcome in (("1" * 32, "model_failed"), ("2" * 32, "proposed")):
        event = DraftOutdated(**comment.keys, stance="answer", cause=f"again-{failed}")
        for _ in range(2):
            made = await propose(writing, event, draft_key(event, "answer", event.cause),
                cause=event.cause)  # fmt: skip
            assert made is not None
            assert made[0] == outcome
    assert [one.outcome for one in await stored(writing.pool)] == [
        "model_failed", "model_failed", "proposed",
    ]  # fmt: skip
    assert len(llm.requests) == 3
