"""The radar's cases, read by the product's own code: rules, the engine's doubt, drafts."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from importlib.resources import files
from pathlib import Path
from typing import Literal

from services.outreach.radar.doubt import weighed
from services.outreach.radar.draft import Addressed, Manner, manner_of, write
from services.outreach.radar.impression import Impressions
from services.outreach.radar.lexicon import Language
from services.outreach.radar.recognise import Found, Relation, Told, Verdict, recognise

Part = Literal["first", "later", "held_out", "last"]
PARTS: tuple[Part, ...] = ("first", "later", "held_out", "last")
HELD_OUT = Path(__file__).parent / "radar"
SHIPPED = Path(str(files("services.outreach.radar"))) / "examples"
VERDICTS: tuple[Verdict, ...] = ("success", "trouble", "mixed", "unsure", "neither")
A_DAY = "2026-03-10"
LONGEST = 300
"""Characters of the shortest network's posts."""


@dataclass(frozen=True)
class Case:
    """A made-up post with its author's verdict."""

    part: Part
    truth: Verdict
    language: Language
    shape: str
    text: str
    relation: Relation
    name: str
    """Of the page, where the post depends on it; of the partner, in news."""
    made_on: date

    @property
    def told(self) -> Told:
        return Told(
            self.relation, [self.name] if self.name else [], self.made_on,
            first_person=self.relation != "news",
        )  # fmt: skip


@dataclass(frozen=True)
class Read:
    """What a case was taken for: by the rules, and with the engine's doubt."""

    case: Case
    by_rules: Found
    found: Found

    @property
    def congratulated_wrongly(self) -> bool:
        """The worst error: joy about somebody's trouble."""
        return self.case.truth in ("trouble", "mixed") and self.found.verdict == "success"

    def draft(self, manner: Manner | None = None) -> str | None:
        """Return the draft, in a manner or in the post's own."""
        case = self.case
        own = manner_of("mirror", case.text, one_person=case.relation == "decision_maker")
        third = case.name if case.relation == "news" else ""
        to = Addressed(case.language, manner or own, third)
        return write(self.found, case.text, to, lambda text: len(text) <= LONGEST)


def cases(part: Part) -> list[Case]:
    """Return the cases of a part in their order."""
    folder = HELD_OUT if part in ("held_out", "last") else SHIPPED
    lines = (folder / f"{part}.jsonl").read_text(encoding="utf-8")
    return [
        Case(
            part=part, truth=one["truth"], language=one["lang"], shape=one["shape"],
            text=one["text"], relation=one.get("relation", "partner"), name=one.get("partner", ""),
            made_on=date.fromisoformat(one.get("made", A_DAY)),
        )
        for one in map(json.loads, lines.splitlines())
    ]  # fmt: skip


async def read_cases(impressions: Impressions, listed: Sequence[Case]) -> list[Read]:
    """Read cases as outreach does, without a language model."""
    found = [recognise(one.text, one.language, one.told) for one in listed]
    sounds = await impressions.of([one.text for one in listed])
    return [
        Read(case, by_rules, weighed(by_rules, how))
        for case, by_rules, how in zip(listed, found, sounds, strict=True)
    ]
