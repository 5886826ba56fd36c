"""An identical question on unchanged passages is paid for once."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from services.answer.make import Drafting
from services.answer.propose import propose
from services.kit.spending import Prices, Purse
from services.store.spending import spent_since
from tests.answer.asking import ANSWER, ASKED, routed, stored
from tests.answer.library import Library
from tests.kit.scripted_llm import ScriptedLLM, answers
from tests.world import World

PRICES = Prices(Decimal(2), Decimal(10))


async def test_twenty_people_with_one_question_cost_one_draft(
    writing: Drafting, llm: ScriptedLLM, world: World
) -> None:
    llm.will(answers(ANSWER))
    for number in range(20):
        text = ASKED if number % 2 else ASKED.upper().replace(" ", "  ")
        event = await routed(world, text, author=f"Person {number}")
        assert await propose(writing, event, f"{number:032x}") == ("proposed", "written")
    assert len(llm.requests) == 1
    texts = {draft.text for draft in await stored(writing.pool)}
    assert len(texts) == 1
    async with writing.pool.connection() as connection:
        rows = await connection.execute("select count(*), count(distinct reused) from drafts")
        assert await rows.fetchone() == (20, 1)


async def test_what_we_said_since_makes_it_another_question(
    writing: Drafting, llm: ScriptedLLM, world: World
) -> None:
    """INVARIANT: a remembered draft never repeats what we have said in the thread meanwhile."""
    llm.will(answers(ANSWER), answers(ANSWER))
    await propose(writing, await routed(world, author="Mira", ago=timedelta(hours=2)), "1" * 32)
    await world.comment("Höchstens 65.", is_self=True, ago=timedelta(hours=1))
    await propose(writing, await routed(world, author="Nora"), "2" * 32)
    assert len(llm.requests) == 2
    assert '"said_by": "us"' in llm.requests[1]["messages"][1]["content"]


async def test_changed_passages_are_asked_about_anew(
    writing: Drafting, llm: ScriptedLLM, world: World, library: Library
) -> None:
    """INVARIANT: no draft outlives the passages it was made of."""
    llm.will(answers(ANSWER), answers(ANSWER))
    await propose(writing, await routed(world, author="Mira"), "1" * 32)
    await library.add("Richtlinien 2028", "Die Stiftung übernimmt höchstens 70 Prozent der Kosten.")
    await propose(writing, await routed(world, author="Nora"), "2" * 32)
    assert len(llm.requests) == 2


async def test_every_draft_has_its_price_and_a_repeated_one_none(
    writing: Drafting, llm: ScriptedLLM, world: World
) -> None:
    llm.will(answers(ANSWER))
    priced = replace(writing, prices=PRICES)
    for number, author in enumerate(("Mira", "Nora")):
        await propose(priced, await routed(world, author=author), f"{number:032x}")
    async with writing.pool.connection() as connection:
        rows = await connection.execute("select tokens_in, tokens_out, cost from drafts order by 1")
        assert await rows.fetchall() == [(0, 0, Decimal(0)), (100, 20, Decimal("0.0004"))]


async def test_the_month_s_money_ends_in_quotations(
    writing: Drafting, llm: ScriptedLLM, world: World
) -> None:
    """INVARIANT: once the month's budget is spent no model is asked."""
    llm.will(answers(ANSWER))
    purse = Purse(daily_tokens=10**6, monthly_cost=Decimal("0.0004"))
    frugal = replace(writing, purse=purse, prices=PRICES)
    kinds = [
        await propose(frugal, await routed(world, f"{ASKED} {n}"), f"{n:032x}") for n in range(3)
    ]
    assert kinds == [("proposed", "written"), ("proposed", "quoted"), ("proposed", "quoted")]
    assert len(llm.requests) == 1
    async with writing.pool.connection() as connection:
        before = await spent_since(connection, world.began.replace(day=1, hour=0))
    assert before.cost == Decimal("0.0004")
