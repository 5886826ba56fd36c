"""The measurement itself, on a small library in a real database."""

from pathlib import Path

import typer
from typer.testing import CliRunner

from services.commands.eval_retrieval import Trial, eval_retrieval, table
from services.commands.eval_retrieval import figures as figures_of
from services.commands.retrieval_data import Asked, Text
from services.commands.retrieval_shelf import index_texts
from services.kit.db import Pool
from tests.answer.library import FUNDING, TREES, VOLUNTEERS, BagOfWords

TEXTS = {
    key: Text(key, text, whole=True)
    for key, text in {"funding": FUNDING, "trees": TREES, "help": VOLUNTEERS}.items()
}
LONG = "\n\n".join(
    f"Der Beirat Nummer {number} tagt in Raum {number} und spricht über Punkt {number} der Liste. "
    * 6
    for number in range(8)
)
ASKED = [
    Asked(
        "1", "Wie viel Prozent der anerkannten Kosten übernimmt die Stiftung?", ("funding",), None
    ),
    Asked("2", "Wann darf gepflanzt werden?", ("trees",), None),
    Asked("3", "How long does the training take?", ("help",), None),
]
IN_LONG = Asked("4", "Worüber spricht der Beirat Nummer 6?", ("long",), LONG.index("Nummer 6"))
LOST = Asked("5", "Wo steht das?", ("long",), len(LONG) + 7)


def quiet(_: str) -> None:
    """Report progress to nobody."""


async def test_all_three_retrievers_are_measured_on_the_same_questions(pool: Pool) -> None:
    embedder = BagOfWords()
    texts = {**TEXTS, "long": Text("long", LONG, whole=False)}
    shelf = await index_texts(pool, embedder, texts, quiet)
    assert len(shelf.passages_of["long"]) > 3
    told: list[str] = []
    answers = await Trial(pool, embedder, shelf).ask([*ASKED, IN_LONG, LOST], told.append)
    figures = figures_of(answers)
    assert (figures["questions"], figures["skipped"]) == (4, 1)
    assert set(figures["retrieval"]) == {"lexical", "vectors", "product"}
    for retriever in figures["retrieval"].values():
        assert set(retriever) == {"recall@1", "recall@5", "ndcg@10", "mrr"}
        assert retriever["recall@5"]["value"] == 1
    assert "asked 5 of 5 questions" in told[-1]
    report = {"sets": {"dev": figures}, "passages": 9, "engine": embedder.name}
    assert any(line.startswith("product") for line in table(report))


async def test_the_golds_are_left_out_for_the_question_without_an_answer(pool: Pool) -> None:
    """INVARIANT: the second time a question is asked, nothing that answers it is in reach."""
    embedder = BagOfWords()
    shelf = await index_texts(pool, embedder, TEXTS, quiet)
    answers = await Trial(pool, embedder, shelf).ask(ASKED, quiet)
    assert all(with_it != without for with_it, without in answers.evidence)
    assert figures_of(answers)["answerability"]["auroc"]["value"] > 0.8


async def test_questions_without_any_gold_leave_figures_without_numbers(pool: Pool) -> None:
    embedder = BagOfWords()
    shelf = await index_texts(pool, embedder, {"long": Text("long", LONG, whole=False)}, quiet)
    answers = await Trial(pool, embedder, shelf).ask([LOST], quiet)
    figures = figures_of(answers)
    assert figures == {"questions": 0, "skipped": 1}
    assert len(table({"sets": {"dev": figures}, "passages": 9, "engine": "x"})) == 1


def test_a_folder_that_cannot_be_measured_on_is_told_in_one_sentence(tmp_path: Path) -> None:
    app = typer.Typer()
    app.command()(eval_retrieval)
    (tmp_path / "paragraphs.jsonl").write_text('{"pid": "1"}\n', encoding="utf-8")
    ended = CliRunner().invoke(app, ["--data", str(tmp_path)])
    assert ended.exit_code == 1
    assert "paragraphs.jsonl:1: text is missing" in ended.output
    assert "Traceback" not in ended.output
