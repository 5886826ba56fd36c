"""`eval answers`, the whole way: documents in, questions asked, drafts judged and counted."""

import asyncio
import json
import re
from collections import Counter
from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from starlette.responses import Response

from schemas.comments import Reason
from schemas.drafts import Citation, Sentence, Source
from services.answer.draft import Draft, Silence
from services.answer.words import read_words
from services.commands.eval_answer_figures import answer_figures, answer_lines
from services.commands.eval_answers import Bench, make_bench, spread
from services.commands.eval_cases import BadCases, Case, CaseSet, Tried, read_cases
from services.kit.db import Pool
from services.kit.settings import Settings
from services.route.measure import share
from tests.answer.drafted import HOFWENDE, QUOTE
from tests.answer.library import BagOfWords
from tests.kit.scripted_llm import ScriptedLLM, answers, scripted_llm

LENT = {"Zelt": 11, "Lastenrad": 12, "Beamer": 13, "Pavillon": 14, "Leiter": 15, "Bohrmaschine": 16,
    "Trommel": 17, "Mikrofon": 18, "Kaffeemaschine": 19, "Bierbank": 21}  # fmt: skip
RULES = "\n\n".join(
    f"## {thing}\n\nWer einen Gegenstand der Art {thing} ausleiht, zahlt für {thing} je Tag"
    f" {euros} Euro an den Verein. Die Leihe {thing} dauert höchstens eine Woche."
    for thing, euros in LENT.items()
)
LIBRARY = [("leihe.md", f"# Ausleihe im Stadtteil\n\n{RULES}\n".encode())]


def case(number: int, question: str, *facts: str, **given: Any) -> Case:
    return Case(
        id=f"c{number}", language="de", kind=given.pop("kind", "answerable"), question=question,
        answerable=bool(facts), publications=("leihe.md",) if facts else (),
        facts=tuple((fact,) for fact in facts), **given,
    )  # fmt: skip


CASES = [
    *(
        case(number, f"Was zahlt man je Tag für {thing} an den Verein?", f"{euros} Euro")
        for number, (thing, euros) in enumerate(LENT.items())
    ),
    case(10, "Was zahlt man je Tag für Rutsche an den Verein?", kind="unanswerable"),
    case(11, "Qwertz yxcvb?", kind="unanswerable"),
]


class FromTheGold:
    """Answers with the passage's sentence that holds what the case wants; else it is silent."""

    def __init__(self, llm: ScriptedLLM) -> None:
        self.llm = llm

    async def __call__(self, closing: asyncio.Event) -> Response:
        asked = self.llm.requests[-1]["messages"][-1]["content"]
        told = json.JSONDecoder().raw_decode(asked[asked.index("[{") :])[0]
        for one in CASES:
            wanted = one.facts[0][0] if one.facts else "nothing"
            for passage in told:
                found = re.search(rf"Wer [^.]*{wanted}[^.]*\.", passage["text"])
                if one.question in asked and found:
                    proof = {"passage": passage["number"], "quote": found[0]}
                    said = {"text": found[0], "kind": "fact", "citations": [proof]}
                    return await answers({"answerable": True, "sentences": [said]})(closing)
        return await answers({"answerable": False, "sentences": []})(closing)


@pytest.fixture
async def bench(pool: Pool) -> Bench:
    settings = Settings(llm_price_in=Decimal(1), llm_price_out=Decimal(2))
    return await make_bench(pool, BagOfWords(), settings, CaseSet(CASES, LIBRARY, "v"), "Verein")


@pytest.fixture
async def llm() -> AsyncIterator[ScriptedLLM]:
    async with scripted_llm() as server:
        server.will(*[FromTheGold(server)] * len(CASES))
        yield server


def quiet(_: str) -> None:
    """Report progress to nobody."""


async def test_twelve_cases_run_with_and_without_a_model(bench: Bench, llm: ScriptedLLM) -> None:
    model = llm.model()
    tried = {
        "quoted": await bench.try_all(CASES, None, quiet),
        "scripted": await bench.try_all(CASES, model, quiet),
    }
    await model.close()
    report = answer_figures(tried, "v", "EUR")
    written = report["engines"]["scripted"]
    assert {one["id"]: one["right"] for one in written["answers"]} == {
        one.id: True for one in CASES
    }
    shares = written["shares"]
    assert (shares["right"]["rows"], shares["right"]["value"]) == (12, 1)
    assert shares["right"]["low"] == round(share(12, 12).low, 4)
    assert shares["drafted"]["value"] == round(10 / 12, 4)
    for name in ("wrongly_drafted", "wrongly_silent", "deflects"):
        assert shares[name]["value"] == 0
    for name in ("supported_sentences", "right_citation", "all_facts", "fits"):
        assert (shares[name]["rows"], shares[name]["value"]) == (10, 1)
    assert written["tokens_in"] == 100 * len(llm.requests)
    assert Decimal(written["cost"]) == Decimal("0.00014") * len(llm.requests)
    quoted = report["engines"]["quoted"]
    assert (quoted["cases"], quoted["tokens_in"], quoted["cost"]) == (12, 0, "0.000000")
    lines = answer_lines(report)
    assert any("quoted" in line and "scripted" in line for line in lines)
    assert any(line.startswith("right from end to end") and "of 12" in line for line in lines)


def tried(made: Draft | Silence, **given: Any) -> Tried:
    values: dict[str, Any] = {
        "id": "x", "language": "de", "kind": "answerable", "question": "Wie viel?",
        "answerable": True, "publications": ("a.md",), "facts": (("65 Prozent", "65 von 100"),),
        "must_not": ("60 Prozent",), **given,
    }  # fmt: skip
    sources: dict[int, Source] = {11: HOFWENDE}
    return Tried(Case(**values), made, sources, {"p1": "a.md"}, 0.5, Decimal(0), read_words())


def draft(text: str, quote: str = QUOTE) -> Draft:
    said = Sentence(text=text, kind="fact", citations=[Citation(passage_id=11, quote=quote)])
    return Draft(kind="written", sentences=(said,), text=text, engine="test")


def silence(rule: str) -> Silence:
    return Silence(outcome="check_failed", reason=Reason(rule=rule), engine="test")


def test_figures_are_read_however_they_are_written() -> None:
    for text in ("Es sind 65 %.", "Es sind 65 Prozent.", "Das sind 65\u00a0%!"):
        assert tried(draft(text)).holds_facts, text
    for text in ("Es sind 165 Prozent.", "Es sind 65,5 Prozent.", "Es sind 6,65 Prozent."):
        assert not tried(draft(text)).holds_facts, text
    long = tried(draft("Je Hof 18 000 €."), facts=(("18000 Euro",),))
    assert long.holds_facts


def test_a_right_answer_is_drafted_cited_complete_and_says_nothing_wrong() -> None:
    true = draft("Wir übernehmen höchstens 65 Prozent der anerkannten Kosten.")
    assert tried(true).is_right
    assert not tried(true, publications=("b.md",)).is_right
    assert not tried(true, facts=(("18.000",),)).is_right
    assert not tried(draft("Erst waren es 60 Prozent, nun 65 Prozent.")).is_right
    assert not tried(silence("no_passage_answers")).is_right
    unanswerable = {"answerable": False, "publications": (), "facts": (), "must_not": ()}
    assert tried(silence("no_passage_answers"), **unanswerable).is_right
    assert not tried(true, **unanswerable).is_right


def test_a_sentence_is_supported_by_its_own_passage_only() -> None:
    assert tried(draft("Wir übernehmen höchstens 65 Prozent der anerkannten Kosten.")).supported
    assert not tried(draft("Wir übernehmen höchstens 66 Prozent der anerkannten Kosten.")).supported
    assert not tried(draft("Unsere Läden verschenken jeden Sommer frisches Obst.")).supported


def test_sending_people_elsewhere_counts_whether_stopped_or_quoted() -> None:
    assert tried(silence("answers_in_place")).deflects
    assert tried(draft("„Bitte wenden Sie sich an das Büro.“")).deflects
    assert not tried(draft("Es sind 65 Prozent.")).deflects


def test_the_set_that_ships_is_sound() -> None:
    shipped = read_cases()
    assert len({one.id for one in shipped.cases}) == len(shipped.cases)
    languages = Counter(one.language for one in shipped.cases)
    assert languages["de"] >= 120
    assert languages["en"] >= 40
    kinds = Counter(one.kind for one in shipped.cases)
    assert min(kinds.values()) >= 10
    assert all(one.thread for one in shipped.cases if one.kind == "thread")
    asked = {name for one in shipped.cases for name in one.publications}
    assert asked == {name for name, _ in shipped.publications}


def test_the_held_out_questions_are_others_and_of_both_kinds() -> None:
    """INVARIANT: what is promised of honest silence comes of questions nothing was made with."""
    held_out, shipped = read_cases(held_out=True), read_cases()
    assert held_out.version != shipped.version
    assert len({one.id for one in [*held_out.cases, *shipped.cases]}) == len(held_out.cases) + len(
        shipped.cases
    )
    asked = {one.question.casefold() for one in shipped.cases}
    assert asked.isdisjoint(one.question.casefold() for one in held_out.cases)
    answerable = Counter(one.answerable for one in held_out.cases)
    assert min(answerable[True], answerable[False]) >= 40


def test_a_folder_of_ones_own_is_read_and_its_faults_are_told(tmp_path: Path) -> None:
    with pytest.raises(BadCases, match=r"answers.jsonl cannot be read"):
        read_cases(tmp_path)
    (tmp_path / "publications").mkdir()
    (tmp_path / "publications" / "a.md").write_text("# A\n\nEs sind 65 Prozent.\n")
    (tmp_path / "answers.jsonl").write_text(CASES[0].model_dump_json() + "\n")
    with pytest.raises(BadCases, match=r"Line 1 of answers.jsonl names leihe.md"):
        read_cases(tmp_path)
    right = CASES[0].model_copy(update={"publications": ("a.md",)})
    (tmp_path / "answers.jsonl").write_text(right.model_dump_json() + "\n\n")
    assert [one.id for one in read_cases(tmp_path).cases] == ["c0"]
    (tmp_path / "answers.jsonl").write_text("{}\n")
    with pytest.raises(BadCases, match=r"Line 1 of answers.jsonl is no case"):
        read_cases(tmp_path)
    lacking = right.model_copy(update={"facts": ()})
    (tmp_path / "answers.jsonl").write_text(lacking.model_dump_json())
    with pytest.raises(BadCases, match="an answerable case names publications and facts"):
        read_cases(tmp_path)


def test_a_limit_takes_cases_from_all_over_the_set() -> None:
    assert [one.id for one in spread(CASES, 4)] == ["c0", "c3", "c6", "c9"]
    assert spread(CASES, None) == spread(CASES, 99) == CASES
    assert spread(CASES, 0) == []
