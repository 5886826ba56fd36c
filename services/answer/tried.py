"""Answer a question of the desk as a comment would be answered; nothing goes to a network."""

import time
from datetime import UTC, datetime

from schemas.questions import Bar, FoundPassage, Outcome
from services.answer.draft import Question, to_source
from services.answer.make import Drafting, try_out
from services.answer.retrieve import Retrieval
from services.answer.trust import counted
from services.kit.db import transaction
from services.kit.language import detect_language
from services.networks.places import ELSEWHERE
from services.store import trials
from services.store.ranking import Ranked


async def answer_trial(drafting: Drafting, trial_id: str) -> None:
    """Store what a tried question brings, once, and book what it cost.

    Erased and outdated questions are left alone.
    """
    started, now = time.monotonic(), datetime.now(UTC)
    async with drafting.pool.connection() as connection:
        text = await trials.read_untried(connection, trial_id, now)
    if text is None:
        return
    question = Question(
        text=text, language=detect_language(text), post="", thread=(), place=ELSEWHERE
    )
    made, retrieval = await try_out(drafting, question, now)
    outcome = Outcome(
        language=question.language,
        bar=bar(retrieval, drafting.threshold),
        passages=[found(one) for one in retrieval.ranked],
        outcome=made.outcome,
        reason=made.reason,
        kind=made.kind,
        text=made.text,
        sentences=list(made.sentences),
        engine=made.engine,
        prompt=made.prompt,
        tokens_in=made.tokens_in,
        tokens_out=made.tokens_out,
        cost=drafting.prices.of(made.tokens_in, made.tokens_out),
        seconds=time.monotonic() - started,
    )
    async with transaction(drafting.pool) as connection:
        await trials.save_outcome(connection, trial_id, outcome, datetime.now(UTC))


def bar(retrieval: Retrieval, threshold: float) -> Bar:
    """Return why there is an answer, or none, in the figures that were weighed."""
    evidence = retrieval.evidence
    return Bar(
        probability=retrieval.answerable,
        threshold=threshold,
        lead=evidence.lead,
        repeated=evidence.repeated,
        nearest=evidence.nearest,
        counted=counted(evidence),
    )


def found(ranked: Ranked) -> FoundPassage:
    """Return a ranked passage with the parts of its score."""
    return FoundPassage(
        source=to_source(ranked),
        nearness=ranked.nearness,
        words=ranked.score - ranked.nearness,
        cosine=ranked.passage.cosine,
        nearest=ranked.passage.nearest,
    )
