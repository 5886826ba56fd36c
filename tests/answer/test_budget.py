"""What the language model may cost in a day."""

from dataclasses import replace

from services.answer.make import Drafting
from services.answer.propose import propose
from services.kit.db import transaction
from services.kit.spending import Purse
from tests.answer.asking import ANSWER, ASKED, DRAFT, SPENT, routed
from tests.kit.scripted_llm import ScriptedLLM, answers, says
from tests.world import World


async def test_the_daily_budget_ends_in_quotations(
    writing: Drafting, llm: ScriptedLLM, world: World
) -> None:
    """INVARIANT: once the day's tokens are spent, failed answers included, no model is asked."""
    budget = replace(writing, purse=Purse(2 * SPENT))
    llm.will(answers(ANSWER), says("garbage"))
    outcomes = [
        await propose(budget, await routed(world, f"{ASKED} {n}"), f"{n:032x}") for n in range(4)
    ]
    assert outcomes == [
        ("proposed", "written"), ("model_failed", None), ("proposed", "quoted"),
        ("proposed", "quoted"),
    ]  # fmt: skip
    assert len(llm.requests) == 2


async def test_a_new_day_has_a_new_budget(
    writing: Drafting, llm: ScriptedLLM, world: World
) -> None:
    budget = replace(writing, purse=Purse(SPENT))
    llm.will(answers(ANSWER), answers(ANSWER))
    await propose(budget, await routed(world), "1" * 32)
    async with transaction(budget.pool) as connection:
        await connection.execute("update drafts set created_at = now() - interval '1 day'")
    assert await propose(budget, await routed(world, f"{ASKED} Danke!"), "2" * 32) == (
        "proposed",
        "written",
    )


async def test_no_budget_means_no_model(writing: Drafting, llm: ScriptedLLM, world: World) -> None:
    none = replace(writing, purse=Purse(0))
    assert await propose(none, await routed(world), DRAFT) == ("proposed", "quoted")
    assert llm.requests == []
