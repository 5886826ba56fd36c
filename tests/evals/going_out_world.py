"""Weeks of posts by 44 pages around the sample foundation, and what three teams say of them.

Sentences stand in `going_out_stories.toml`, verdicts in `going_out_verdicts.toml`; both were
written before anything was scored with them. Figures, times and what stands under a post are drawn.
"""

import random
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal

from services.store.watches import Foreign

HERE = Path(__file__).parent
Half = Literal["built", "held_out"]

PLACES = ("Karlsfurten", "Quellmünde", "Sülzhagen")
WHO = ("Nachbarinnen", "Eltern", "Hausgemeinschaften")
WHEN = ("heute", "am Wochenende", "in dieser Woche")
OPENINGS = ("", "Kurz gemeldet: ")

POSTS = 2000
DAYS = 7
SHARES: Mapping[str, float] = {
    "question": 0.03, "plan": 0.03, "claim": 0.02, "report": 0.05, "accident": 0.03,
    "advert": 0.04, "finished": 0.04, "light": 0.03, "elsewhere": 0.73,
}  # fmt: skip
SAID = 0.3
"""Share of posts under which somebody has said already what we would say."""
SILENT = 0.3
"""Share of posts under which nobody has said anything."""
READERS = (1_500, 20_000)
"""From which on a page is read by some, and by many."""
AGES = (timedelta(hours=10), timedelta(hours=26))


@dataclass(frozen=True)
class Story:
    """A post with its figures and what a look at its thread would find."""

    page: int
    relation: Foreign
    readers: int
    kind: str
    text: str
    made_at: datetime
    likes: int
    replies: int
    said_already: bool
    said: float | None
    """What is found nearest to our passage in the thread: uncertain, as in life."""


@dataclass(frozen=True)
class _Page:
    number: int
    relation: Foreign
    readers: int


class Team:
    """One team's taste, as its table says it."""

    def __init__(self, name: str) -> None:
        self.name = name
        said = tomllib.loads((HERE / "going_out_verdicts.toml").read_text(encoding="utf-8"))
        self._cells: dict[tuple[str, str], list[str]] = {
            (kind, relation): words.split()
            for kind, row in said[name].items()
            for relation, words in row.items()
        }

    def wants(self, story: Story, now: datetime) -> bool:
        """Tell whether the team would be glad to be shown the post now."""
        cell = self._cells.get((story.kind, story.relation))
        if cell is None or story.said_already:
            return False
        reach = sum(story.readers >= bound for bound in READERS)
        age = sum(now - story.made_at > bound for bound in AGES)
        return cell[reach][age] == "y"


TEAMS = ("general", "council", "newsroom")


def week(seed: int, half: Half, begins: datetime) -> list[Story]:
    """Return a week's posts, oldest first; the same seed gives the same week."""
    dice = random.Random(seed)
    sentences = tomllib.loads((HERE / "going_out_stories.toml").read_text(encoding="utf-8"))
    relations: list[Foreign] = ["news"] * 14 + ["partner"] * 20 + ["decision_maker"] * 10  # type: ignore[assignment]  # lists of one word each
    pages = [
        _Page(number, relation, int(10 ** dice.uniform(2.4, 5.2)))
        for number, relation in enumerate(relations)
    ]
    kinds = dice.choices(list(SHARES), list(SHARES.values()), k=POSTS)
    stories = [
        _story(dice, kind, dice.choice(sentences[kind][half]), dice.choice(pages), begins)
        for kind in kinds
    ]
    return sorted(stories, key=lambda one: one.made_at)


def _story(dice: random.Random, kind: str, sentence: str, page: _Page, begins: datetime) -> Story:
    slots = {"place": dice.choice(PLACES), "who": dice.choice(WHO), "when": dice.choice(WHEN)}
    attention = dice.lognormvariate(0, 1.2)
    said_already = dice.random() < SAID
    near = dice.uniform(0.86, 0.97) if said_already else dice.uniform(0.74, 0.90)
    talk = page.readers * 0.0006 * attention * dice.uniform(0.3, 2)
    is_silent = not said_already and dice.random() < SILENT
    return Story(
        page=page.number, relation=page.relation, readers=page.readers, kind=kind,
        text=(dice.choice(OPENINGS) + sentence).format(**slots),
        made_at=begins + timedelta(minutes=dice.randrange(DAYS * 24 * 60)),
        likes=int(page.readers * 0.004 * attention),
        replies=0 if is_silent else 1 + int(talk),
        said_already=said_already, said=None if is_silent else near,
    )  # fmt: skip


def mornings(begins: datetime) -> Iterator[datetime]:
    """Yield six o'clock of each day from the second on."""
    for day in range(1, DAYS + 1):
        yield begins + timedelta(days=day, hours=6)
