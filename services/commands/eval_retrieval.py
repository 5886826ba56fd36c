"""`dialogwerk eval retrieval`: how well the product's own code finds passages in other data."""

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

from services.answer.retrieve import settle
from services.answer.trust import THRESHOLD, Evidence, probability
from services.commands.eval_answers import throw_away_database
from services.commands.retrieval_data import Asked, BadData, DataSet, read_data
from services.commands.retrieval_figures import answer_figures, found, place_figures
from services.commands.retrieval_shelf import TELL_SECONDS, Shelf, index_texts
from services.commands.shell import Say, fail, load, run, say
from services.kit.db import Pool
from services.kit.embed.embedder import Embeds, Vectors
from services.kit.embed.shared import SharedEmbedder
from services.kit.settings import Settings
from services.kit.telemetry import log_to_stderr
from services.store.ranking import CANDIDATES, Ranked, gather

FORMAT = 1
"""Of the JSON; a key changes its meaning only together with this number."""
RETRIEVERS = ("lexical", "vectors", "product")
OTHER_THRESHOLDS = (0.3, 0.5, 0.7)
"""Probabilities from which on one could draft as well, beside the shipped threshold."""
QUESTIONS = 64
"""Questions embedded at once."""


def eval_retrieval(
    data: Annotated[
        Path,
        typer.Option(help="Folder with paragraphs.jsonl or documents.jsonl and question files."),
    ],
    json_file: Annotated[
        Path | None, typer.Option("--json", help="Write the figures to this file.")
    ] = None,
) -> None:
    """Measure how passages are found: words alone, vectors alone and both, and when to be silent.

    Every other *.jsonl of the folder holds questions with qid, question and pid, or did and
    answer_start.
    """
    settings = load()
    log_to_stderr("ERROR")
    try:
        report = run(evaluate(settings, read_data(data), say))
    except BadData as error:
        raise fail(str(error)) from error
    for line in table(report):
        say(line)
    if json_file is not None:
        json_file.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")


@dataclass
class Answers:
    """What came of one file's questions, one entry a question."""

    places: dict[str, list[list[bool]]] = field(
        default_factory=lambda: {name: [] for name in RETRIEVERS}
    )
    golds: list[int] = field(default_factory=list)
    evidence: list[tuple[Evidence, Evidence]] = field(default_factory=list)
    """As things stand, and without what answers."""
    seconds: list[float] = field(default_factory=list)
    skipped: int = 0


async def evaluate(settings: Settings, data: DataSet, say: Say) -> dict[str, Any]:
    """Index a data set into a throw-away database, ask its questions, return the figures.

    The figures are JSON; docs/measured.md tells what they mean. Raises BadData, EmbeddingError and
    EmbeddedServerError.
    """
    embedder = SharedEmbedder(settings, say)
    async with embedder.in_use(), throw_away_database() as pool:
        started = time.monotonic()
        shelf = await index_texts(pool, embedder, data.texts, say)
        seconds = time.monotonic() - started
        trial = Trial(pool, embedder, shelf)
        sets: dict[str, Any] = {}
        for name, asked in data.questions.items():
            say(f"{name}: {len(asked)} questions")
            sets[name] = figures(await trial.ask(asked, say))
        return {
            "format": FORMAT,
            "engine": embedder.name,
            "space": embedder.space,
            "texts": len(data.texts),
            "passages": len(shelf.text_of),
            "index_seconds": round(seconds, 1),
            "sets": sets,
        }


@dataclass(frozen=True)
class Trial:
    """The shelf that questions are put to."""

    pool: Pool
    embedder: Embeds
    shelf: Shelf

    async def ask(self, asked: Sequence[Asked], say: Say) -> Answers:
        """Put all questions, once as things stand and once without what answers them."""
        answers = Answers()
        told = time.monotonic()
        for start in range(0, len(asked), QUESTIONS):
            part = asked[start : start + QUESTIONS]
            vectors = await self.embedder.embed_queries([one.question for one in part])
            for one, vector in zip(part, vectors, strict=True):
                await self._ask_one(one, vector, answers)
            done = start + len(part)
            if answers.seconds and (time.monotonic() - told > TELL_SECONDS or done == len(asked)):
                told = time.monotonic()
                each = 1000 * sum(answers.seconds) / len(answers.seconds)
                say(f"asked {done} of {len(asked)} questions, {each:.0f} ms each")
        return answers

    async def _ask_one(self, asked: Asked, vector: Vectors, answers: Answers) -> None:
        golds = self.shelf.golds(asked)
        if not golds:
            answers.skipped += 1
            return
        space = self.embedder.space
        started = time.perf_counter()
        gathered = await gather(self.pool, asked.question, vector, space)
        retrieval = settle(asked.question, vector, gathered, limit=2 * CANDIDATES)
        answers.seconds.append(time.perf_counter() - started)
        whole = self.shelf.whole(asked)
        sought = set(asked.texts) if whole else golds
        rankings = {
            "lexical": lexical_ranking(retrieval.ranked, gathered.shared),
            "vectors": gathered.near,
            "product": [one.passage.passage_id for one in retrieval.ranked],
        }
        for name, ranking in rankings.items():
            units = [self.shelf.text_of[one] for one in ranking] if whole else ranking
            answers.places[name].append(found(units, sought))
        answers.golds.append(len(sought))
        rest = await gather(self.pool, asked.question, vector, space, without=sorted(golds))
        without = settle(asked.question, vector, rest, limit=1)
        answers.evidence.append((retrieval.evidence, without.evidence))


def lexical_ranking(ranked: Sequence[Ranked], shared: Sequence[int]) -> list[int]:
    """Return the lexical candidates by BM25 alone."""
    own = [one for one in ranked if one.passage.passage_id in set(shared)]
    own.sort(key=lambda one: (-one.lexical, one.passage.passage_id))
    return [one.passage.passage_id for one in own]


def figures(answers: Answers) -> dict[str, Any]:
    """Return one file's figures as JSON."""
    if not answers.golds:
        return {"questions": 0, "skipped": answers.skipped}
    milliseconds = 1000 * np.array(answers.seconds)
    return {
        "questions": len(answers.golds),
        "skipped": answers.skipped,
        "milliseconds": {
            "p50": round(float(np.percentile(milliseconds, 50)), 1),
            "p95": round(float(np.percentile(milliseconds, 95)), 1),
        },
        "retrieval": {
            name: place_figures(answers.places[name], answers.golds) for name in RETRIEVERS
        },
        "answerability": answer_figures(
            [probability(with_it) for with_it, _ in answers.evidence],
            [probability(without) for _, without in answers.evidence],
            (THRESHOLD, *OTHER_THRESHOLDS),
        ),
    }


def table(report: dict[str, Any]) -> list[str]:
    """Return the figures as lines, in percent with their intervals."""
    lines: list[str] = []
    for name, measured in report["sets"].items():
        lines.append(
            f"{name}: {measured['questions']} questions, {measured['skipped']} left out because no"
            f" passage holds the answer, {report['passages']} passages, {report['engine']}"
        )
        if not measured["questions"]:
            continue
        measures = ("recall@1", "recall@5", "ndcg@10", "mrr")
        lines.append(f"{'':10s}" + "".join(f"{measure:>20s}" for measure in measures))
        for retriever in RETRIEVERS:
            row = measured["retrieval"][retriever]
            lines.append(f"{retriever:10s}" + "".join(f"{_shown(row[m]):>20s}" for m in measures))
        answers = measured["answerability"]
        at_5 = _shown(answers["answered_at_5_percent_wrong"])
        lines.append(f"is there an answer: AUROC {_shown(answers['auroc'])}")
        lines.append(f"  where 5 % of what has none is answered: answered {at_5}")
        lines += [
            f"  from {at['threshold']} on: answered {_shown(at['answered'])}, wrongly answered"
            f" {_shown(at['wrongly_answered'])}"
            for at in answers["at_thresholds"]
        ]
    return lines


def _shown(figure: dict[str, float]) -> str:
    return f"{100 * figure['value']:.1f} ({100 * figure['low']:.1f}-{100 * figure['high']:.1f})"
