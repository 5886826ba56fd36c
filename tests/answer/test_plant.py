"""Planted errors: what the rules make false, and when one is put in front of a draft."""

import pytest

from schemas.drafts import Sentence
from services.answer.draft import Draft
from services.answer.make import Drafting
from services.answer.plant import drawn, falsified, plant
from services.answer.propose import propose
from services.kit.db import Pool, transaction
from services.store import planted
from tests.answer.asking import ANSWER, DRAFT, FACT, routed
from tests.kit.scripted_llm import ScriptedLLM, answers
from tests.review.reading import rows
from tests.world import World

RATE = "insert into gate_rates (rate, account_id, set_at) values (%s, 'a', now())"


async def set_rate(pool: Pool, rate: float) -> None:
    async with transaction(pool) as connection:
        await connection.execute(
            "insert into accounts (account_id, name, password_hash, created_at)"
            " values ('a', 'A', '', now()) on conflict do nothing"
        )
        await connection.execute(RATE, [rate])


@pytest.mark.parametrize(
    ("text", "kind", "false"),
    [
        ("Wir übernehmen 65 Prozent.", "figure", "Wir übernehmen 56 Prozent."),
        ("Je Hof gibt es 18.000 Euro.", "figure", "Je Hof gibt es 81.000 Euro."),
        ("Der Antrag endet am 31. März 2027.", "date", "Der Antrag endet am 31. Mai 2027."),
        ("Es sind höchstens zwei.", "bound", "Es sind mindestens zwei."),
        ("Der Hof ist förderfähig.", "negation", "Der Hof ist nicht förderfähig."),
        ("You can apply twice.", "negation", "You cannot apply twice."),
    ],
    ids=["figure", "thousands", "date", "bound", "negation-de", "negation-en"],
)
def test_a_sentence_is_made_false_as_models_err(text: str, kind: str, false: str) -> None:
    assert (kind, false) in list(falsified(text))


@pytest.mark.parametrize("text", ["Im Jahr 2027 geht es los", "Danke", "", "§ 4 Absatz x1y"])
def test_years_and_names_are_no_figures(text: str) -> None:
    assert [kind for kind, _ in falsified(text) if kind == "figure" and "4" not in text] == []


def test_the_share_that_is_drawn_is_the_rate() -> None:
    keys = [f"{number:032x}" for number in range(4000)]
    assert sum(drawn(key, 0.0) for key in keys) == 0
    assert 140 < sum(drawn(key, 0.05) for key in keys) < 260
    assert [drawn(key, 0.05) for key in keys] == [drawn(key, 0.05) for key in keys]


async def test_off_by_default_nothing_is_planted(
    writing: Drafting, llm: ScriptedLLM, world: World
) -> None:
    """INVARIANT: without a rate that somebody set no draft is falsified."""
    llm.will(answers(ANSWER))
    assert await propose(writing, await routed(world), DRAFT) == ("proposed", "written")
    assert await rows(world.pool, "select * from planted_drafts") == []


async def test_a_drawn_draft_gets_a_false_version_and_stays_itself(
    writing: Drafting, llm: ScriptedLLM, world: World
) -> None:
    """INVARIANT: planting changes no draft; what is planted cannot be taken for one."""
    await set_rate(world.pool, 0.1)
    key = next(key for key in (f"{n:032x}" for n in range(999)) if drawn(key, 0.1))
    llm.will(answers(ANSWER))
    assert await propose(writing, await routed(world), key) == ("proposed", "written")
    async with world.pool.connection() as connection:
        false = await planted.standing(connection, key)
    assert false is not None
    assert false.truth == FACT["text"]
    assert false.falsehood != false.truth
    assert false.falsehood in false.text
    real = await rows(world.pool, "select draft_id, text from drafts")
    assert [(row[0], false.falsehood in row[1]) for row in real] == [(key, False)]
    assert await rows(world.pool, "select tokens_in > 0, count(*) from drafts group by 1") != []


def test_what_our_checks_let_through_comes_first() -> None:
    text = "Wir zahlen höchstens 65 Prozent."
    fact = Sentence(text=text, kind="fact")
    draft = Draft(kind="written", sentences=(fact,), text=text, engine="test")
    first = next(plant(draft, "d" * 32, lambda one: "mindestens" in one.text))
    assert first.kind == "bound"
    assert {one.kind for one in plant(draft, "d" * 32, lambda _: False)} >= {"figure", "bound"}
