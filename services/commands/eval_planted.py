"""`dialogwerk eval planted`: how many planted errors the checks of a draft catch.

True sentences about the sample publications, as a good model words them, and the same sentences
with one thing made false, go through the checks that every draft goes through.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from functools import cached_property
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from schemas.drafts import Citation, Sentence, Source
from services.answer.check import first_fault
from services.answer.checked import Checked, folded
from services.answer.draft import Draft, Language, Question, Voice, with_sources
from services.answer.make import load_prompts
from services.answer.words import Words, read_words
from services.answer.write import fill
from services.commands.shell import Say
from services.demo import sample
from services.index.chunk import chunk
from services.index.read.read import read_document
from services.kit import measured
from services.networks.places import ELSEWHERE
from services.route.measure import Figure, share

FORMAT = 1
"""Of the JSON; a key changes its meaning only together with this number."""
Half = Literal["tune", "held_out"]
HALVES: tuple[Half, ...] = ("tune", "held_out")
SHOWN = 8
"""Passages that a model is shown at once."""
OWN_DOMAINS = ("regenlinde.example",)
VOICE = Voice(sample.ORGANISATION)


class Plant(BaseModel):
    """The sentence with one thing made false."""

    model_config = ConfigDict(frozen=True)

    kind: Literal["figure", "date", "name", "negation", "bound", "attachment", "role", "extra"]
    text: str


class TrueSentence(BaseModel):
    """What a publication says, in other words, and how it could go wrong."""

    model_config = ConfigDict(frozen=True)

    id: str
    language: Language
    publication: str
    """Name of the file."""
    quote: str
    text: str
    planted: tuple[Plant, ...]

    @property
    def half(self) -> Half:
        """Rules may be written while looking at `tune`; what is promised comes of `held_out`.

        Drawn by the id alone, so that a new sentence moves no other one.
        """
        return HALVES[hashlib.sha256(f"half {self.id}".encode()).digest()[0] % 2]


@dataclass(frozen=True)
class Found:
    """What the checks said about one text; `kind` is None for the true sentence."""

    sentence: TrueSentence
    kind: str | None
    text: str
    rule: str | None


def run_planted(
    say: Say, *, json_file: Path | None = None, update: date | None = None
) -> dict[str, Any]:
    """Measure, print the table and return the figures, which are written to a file if one is named.

    `update` is the day under which the rates that the desk shows are written anew into the source
    tree. docs/measured.md tells what the figures mean.
    """
    report = planted_figures(judge_all(read_planted()))
    for line in planted_lines(report):
        say(line)
    if json_file is not None:
        json_file.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    if update is not None:
        path = Path(measured.__file__).with_suffix(".toml")
        path.write_text(measured_toml(report, update), encoding="utf-8")
    return report


def measured_toml(report: dict[str, Any], day: date) -> str:
    """Return what services/kit/measured.toml says of the figures: those of `held_out`."""
    half = report["held_out"]
    lines = [
        "# Written by `dialogwerk eval planted --update`; a test fails when it no longer holds.",
        f"on = {day.isoformat()}",
        f'set = "{report["set"]}"',
        f"caught = {_toml_rate(half['caught'])}",
        f"false_alarms = {_toml_rate(half['false_alarms'])}",
        "",
        "[by_kind]",
        *(f"{kind} = {_toml_rate(one)}" for kind, one in half["by_kind"].items()),
    ]
    return "\n".join(lines) + "\n"


def _toml_rate(one: dict[str, Any]) -> str:
    shares = f"share = {one['value']:.4f}, low = {one['low']:.4f}, high = {one['high']:.4f}"
    return f"{{ {shares}, rows = {one['rows']} }}"


def read_planted() -> list[TrueSentence]:
    """Return the set that ships."""
    lines = _set_file().decode().splitlines()
    return [TrueSentence.model_validate_json(line) for line in lines]


def set_version() -> str:
    """Return what names the set's content: figures of other versions cannot be compared."""
    return hashlib.sha256(_set_file()).hexdigest()[:12]


def _set_file() -> bytes:
    return files("services.commands").joinpath("eval_set", "planted.jsonl").read_bytes()


@dataclass(frozen=True)
class Bench:
    """The sample publications as passages, and everything else that the checks look at."""

    @cached_property
    def words(self) -> Words:
        return read_words()

    @cached_property
    def passages(self) -> dict[str, list[Source]]:
        """Passages of each publication by its file's name, cut as they are for the search."""
        shelf: dict[str, list[Source]] = {}
        for name, body in sample.publications():
            document = read_document(name, body, None, None)
            first = 1 + sum(len(one) for one in shelf.values())
            shelf[name] = [
                Source(
                    passage_id=first + one.position, publication_id=name, title=document.title,
                    edition=1, published_on=document.date, author=document.author,
                    url=document.url, heading=one.heading, page_from=one.page_from,
                    page_to=one.page_to, text=one.text, score=1.0,
                )
                for one in chunk(document)
            ]  # fmt: skip
        return shelf

    @cached_property
    def instructions(self) -> dict[Language, str]:
        prompts = load_prompts()
        return {
            language: fill(prompts["answer", language], _question(language), (), VOICE)[0][
                "content"
            ]
            for language in ("de", "en")
        }

    def shown(self, sentence: TrueSentence) -> list[Source]:
        """Return the passage that holds the quotation, first, and its neighbours.

        Raises LookupError when no passage holds it.
        """
        own = self.passages[sentence.publication]
        wanted = folded(sentence.quote)
        for number, one in enumerate(own):
            if wanted in folded(one.text):
                return sorted(own, key=lambda other: abs(own.index(other) - number))[:SHOWN]
        raise LookupError(f"{sentence.id}: no passage of {sentence.publication} has the quotation")

    def rule(self, sentence: TrueSentence, text: str) -> str | None:
        """Return the check that stops a draft of this one sentence, None when it passes."""
        question = _question(sentence.language)
        sources = {one.passage_id: one for one in self.shown(sentence)}
        citation = Citation(passage_id=next(iter(sources)), quote=sentence.quote)
        sentences = (Sentence(text=text, kind="fact", citations=[citation]),)
        checked = Checked(
            draft=Draft(
                kind="written", sentences=sentences, engine="planted",
                text=with_sources(sentences, sources, question),
            ),
            question=question, sources=sources, own_domains=OWN_DOMAINS, voice=VOICE,
            instructions=self.instructions[sentence.language], words=self.words,
        )  # fmt: skip
        fault = first_fault(checked)
        return fault.rule if fault else None


def _question(language: Language) -> Question:
    asked = {"de": "Wie ist das bei der Stiftung geregelt?", "en": "How does this work?"}
    return Question(text=asked[language], language=language, post="", thread=(), place=ELSEWHERE)


def judge_all(sentences: Sequence[TrueSentence]) -> list[Found]:
    """Put every true sentence and every planted error before the checks."""
    bench = Bench()
    return [
        Found(one, kind, text, bench.rule(one, text))
        for one in sentences
        for kind, text in [(None, one.text), *((plant.kind, plant.text) for plant in one.planted)]
    ]


def planted_figures(found: Sequence[Found]) -> dict[str, Any]:
    """Return the figures as JSON: each half and `all`."""
    halves = {half: [one for one in found if one.sentence.half == half] for half in HALVES}
    return {
        "format": FORMAT,
        "set": set_version(),
        **{name: _half(rows) for name, rows in [*halves.items(), ("all", found)]},
    }


def _half(rows: Sequence[Found]) -> dict[str, Any]:
    planted = [one for one in rows if one.kind is not None]
    return {
        "caught": _share(planted),
        "by_kind": _grouped(planted, lambda one: str(one.kind)),
        "by_language": _grouped(planted, lambda one: one.sentence.language),
        "false_alarms": _share([one for one in rows if one.kind is None]),
    }


def _grouped(rows: Iterable[Found], key: Callable[[Found], str]) -> dict[str, Any]:
    groups: dict[str, list[Found]] = {}
    for one in rows:
        groups.setdefault(key(one), []).append(one)
    return {name: _share(groups[name]) for name in sorted(groups)}


def _share(rows: Sequence[Found]) -> dict[str, Any]:
    """How many of the texts were stopped, and by which rules."""
    rules = Counter(one.rule for one in rows if one.rule is not None)
    return {
        "rows": len(rows),
        **asdict(share(sum(rules.values()), len(rows))),
        "rules": dict(sorted(rules.items(), key=lambda pair: (-pair[1], pair[0]))),
    }


def planted_lines(report: dict[str, Any]) -> list[str]:
    """Return the figures as a table for a terminal."""
    lines = [f"set {report['set']}; shares with their 95 % intervals"]
    for name in (*HALVES, "all"):
        half = report[name]
        lines += ["", f"{name:14s}{'rows':>6s}{'stopped':>24s}  by"]
        rows = {
            **half["by_kind"],
            **{f"in {language}": one for language, one in half["by_language"].items()},
            "all planted": half["caught"],
            "true sentences": half["false_alarms"],
        }
        lines += [_line(kind, one) for kind, one in rows.items()]
    return lines


def _line(name: str, one: dict[str, Any]) -> str:
    figure = Figure(one["value"], one["low"], one["high"])
    rules = ", ".join(f"{rule} {count}" for rule, count in one["rules"].items())
    return f"{name:14s}{one['rows']:6d}{figure.shown():>24s}  {rules}"
