"""What a draft is made of while it is being made. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from schemas.comments import Reason
from schemas.drafts import DraftKind, NoDraft, Sentence, Source
from services.answer.rank import Ranked

Language = Literal["de", "en"]


@dataclass(frozen=True)
class Question:
    """The comment to answer and what stands around it."""

    text: str
    language: str
    post: str
    thread: Sequence[str]
    """Earlier comments of the thread, oldest first, `name: text`, ours named `wir`."""
    limit: int
    """Characters a reply may have on this network."""

    @property
    def frame(self) -> Language:
        """Language of our own words around a quotation."""
        return "de" if self.language in ("de", "und") else "en"


@dataclass(frozen=True)
class Draft:
    """A finished text, sentence by sentence, before the checks."""

    kind: DraftKind
    sentences: tuple[Sentence, ...]
    text: str
    engine: str
    prompt: str | None = None
    tokens_in: int = 0
    tokens_out: int = 0


@dataclass(frozen=True)
class Silence:
    """No draft, and why."""

    outcome: NoDraft
    reason: Reason
    engine: str
    prompt: str | None = None
    tokens_in: int = 0
    tokens_out: int = 0


def to_source(ranked: Ranked) -> Source:
    """Freeze a ranked passage as proof."""
    passage = ranked.passage
    return Source(
        passage_id=passage.passage_id,
        publication_id=passage.publication_id,
        title=passage.title,
        edition=passage.edition,
        published_on=passage.published_on,
        author=passage.author,
        url=passage.url,
        heading=passage.heading,
        page_from=passage.page_from,
        page_to=passage.page_to,
        text=passage.text,
        score=round(ranked.score, 4),
    )


def place(source: Source, language: Language) -> str:
    """Name a source as one would in a sentence: title, page or section."""
    if source.page_from is not None:
        page = "S." if language == "de" else "p."
        return f"{source.title}, {page} {source.page_from}"
    if source.heading:
        return f"{source.title}, „{source.heading.split(' › ')[-1]}“"
    return source.title


def with_sources(
    sentences: Sequence[Sentence], sources: Sequence[Source], question: Question
) -> str:
    """Return the text to post: the sentences, then the cited places once each, if they fit."""
    text = " ".join(sentence.text.strip() for sentence in sentences)
    cited: list[str] = []
    by_id = {source.passage_id: source for source in sources}
    for sentence in sentences:
        for citation in sentence.citations:
            name = place(by_id[citation.passage_id], question.frame)
            if name not in cited:
                cited.append(name)
    label = {"de": "Quelle", "en": "Source"}[question.frame]
    while cited:
        whole = f"{text}\n\n{label}: {'; '.join(cited)}"
        if len(whole) <= question.limit:
            return whole
        cited.pop()
    return text
