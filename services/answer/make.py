"""Make one draft: retrieve, write or quote, check; nothing of it is stored."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import get_args

import numpy as np
from numpy.typing import NDArray

from schemas.comments import Reason
from schemas.drafts import MadeStance, Source
from services.answer.aptness import QUOTABLE
from services.answer.check import first_fault
from services.answer.checked import Checked
from services.answer.draft import Draft, Question, Silence, Turn, Voice, to_source
from services.answer.quote import ENGINE
from services.answer.quoting import Quoting
from services.answer.retrieve import Retrieval, retrieve
from services.answer.trust import THRESHOLD, holds_an_answer
from services.answer.words import Words, read_words
from services.answer.write import fill, write
from services.kit.db import Connection, Pool, autocommit
from services.kit.embed.embedder import Embeds
from services.kit.language import detect_language
from services.kit.llm import LanguageModel
from services.kit.prompt import Prompt, load_prompt
from services.kit.spending import Prices, Purse
from services.networks.places import place
from services.store import drafts, spending


@dataclass(frozen=True)
class Drafting:
    """What is needed to make drafts."""

    pool: Pool
    embedder: Embeds
    model: LanguageModel | None
    prompts: Mapping[tuple[MadeStance, str], Prompt]
    """By stance and language."""
    voice: Voice
    own_domains: Sequence[str]
    purse: Purse
    threshold: float = THRESHOLD
    """Probability of an answer from which on a draft is tried."""
    quotable: float = QUOTABLE
    """Probability of being the answer from which on a quotation is proposed."""
    prices: Prices = field(default_factory=Prices)
    words: Words = field(default_factory=read_words)
    patience: timedelta = timedelta()
    """Age that a comment has to reach before it is drafted: more may come of the same person."""


def load_prompts() -> dict[tuple[MadeStance, str], Prompt]:
    """Read the prompts of all stances in both languages; raises BadPrompt."""
    return {
        (stance, language): load_prompt(stance, language)
        for stance in get_args(MadeStance)
        for language in ("de", "en")
    }


async def ask_for(
    connection: Connection,
    comment_key: str,
    comment: drafts.CommentToAnswer,
    network: str,
    stance: MadeStance = "answer",
) -> Question:
    """Return what a comment asks, with all that stands around it."""
    return Question(
        text=comment.text,
        language=detect_language(comment.text),
        post=comment.post,
        thread=await turns_before(connection, comment_key, comment),
        place=place(network),
        stance=stance,
    )


async def turns_before(
    connection: Connection, comment_key: str, comment: drafts.CommentToAnswer
) -> list[Turn]:
    """Return what was said before a comment, oldest first."""
    turns = await drafts.read_thread_before(connection, comment_key, comment.joined)
    asker = comment.author_key
    return [
        Turn(speaker=turn.speaker, text=turn.text, ours=turn.ours, asker=turn.author_key == asker)
        for turn in turns
    ]


async def try_out(
    drafting: Drafting, question: Question, now: datetime
) -> tuple[Draft | Silence, Retrieval]:
    """Make a draft as `propose` does, with the passages it is made of."""
    retrieval = await look_up(drafting, question)
    return await make(drafting, question, retrieval, "", now), retrieval


async def look_up(
    drafting: Drafting, question: Question, alone: NDArray[np.float32] | None = None
) -> Retrieval:
    """Find the passages that a question may be answered with; `alone` is its vector, if known."""
    in_context = f"{question.post}\n{question.text}"
    texts = [in_context] if alone is not None else [in_context, question.text]
    vector, *bare = await drafting.embedder.embed_queries(texts)
    space = drafting.embedder.space
    alone = bare[0] if alone is None else alone
    return await retrieve(drafting.pool, question.text, vector, space, alone=alone)


async def make(
    drafting: Drafting, question: Question, retrieval: Retrieval, key: str, now: datetime
) -> Draft | Silence:
    """Write, or quote, and check; a draft of the same `key` is not paid for twice."""
    if question.stance != "join" and not holds_an_answer(retrieval.evidence, drafting.threshold):
        return Silence(
            outcome="no_source", reason=Reason(rule="no_passage_answers"), engine="retrieval"
        )
    sources = [to_source(one) for one in retrieval.ranked]
    instructions = ""
    if drafting.model is not None and await may_spend(drafting, now):
        prompt = drafting.prompts[question.stance, question.frame]
        messages = fill(prompt, question, sources, drafting.voice)
        instructions = messages[0]["content"]
        made = await _made_before(drafting, prompt, key) or await write(
            drafting.model, prompt.name, messages, question, sources
        )
    elif question.stance in ("answer", "join"):
        quoting = Quoting(drafting.embedder, drafting.words, drafting.quotable)
        made = await quoting.quote(question, retrieval)
    else:
        made = Silence(outcome="no_source", reason=Reason(rule="needs_a_model"), engine=ENGINE)
    if isinstance(made, Silence):
        return made
    return check_draft(drafting, made, question, sources, instructions)


def check_draft(
    drafting: Drafting,
    made: Draft,
    question: Question,
    sources: Sequence[Source],
    instructions: str,
) -> Draft | Silence:
    """Return the draft if it passes every check, else the silence in its place."""
    checked = Checked(
        draft=made,
        question=question,
        sources={source.passage_id: source for source in sources},
        own_domains=drafting.own_domains,
        voice=drafting.voice,
        instructions=instructions,
        words=drafting.words,
    )
    fault = first_fault(checked)
    return Silence.instead_of(made, "check_failed", fault) if fault else made


async def _made_before(drafting: Drafting, prompt: Prompt, key: str) -> Draft | None:
    """Return the draft of an identical question on unchanged passages: it costs nothing."""
    async with autocommit(drafting.pool) as connection:
        found = await drafts.find_same(connection, key)
    if found is None:
        return None
    return Draft(
        kind="written",
        sentences=tuple(found.sentences),
        text=found.text,
        engine=found.engine,
        prompt=prompt.name,
        reused=found.draft_id,
    )


async def may_spend(drafting: Drafting, now: datetime) -> bool:
    """Tell whether a model may be asked: neither the day's nor the month's purse is empty."""
    return await spending.may_spend(drafting.pool, drafting.purse, now)
