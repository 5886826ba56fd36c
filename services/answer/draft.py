"""What a draft is made of while it is being made. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

from schemas.comments import Reason
from schemas.drafts import DraftKind, MadeStance, NoDraft, Sentence, Source
from services.networks.length import fits
from services.networks.network import Capabilities
from services.store.ranking import Ranked

Language = Literal["de", "en"]
LANGUAGES = {"de": "German", "en": "English", "fr": "French", "tr": "Turkish", "uk": "Ukrainian",
    "ar": "Arabic", "pl": "Polish", "es": "Spanish", "it": "Italian", "ru": "Russian"}  # fmt: skip
"""Languages we answer in, by their English names; everybody else is answered in English."""


@dataclass(frozen=True)
class Turn:
    """What was said earlier in a thread."""

    speaker: str
    """Name as the network shows it; no model is told it."""
    text: str
    ours: bool = False
    asker: bool = False
    """Said by the person who asks now."""


@dataclass(frozen=True)
class Voice:
    """How the organisation speaks."""

    organisation: str
    address: Literal["du", "sie", "mirror"] = "mirror"
    """Informal, formal, or as the comment does it."""
    level: Literal["plain", "standard"] = "standard"
    """Reading level: B1 or B2."""


@dataclass(frozen=True)
class Question:
    """The comment to answer and what stands around it."""

    text: str
    language: str
    post: str
    thread: Sequence[Turn]
    """Earlier comments of the thread, oldest first."""
    place: Capabilities
    """What a reply may be on this network."""
    stance: MadeStance = "answer"

    @property
    def answer_language(self) -> str:
        """Language the answer must be in; where none was recognised it is German."""
        if self.language == "und":
            return "de"
        return self.language if self.language in LANGUAGES else "en"

    @property
    def frame(self) -> Language:
        """Language of our own words around a quotation."""
        return "de" if self.answer_language == "de" else "en"

    @property
    def our_turns(self) -> list[Turn]:
        """What we said in this thread already."""
        return [turn for turn in self.thread if turn.ours]


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """What made an answer, and what it cost."""

    engine: str
    prompt: str | None = None
    tokens_in: int = 0
    tokens_out: int = 0
    reused: str | None = None
    """The earlier draft that this one repeats."""


@dataclass(frozen=True, kw_only=True)
class Draft(Attempt):
    """A finished text, sentence by sentence, before the checks."""

    outcome: ClassVar[Literal["proposed"]] = "proposed"
    reason: ClassVar[None] = None

    kind: DraftKind
    sentences: tuple[Sentence, ...]
    text: str


@dataclass(frozen=True, kw_only=True)
class Silence(Attempt):
    """No draft, and why."""

    kind: ClassVar[None] = None
    sentences: ClassVar[tuple[Sentence, ...]] = ()
    text: ClassVar[str] = ""

    outcome: NoDraft
    reason: Reason

    @classmethod
    def instead_of(cls, attempt: Attempt, outcome: NoDraft, reason: Reason) -> "Silence":
        """Withhold what was made; who made it and what it cost stays on record."""
        return cls(
            engine=attempt.engine, prompt=attempt.prompt, tokens_in=attempt.tokens_in,
            tokens_out=attempt.tokens_out, reused=attempt.reused, outcome=outcome, reason=reason,
        )  # fmt: skip


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
        return f"{source.title}, {in_marks(source.heading.split(' › ')[-1], language)}"
    return source.title


def in_marks(text: str, language: Language) -> str:
    """Put a text into the quotation marks of a language."""
    left, right = ("„", "“") if language == "de" else ("“", "”")
    return f"{left}{text}{right}"


def with_sources(
    sentences: Sequence[Sentence], sources: Mapping[int, Source], question: Question
) -> str:
    """Return the text to post: the sentences, then the cited places once each, if they fit."""
    text = " ".join(sentence.text for sentence in sentences)
    places = dict.fromkeys(
        place(sources[citation.passage_id], question.frame)
        for sentence in sentences
        for citation in sentence.citations
        if citation.passage_id in sources
    )
    cited = list(places)
    label = {"de": "Quelle", "en": "Source"}[question.frame]
    while cited:
        whole = f"{text}\n\n{label}: {'; '.join(cited)}"
        if fits(whole, question.place):
            return whole
        cited.pop()
    return text
