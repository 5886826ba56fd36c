"""The written answer: a language model proposes sentences with citations, as data."""

import json
from collections.abc import Sequence
from typing import Literal

from pydantic import BaseModel

from schemas.comments import Reason
from schemas.drafts import Citation, Sentence, Source
from services.answer.draft import Draft, Question, Silence, with_sources
from services.kit.llm import LanguageModel, ModelFailed
from services.kit.prompt import Prompt


class WrittenCitation(BaseModel):
    """The model's proof: the number of a passage and words from it."""

    passage: int
    quote: str


class WrittenSentence(BaseModel):
    """One sentence as the model returns it."""

    text: str
    kind: Literal["fact", "courtesy"]
    citations: list[WrittenCitation]


class WrittenAnswer(BaseModel):
    """The model's whole output."""

    answerable: bool
    sentences: list[WrittenSentence]


LANGUAGE_NAMES = {"en": "English", "fr": "French", "tr": "Turkish", "uk": "Ukrainian",
    "ar": "Arabic", "pl": "Polish", "es": "Spanish", "it": "Italian", "ru": "Russian"}  # fmt: skip


def fill(
    prompt: Prompt, question: Question, sources: Sequence[Source], organisation: str
) -> list[dict[str, str]]:
    """Return the messages: fixed rules first, then passages, then the comment, all as JSON."""
    return prompt.messages(
        organisation=organisation,
        limit=question.limit - 100,
        language=LANGUAGE_NAMES.get(question.language, "English"),
        passages=_json(
            [
                {"number": number, "title": source.title, "section": source.heading,
                 "page": source.page_from, "date": str(source.published_on or ""),
                 "text": source.text}
                for number, source in enumerate(sources, 1)
            ]
        ),
        post=_json(question.post),
        thread=_json(list(question.thread)),
        comment=_json(question.text),
    )  # fmt: skip


async def write(
    model: LanguageModel,
    prompt: Prompt,
    question: Question,
    sources: Sequence[Source],
    organisation: str,
) -> Draft | Silence:
    """Ask the model once; its output is data and is checked like any stranger's."""
    try:
        done = await model.complete(fill(prompt, question, sources, organisation), WrittenAnswer)
    except ModelFailed as error:
        reason = Reason(rule="model_failed", detail=str(error)[:300])
        return Silence("model_failed", reason, model.model, prompt.name)
    cost = {"tokens_in": done.tokens_in, "tokens_out": done.tokens_out}
    if not done.answer.answerable or not done.answer.sentences:
        return Silence(
            "no_source", Reason(rule="model_finds_no_answer"), done.model, prompt.name, **cost
        )  # fmt: skip
    sentences = tuple(
        Sentence(
            text=sentence.text,
            kind=sentence.kind,
            citations=[
                Citation(passage_id=sources[citation.passage - 1].passage_id, quote=citation.quote)
                for citation in sentence.citations
                if 1 <= citation.passage <= len(sources)
            ],
        )
        for sentence in done.answer.sentences
    )
    text = with_sources(sentences, sources, question)
    return Draft("written", sentences, text, done.model, prompt.name, **cost)


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
