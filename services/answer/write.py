"""The written answer: a language model proposes sentences with citations, as data."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

from pydantic import BaseModel

from schemas.comments import Reason
from schemas.drafts import Citation, Sentence, Source
from services.answer.characters import without_invisible
from services.answer.draft import (
    LANGUAGES,
    Draft,
    Question,
    Silence,
    Turn,
    Voice,
    with_sources,
)
from services.kit.llm import LanguageModel, ModelFailed
from services.kit.prompt import BadPrompt, Prompt
from services.networks.places import ELSEWHERE

COMMENT, POST, TURN = 5000, 2000, 600
"""Characters of the comment, the post and each earlier comment that the model is shown."""
FOR_SOURCES = 100
"""Characters of a reply that are kept free for naming the sources."""


class WrittenCitation(BaseModel):
    """The model's proof: the number of a passage and words from it."""

    passage: int
    quote: str


class WrittenSentence(BaseModel):
    """One sentence as the model returns it."""

    text: str
    kind: Literal["fact", "courtesy", "stance"]
    citations: list[WrittenCitation]


class WrittenAnswer(BaseModel):
    """The model's whole output."""

    answerable: bool
    sentences: list[WrittenSentence]


def require_fillable(prompt: Prompt) -> None:
    """Raise BadPrompt when a prompt describes another output or asks for values we do not have."""
    if prompt.schema != WrittenAnswer.__name__:
        raise BadPrompt(f"{prompt.name} describes {prompt.schema}, not {WrittenAnswer.__name__}")
    nothing = Question(text="", language="und", post="", thread=(), place=ELSEWHERE)
    fill(prompt, nothing, (), Voice(organisation=""))


def fill(
    prompt: Prompt, question: Question, sources: Sequence[Source], voice: Voice
) -> list[dict[str, str]]:
    """Return the messages: rules that never change first, then passages, then the comment.

    Endpoints that cache prompts by their beginning can do so; all that strangers wrote is JSON.
    """
    return prompt.messages(
        organisation=voice.organisation,
        address=voice.address,
        level=voice.level,
        limit=max(0, question.place.max_length - FOR_SOURCES),
        language=LANGUAGES[question.answer_language],
        passages=_json(
            [
                {"number": number, "title": source.title, "section": source.heading,
                 "page": source.page_from, "date": str(source.published_on or ""),
                 "text": source.text}
                for number, source in enumerate(sources, 1)
            ]
        ),
        post=_json(_shown(question.post, POST)),
        thread=_json([_turn(turn, number) for turn, number in _numbered(question.thread)]),
        comment=_json(_shown(question.text, COMMENT)),
    )  # fmt: skip


async def write(
    model: LanguageModel,
    prompt: str,
    messages: Sequence[dict[str, str]],
    question: Question,
    sources: Sequence[Source],
) -> Draft | Silence:
    """Ask the model once; its output is data and is checked like any stranger's.

    `prompt` is the name under which the messages' text is on record.
    """
    try:
        done = await model.complete(messages, WrittenAnswer)
    except ModelFailed as error:
        return Silence(
            outcome="model_failed", reason=Reason(rule="model_failed", detail=str(error)[:300]),
            engine=model.model, prompt=prompt,
            tokens_in=error.tokens_in, tokens_out=error.tokens_out,
        )  # fmt: skip
    sentences = tuple(_sentence(written, sources) for written in done.answer.sentences)
    by_id = {source.passage_id: source for source in sources}
    draft = Draft(
        kind="written", sentences=sentences, text=with_sources(sentences, by_id, question),
        engine=without_invisible(done.model)[:200], prompt=prompt,
        tokens_in=done.tokens_in, tokens_out=done.tokens_out,
    )  # fmt: skip
    if not done.answer.answerable:
        return Silence.instead_of(draft, "no_source", Reason(rule="model_finds_no_answer"))
    return draft


def _sentence(written: WrittenSentence, sources: Sequence[Source]) -> Sentence:
    return Sentence(
        text=_one_line(written.text),
        kind=written.kind,
        citations=[
            Citation(passage_id=_passage_id(citation.passage, sources), quote=citation.quote)
            for citation in written.citations
        ],
    )


def _passage_id(number: int, sources: Sequence[Source]) -> int:
    """Return the id of a numbered passage; of one that does not exist its number, negated."""
    if 1 <= number <= len(sources):
        return sources[number - 1].passage_id
    return -abs(number)


def _numbered(thread: Sequence[Turn]) -> Iterator[tuple[Turn, int]]:
    """Yield each turn with a number for its speaker: who it was is none of the model's."""
    numbers: dict[str, int] = {}
    for turn in thread:
        yield turn, numbers.setdefault(turn.speaker, len(numbers) + 1)


def _turn(turn: Turn, number: int) -> dict[str, str]:
    said_by = "us" if turn.ours else "the person who asks" if turn.asker else f"person {number}"
    return {"said_by": said_by, "text": _shown(turn.text, TURN)}


def _shown(text: str, limit: int) -> str:
    """Return what a person would see; of a text that is too long its beginning and its end."""
    visible = without_invisible(text)
    if len(visible) <= limit:
        return visible
    end = limit // 5
    return f"{visible[: limit - end]} […] {visible[-end:]}"


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _json(value: str | Sequence[Mapping[str, object]]) -> str:
    return json.dumps(value, ensure_ascii=False)
