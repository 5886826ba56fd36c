"""Questions with what a right answer holds, and what became of each. Pure but for reading them."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from importlib.resources import files
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from schemas.drafts import Sentence, Source
from services.answer.checked import folded, proof
from services.answer.draft import Draft, Language, Question, Silence, Turn, place
from services.answer.figures import read_figures
from services.answer.words import Words
from services.demo import sample
from services.kit.grams import character_grams
from services.kit.language import detect_language
from services.networks.length import measure
from services.networks.places import ELSEWHERE

SUPPORTED = 0.6
"""Share of a sentence's character 5-grams that its passages must repeat to support it."""

CaseKind = Literal[
    "answerable", "unanswerable", "false_premise", "outdated_edition", "conflict", "thread"
]


class BadCases(Exception):
    """A set of cases cannot be read; the message is the sentence a person needs."""


class Said(BaseModel):
    """An earlier comment of the thread."""

    model_config = ConfigDict(frozen=True)

    by: Literal["us", "asker", "other"]
    text: str


class Case(BaseModel):
    """A question as somebody could ask it, and what is true of a right answer."""

    model_config = ConfigDict(frozen=True)

    id: str
    language: Language
    kind: CaseKind
    question: str
    post: str = ""
    thread: tuple[Said, ...] = ()
    answerable: bool
    publications: tuple[str, ...]
    """Names of the files one of which must be cited."""
    facts: tuple[tuple[str, ...], ...]
    """What every right answer says, each in one of these wordings."""
    must_not: tuple[str, ...] = ()
    """What only a wrong answer says."""

    def asked(self) -> Question:
        """Return the question as the answer service sees it."""
        thread = [
            Turn(speaker=one.by, text=one.text, ours=one.by == "us", asker=one.by == "asker")
            for one in self.thread
        ]
        return Question(
            text=self.question, language=detect_language(self.question), post=self.post,
            thread=thread, place=ELSEWHERE,
        )  # fmt: skip


@dataclass(frozen=True)
class CaseSet:
    """Cases and the publications they are asked about."""

    cases: Sequence[Case]
    publications: Sequence[tuple[str, bytes]]
    version: str
    """Names the cases' content: figures of other versions cannot be compared."""


def read_cases(folder: Path | None = None, *, held_out: bool = False) -> CaseSet:
    """Return the set that ships, or `answers.jsonl` and `publications/` of a folder.

    Rules may be written while looking at the set that ships, but not at the one that is `held_out`.
    Raises BadCases.
    """
    try:
        if folder is None:
            name = "answers_held_out.jsonl" if held_out else "answers.jsonl"
            written = files("services.commands").joinpath("eval_set", name).read_bytes()
            publications = sample.publications()
        else:
            written = (folder / "answers.jsonl").read_bytes()
            found = sorted(one for one in (folder / "publications").iterdir() if one.is_file())
            publications = [(one.name, one.read_bytes()) for one in found]
    except OSError as error:
        raise BadCases(f"{error.filename} cannot be read: {error.strerror}") from error
    names = {name for name, _ in publications}
    cases = [
        _read(number, line, names)
        for number, line in enumerate(written.decode().splitlines(), start=1)
        if line.strip()
    ]
    return CaseSet(cases, publications, hashlib.sha256(written).hexdigest()[:12])


def _read(number: int, line: str, names: set[str]) -> Case:
    try:
        case = Case.model_validate_json(line)
    except ValidationError as error:
        raise BadCases(f"Line {number} of answers.jsonl is no case: {error}") from error
    if unknown := set(case.publications) - names:
        raise BadCases(f"Line {number} of answers.jsonl names {', '.join(sorted(unknown))}")
    if case.answerable != bool(case.publications and case.facts):
        raise BadCases(
            f"Line {number} of answers.jsonl: an answerable case names publications and facts"
        )
    return case


@dataclass(frozen=True)
class Tried:
    """What became of one case."""

    case: Case
    made: Draft | Silence
    sources: Mapping[int, Source]
    files: Mapping[str, str]
    """Names of the publications' files by their ids."""
    seconds: float
    cost: Decimal
    words: Words

    @property
    def drafted(self) -> bool:
        return isinstance(self.made, Draft)

    @property
    def facts(self) -> list[Sentence]:
        return [one for one in self.made.sentences if one.kind == "fact"]

    @property
    def supported(self) -> int:
        """How many facts hold no figure, and few words, that their passages lack."""
        return sum(self._is_supported(one) for one in self.facts)

    @property
    def cites_right(self) -> bool:
        cited = {source.publication_id for one in self.facts for source in self._cited(one)}
        return any(self.files.get(one) in self.case.publications for one in cited)

    @property
    def holds_facts(self) -> bool:
        """Whether every fact that belongs to a right answer is said."""
        return all(any(_says(self._said, one) for one in fact) for fact in self.case.facts)

    @property
    def says_wrong(self) -> bool:
        return any(_says(self._said, one) for one in self.case.must_not)

    @property
    def is_right(self) -> bool:
        """Whether it is right from end to end.

        Where there is an answer: drafted, cited, complete and nothing wrong; else silent.
        """
        if not self.case.answerable:
            return not self.drafted
        return self.drafted and self.cites_right and self.holds_facts and not self.says_wrong

    @property
    def deflects(self) -> bool:
        """Whether it sends people elsewhere, also in quoted words, or was stopped because of it."""
        if isinstance(self.made, Silence):
            return self.made.reason.rule == "answers_in_place"
        return self.words.deflects.search(self._said) is not None

    @property
    def length(self) -> int:
        return measure(self.made.text, ELSEWHERE)

    @cached_property
    def _said(self) -> str:
        """The sentences without the names of their places, on one line."""
        text = folded(" ".join(one.text for one in self.made.sentences))
        language = self.case.asked().frame
        for source in self.sources.values():
            text = text.replace(f"({place(source, language)})", "")
        return text

    def _cited(self, sentence: Sentence) -> list[Source]:
        return [
            self.sources[one.passage_id]
            for one in sentence.citations
            if one.passage_id in self.sources
        ]

    def _is_supported(self, sentence: Sentence) -> bool:
        cited = self._cited(sentence)
        if any(folded(one.quote) in folded(sentence.text) for one in sentence.citations):
            return bool(cited)
        proved = " \n ".join(proof(one) for one in cited)
        if not cited or read_figures(sentence.text).unproved_by(read_figures(proved)) is not None:
            return False
        if detect_language(proved) != detect_language(sentence.text):
            return True
        own, theirs = set(character_grams(sentence.text)), set(character_grams(proved))
        return len(own & theirs) >= SUPPORTED * len(own)


_GROUPED = re.compile(r"(?<=\d)[.,' ](?=\d{3}(?!\d))")
_WRITTEN = (("%", " prozent"), ("€", " euro"), ("m²", "quadratmeter"), ("per cent", "percent"))


def _says(text: str, wording: str) -> bool:
    """Whether a text has these words, however its figures and units are written."""
    return (
        re.search(rf"(?<![\w,]){re.escape(_plain(wording))}(?!\w|[.,]\d)", _plain(text)) is not None
    )


def _plain(text: str) -> str:
    plain = _GROUPED.sub("", text.casefold())
    for written, meant in _WRITTEN:
        plain = plain.replace(written, meant)
    return " ".join(plain.split())
