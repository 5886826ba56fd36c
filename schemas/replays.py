"""A replay: past comments sorted and drafted for once more under other settings, without effect."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from schemas.comments import Kind, Lane, Reason
from schemas.drafts import DraftKind, NoDraft, Sentence, Source

Verdict = Literal["unedited", "edited", "own_words", "rejected", "closed", "open"]
"""What a person did: approved the draft as it was or with changes, answered in words of their own,
rejected it or withdrew what was posted, closed the item without an answer; `open`: nothing yet."""
Mute = Literal["none", "suggested", "strict"]
"""What the thread's behaviour spoke for: nothing, a suggestion, a mute without a person."""
Change = Literal[
    "lane", "kind", "surfaced", "mute", "drafted", "silent", "text", "sources", "reason"
]
"""What differs: the lane; the kind alone; whether a comment under a mute is shown; the mute that is
suggested; a draft where there was none, none where there was one, another text, the same text from
other passages; another reason for the silence."""
CHANGES: tuple[Change, ...] = (
    "lane", "kind", "surfaced", "mute", "drafted", "silent", "text", "sources", "reason",
)  # fmt: skip
LeftOut = Literal["edited", "deleted", "erased", "expired", "unsorted", "undrafted"]
"""Why a comment is not compared: it does not stand as it was decided about, or it was not sorted,
or not drafted for although its lane says so."""
Failure = Literal["model_silent"]
"""The model did not answer in time."""
Stopped = Literal["interrupted", "budget", "model_silent"]
NotTried = Literal["lane", "muted", "joined", "offered"]
"""Why no draft is tried: the lane brings none; a mute holds the comment back; a later message of
the same person stands for it; an answer that a person approved for the same question was offered,
which no setting changes."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True)


class Sorted(_Part):
    """Where a comment went."""

    lane: Lane
    kind: Kind
    reasons: list[Reason]
    muted: bool
    surfaced: bool
    mute: Mute


class Drafted(_Part):
    """The draft, or why there is none."""

    outcome: Literal["proposed"] | NoDraft | NotTried
    reason: Reason | None = None
    kind: DraftKind | None = None
    text: str = ""
    sentences: list[Sentence] = Field(default_factory=list)
    sources: list[Source] = Field(default_factory=list)
    engine: str = ""
    prompt: str | None = None
    tokens_in: int = 0
    tokens_out: int = 0
    cost: Decimal = Decimal(0)
    seconds: float | None = None

    @property
    def is_draft(self) -> bool:
        return self.outcome == "proposed"

    @property
    def cited(self) -> list[int]:
        """The passages that are cited, each once."""
        return sorted({one.passage_id for said in self.sentences for one in said.citations})


class Result(_Part):
    """One comment, then and now. What was drafted then is kept where it was, and not twice."""

    then: Sorted
    then_outcome: str
    """Of the draft, or `none` where none was tried."""
    then_rule: str = ""
    """Why there was none."""
    then_draft: str | None = None
    then_cited: int = 0
    then_gone: int = 0
    """Passages cited then, and those of them that stand no longer."""
    then_tokens: int = 0
    then_cost: Decimal = Decimal(0)
    then_seconds: float | None = None
    verdict: Verdict
    relaned: Kind | None = None
    """What a person said that it is."""
    near_then: float | None = None
    near_now: float | None = None
    """How much of the text that a person approved the draft has, 0 to 1."""
    now: Sorted
    draft: Drafted
    tokens: int = 0
    """Of sorting and drafting together."""
    cost: Decimal = Decimal(0)
    changes: list[Change]

    @property
    def then_drafted(self) -> bool:
        return self.then_outcome == "proposed"


class Asked(_Part):
    """Which comments a replay takes, and what it changes; enough to go on with it later."""

    since: datetime
    until: datetime
    page: str = ""
    limit: int | None = None
    seed: int = 0
    prompts: dict[str, str] = Field(default_factory=dict)
    """Texts of other prompts by their files' names."""
    rules: dict[str, dict[str, float | int | str]] = Field(default_factory=dict)
    """Other values by section."""
    model: str = ""
    """Another model's name, `quoted` for none; empty: the one in use."""


class Basis(_Part):
    """What a replay was made with, all in all."""

    model: str
    """Name of the language model; empty: answers are quoted."""
    endpoint: str = ""
    prompts: dict[str, str] = Field(default_factory=dict)
    """Name, version and fingerprint of the prompts, by task and language."""
    sorting_model: str
    rules: str
    """Version of the sorting rules."""
    values: dict[str, dict[str, float | int | str]]
    """Every value in force by section."""


class Summary(_Part):
    """A replay in figures; it outlives the comments, and names none."""

    compared: int = 0
    changed: int = 0
    left_out: dict[str, int] = Field(default_factory=dict)
    failed: dict[str, int] = Field(default_factory=dict)
    lanes: dict[str, dict[str, int]] = Field(default_factory=dict)
    """Lane then to lane now to comments."""
    drafts: dict[str, dict[str, int]] = Field(default_factory=dict)
    """`draft` or `silent` then, the same now, to comments."""
    changes: dict[str, int] = Field(default_factory=dict)
    verdicts: dict[str, dict[str, int]] = Field(default_factory=dict)
    """What a person did to what would become of the draft: `same`, `other`, `silent`, `new`,
    `none`."""
    mutes: dict[str, dict[str, int]] = Field(default_factory=dict)
    then_cited: int = 0
    then_gone: int = 0
    relaned: int = 0
    relaned_right_then: int = 0
    relaned_right_now: int = 0
    """Comments that a person moved to another kind, and how many of them were sorted so at once."""
    near_then: float | None = None
    near_now: float | None = None
    """Mean share of an approved text that stood in the draft, where there is a draft both times."""
    then_tokens: int = 0
    tokens: int = 0
    then_cost: Decimal = Decimal(0)
    cost: Decimal = Decimal(0)
    then_seconds: Sequence[float] = ()
    seconds: Sequence[float] = ()
    """p50 and p95 of a draft, where one was tried."""
