"""`dialogwerk eval answers`: drafts of the product's own code for questions with known answers."""

import asyncio
import json
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from schemas.comments import Reason
from schemas.drafts import Source
from services.answer.draft import Silence, Voice, to_source
from services.answer.make import Drafting, load_prompts, try_out
from services.commands.eval_answer_figures import answer_figures, answer_lines
from services.commands.eval_cases import Case, CaseSet, Tried, read_cases
from services.commands.shell import Say
from services.demo import sample
from services.index.add import Indexing, add, submit
from services.kit.db import Pool, migrate, open_pool
from services.kit.embed.embedder import Embeds
from services.kit.embed.shared import SharedEmbedder
from services.kit.faults import TryLater
from services.kit.llm import LanguageModel, language_model
from services.kit.servers.postgres import embedded_postgres
from services.kit.settings import Settings
from services.kit.spending import Purse, prices_of
from services.store.migrations import MIGRATIONS
from services.store.publications import list_publications

TRIES = 4
"""Times a question is put again to a model that asks for patience."""
LONGEST_WAIT = 60.0
TELL_SECONDS = 5.0


async def run_answers(
    settings: Settings,
    say: Say,
    *,
    json_file: Path | None = None,
    data: Path | None = None,
    held_out: bool = False,
    limit: int | None = None,
) -> dict[str, Any]:
    """Measure the quoted answer and, if one is configured, the model; print and return the figures.

    `data` is a folder with `answers.jsonl` and `publications/` instead of the set that ships,
    `held_out` takes the questions that ship beside it and that nothing was made with;
    `limit` takes that many cases, evenly spread. docs/measured.md tells what the figures mean.
    Raises BadCases, EmbeddingError and EmbeddedServerError.
    """
    case_set = read_cases(data, held_out=held_out)
    cases = spread(case_set.cases, limit)
    organisation = sample.ORGANISATION if data is None else settings.organisation
    embedder = SharedEmbedder(settings, say)
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(embedder.in_use())
        pool = await stack.enter_async_context(throw_away_database())
        bench = await make_bench(pool, embedder, settings, case_set, organisation)
        tried = {"quoted": await bench.try_all(cases, None, say)}
        if (model := language_model(settings)) is not None:
            stack.push_async_callback(model.close)
            tried[settings.llm_model] = await bench.try_all(cases, model, say)
    report = answer_figures(tried, case_set.version, settings.llm_currency)
    for line in answer_lines(report):
        say(line)
    if json_file is not None:
        _write(json_file, report)
    return report


def _write(path: Path, report: dict[str, Any]) -> None:
    path.write_text(json.dumps(report, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def spread(cases: Sequence[Case], limit: int | None) -> list[Case]:
    """Return at most `limit` cases from all over the set."""
    if limit is None or limit >= len(cases):
        return list(cases)
    return [cases[number * len(cases) // limit] for number in range(max(limit, 0))]


@asynccontextmanager
async def throw_away_database() -> AsyncIterator[Pool]:
    """Run an embedded Postgres with all tables for as long as the block lasts."""
    with tempfile.TemporaryDirectory(prefix="dialogwerk-eval-") as folder:
        async with embedded_postgres(Path(folder), durable=False) as server:
            await migrate(server.url, MIGRATIONS)
            async with open_pool(server.url, size=2, name="eval") as pool:
                yield pool


@dataclass(frozen=True)
class Bench:
    """The publications, found and drafted from as in production."""

    drafting: Drafting
    files: dict[str, str]
    """Names of the publications' files by their ids."""

    async def try_all(
        self, cases: Sequence[Case], model: LanguageModel | None, say: Say
    ) -> list[Tried]:
        """Put all questions, one after the other: only then do the seconds mean something."""
        drafting = Drafting(**{**vars(self.drafting), "model": model})
        tried: list[Tried] = []
        told = time.monotonic()
        for case in cases:
            tried.append(await self._try(drafting, case))
            if time.monotonic() - told > TELL_SECONDS or len(tried) == len(cases):
                told = time.monotonic()
                say(f"{model.model if model else 'quoted'}: {len(tried)} of {len(cases)} cases")
        return tried

    async def _try(self, drafting: Drafting, case: Case) -> Tried:
        question, now = case.asked(), datetime.now(UTC)
        sources: dict[int, Source] = {}
        for wait in (*[True] * TRIES, False):
            started = time.monotonic()
            try:
                made, retrieval = await try_out(drafting, question, now)
                sources = {one.passage.passage_id: to_source(one) for one in retrieval.ranked}
                break
            except TryLater as error:
                reason = Reason(rule="model_failed", detail=str(error)[:300])
                made = Silence(outcome="model_failed", reason=reason, engine="none")
                if wait:
                    await asyncio.sleep(min(error.delay, LONGEST_WAIT))
        cost = drafting.prices.of(made.tokens_in, made.tokens_out)
        seconds = time.monotonic() - started
        return Tried(case, made, sources, self.files, seconds, cost, drafting.words)


async def make_bench(
    pool: Pool, embedder: Embeds, settings: Settings, case_set: CaseSet, organisation: str
) -> Bench:
    """Index the publications with the product's own code; nothing leads to a bus."""
    for name, body in case_set.publications:
        submission = await submit(pool, name=name, body=body, media_type=None, url=None)
        await add(Indexing(pool, embedder), submission)
    async with pool.connection() as connection:
        found = await list_publications(connection, limit=100_000)
    drafting = Drafting(
        pool=pool,
        embedder=embedder,
        model=None,
        prompts=load_prompts(),
        voice=Voice(organisation, settings.address, settings.reading_level),
        own_domains=settings.own_domains,
        purse=Purse(1),
        prices=prices_of(settings),
    )
    return Bench(drafting, {one.publication_id: one.name for one in found})
