"""From a routed comment to a stored draft, or to the stored reason why there is none."""

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest

from schemas.drafts import MadeStance
from services.answer.handlers import listen
from services.answer.make import Drafting
from services.answer.propose import propose
from services.kit.bus import Bus
from services.kit.db import transaction
from services.kit.embed.errors import EmbeddingError
from services.kit.faults import TryLater, is_infrastructure
from services.kit.prompt import BadPrompt, parse_prompt
from services.kit.telemetry import Telemetry
from tests.answer.asking import ANSWER, ASKED, DRAFT, FACT, SPENT, routed, stored
from tests.answer.library import FUNDING, Library
from tests.kit.scripted_llm import ScriptedLLM, answers, drops, says, status
from tests.world import World


async def test_without_a_model_the_publications_are_quoted(quoting: Drafting, world: World) -> None:
    assert await propose(quoting, await routed(world), DRAFT) == ("proposed", "quoted")
    (draft,) = await stored(quoting.pool)
    first = FUNDING.partition(" Drei")[0]
    assert draft.text.startswith(
        f"Dazu aus unseren Veröffentlichungen:\n„{first}“ (Förderrichtlinien Hofwende 2027, S. 1)"
    )
    assert draft.sentences[1]["citations"][0]["quote"] == first
    assert (draft.engine, draft.prompt, draft.tokens_in) == ("quoted", None, 0)


async def test_under_a_post_of_others_its_own_question_is_answered(
    quoting: Drafting, world: World
) -> None:
    said = "Am Mühlweg feiern Nachbarinnen mit Kuchen, Lampions und Blasmusik bis Mitternacht."
    picky = replace(quoting, quotable=0.75)
    tried: tuple[tuple[MadeStance, str, tuple[str, str | None]], ...] = (
        ("answer", f"{said} {ASKED}", ("no_source", None)),
        ("join", said, ("no_source", None)),
        ("join", f"{said} {ASKED}", ("proposed", "quoted")),
    )
    for stance, text, found in tried:
        event = await routed(world, text)
        assert await propose(picky, event, uuid4().hex, stance) == found


async def test_a_model_writes_with_citations(
    writing: Drafting, llm: ScriptedLLM, world: World
) -> None:
    llm.will(answers(ANSWER))
    assert await propose(writing, await routed(world), DRAFT) == ("proposed", "written")
    (draft,) = await stored(writing.pool)
    assert draft.text == f"{FACT['text']}\n\nQuelle: Förderrichtlinien Hofwende 2027, S. 1"
    assert (draft.engine, draft.prompt) == ("scripted-1", "answer.de@3")
    assert draft.tokens_in + draft.tokens_out == SPENT


async def test_an_english_question_is_answered_in_english(
    writing: Drafting, llm: ScriptedLLM, world: World
) -> None:
    comment = await world.comment("What allowance do volunteers get for a month?", post="")
    llm.will(answers({"answerable": False, "sentences": []}))
    await propose(writing, await world.route(comment, language="en"), DRAFT)
    assert "language: English" in llm.requests[0]["messages"][1]["content"]


async def test_no_passage_no_draft_and_no_model_asked(
    writing: Drafting, llm: ScriptedLLM, world: World
) -> None:
    """INVARIANT: where the publications hold no answer, nobody makes one up."""
    event = await routed(world, "Spielt ihr samstags Volleyball?")
    assert await propose(writing, event, DRAFT) == ("no_source", None)
    (draft,) = await stored(writing.pool)
    assert draft.reason == {"rule": "no_passage_answers", "detail": ""}
    assert llm.requests == []


async def test_an_empty_library_answers_nothing(
    quoting: Drafting, library: Library, world: World
) -> None:
    async with transaction(library.pool) as connection:
        await connection.execute("update passages set retired_at = now()")
        await connection.execute("delete from passage_vectors")
    assert await propose(quoting, await routed(world), DRAFT) == ("no_source", None)


async def test_a_draft_that_fails_a_check_is_withheld_with_the_reason(
    writing: Drafting, llm: ScriptedLLM, world: World
) -> None:
    """INVARIANT: no text of a draft that failed a check is stored where a person could use it."""
    false = {**FACT, "text": "Wir übernehmen 95 Prozent der anerkannten Kosten."}
    llm.will(answers({"answerable": True, "sentences": [false]}))
    assert await propose(writing, await routed(world), DRAFT) == ("check_failed", None)
    (draft,) = await stored(writing.pool)
    assert draft.reason == {"rule": "figures_are_proved", "detail": "95 prozent"}
    assert (draft.text, draft.sentences, draft.tokens_in) == ("", [], 100)


async def test_whatever_the_model_says_the_reason_can_be_stored(
    writing: Drafting, llm: ScriptedLLM, world: World
) -> None:
    """INVARIANT: no output of a model, however broken, ends in the dead letters."""
    event = await routed(world)
    for number, quote in enumerate(("65 Prozent\x00 der Kosten", "\ufffe" * 9, "x" * 9000)):
        odd = {**FACT, "citations": [{"passage": 1, "quote": quote}]}
        llm.will(answers({"answerable": True, "sentences": [odd]}))
        assert await propose(writing, event, f"{number:032x}") == ("check_failed", None)


async def test_the_checks_know_what_the_model_was_told(
    writing: Drafting, llm: ScriptedLLM, world: World
) -> None:
    """INVARIANT: a model that recites its instructions is stopped."""
    leak = "Beantworte die Frage dort, wo sie gestellt wurde, sonst übernehmen wir Kosten."
    llm.will(answers({"answerable": True, "sentences": [FACT, {**FACT, "text": leak}]}))
    assert await propose(writing, await routed(world), DRAFT) == ("check_failed", None)
    (draft,) = await stored(writing.pool)
    assert draft.reason is not None
    assert draft.reason["rule"] == "reveals_no_instructions"


async def test_garbage_of_the_model_is_an_outcome_with_a_reason(
    writing: Drafting, llm: ScriptedLLM, world: World
) -> None:
    llm.will(says("Ich würde lieber plaudern."))
    assert await propose(writing, await routed(world), DRAFT) == ("model_failed", None)
    (draft,) = await stored(writing.pool)
    assert draft.reason is not None
    assert draft.reason["rule"] == "model_failed"
    assert "no JSON object" in draft.reason["detail"]
    assert (draft.text, draft.tokens_in) == ("", 100)


async def test_a_model_that_is_down_makes_the_comment_wait(
    writing: Drafting, llm: ScriptedLLM, world: World
) -> None:
    """INVARIANT: an outage of the model is never stored as an outcome."""
    event = await routed(world)
    llm.will(status(503), status(429), drops(), answers(ANSWER))
    for _ in range(3):
        with pytest.raises(TryLater):
            await propose(writing, event, DRAFT)
    assert await stored(writing.pool) == []
    assert await propose(writing, event, DRAFT) == ("proposed", "written")


async def test_an_embedding_engine_that_is_down_makes_the_comment_wait(
    quoting: Drafting, library: Library, world: World
) -> None:
    event = await routed(world)
    library.embedder.failures.append(EmbeddingError("busy", temporary=True))
    with pytest.raises(EmbeddingError) as failed:
        await propose(quoting, event, DRAFT)
    assert is_infrastructure(failed.value)
    assert await stored(quoting.pool) == []


async def test_a_passage_without_a_sentence_that_fits_is_a_gap(
    quoting: Drafting, library: Library, world: World
) -> None:
    endless = "Die Fahrradwerkstatt im Stadtteil repariert Fahrräder, " + "auch alte, " * 60
    await library.add("Werkstatt", endless)
    event = await routed(world, "Repariert die Fahrradwerkstatt im Stadtteil auch alte Fahrräder?")
    assert await propose(quoting, event, DRAFT) == ("no_source", None)
    (draft,) = await stored(quoting.pool)
    assert draft.reason == {"rule": "no_sentence_fits", "detail": ""}


async def test_the_conversation_before_reaches_the_model_without_names(
    writing: Drafting, llm: ScriptedLLM, world: World
) -> None:
    await world.comment("Das ist doch alles Unfug.", author="Holger Brandes",
        post="Unser Hof wird grün.", ago=timedelta(minutes=5))  # fmt: skip
    llm.will(answers(ANSWER))
    await propose(writing, await routed(world), DRAFT)
    told = llm.requests[0]["messages"][1]["content"]
    assert "Das ist doch alles Unfug." in told
    assert "Holger" not in told
    assert "Mira" not in told


async def test_the_service_does_not_start_with_a_prompt_of_no_use(quoting: Drafting) -> None:
    text = "---\nversion: 1\nschema: WrittenAnswer\n---\n# system\n{{ mood }}\n# user\nx\n"
    prompt = parse_prompt("answer.de.md", "answer", "de", text)
    broken = replace(quoting, prompts={("answer", "de"): prompt})
    with pytest.raises(BadPrompt, match="mood"):
        listen(Bus("", service="answer", telemetry=Telemetry("answer")), broken)
