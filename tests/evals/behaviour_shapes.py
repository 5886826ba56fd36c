"""How trolls go on in a thread, and how people do who are merely angry."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import cycle, islice
from random import Random
from typing import Any

Rows = Mapping[str, Any]
US = "us"


@dataclass(frozen=True)
class Line:
    """One turn: who, to whom (None: to the post or to us), what, minutes after the post."""

    author: str
    to: str | None
    text: str
    minute: float


@dataclass(frozen=True)
class Thread:
    """A thread that was written; `blamed` behave as trolls, everybody else is honest."""

    name: str
    lines: tuple[Line, ...]
    blamed: frozenset[str]


class Writer:
    """Writes one thread: time goes on with every line."""

    def __init__(self, name: str, pace: float) -> None:
        self.name = name
        self.random = Random(name)
        self.pace = pace
        self.minute = 0.0
        self.lines: list[Line] = []

    def say(self, author: str, text: str, to: str | None = None, *, at_once: bool = False) -> None:
        self.minute += 0.5 if at_once else self.pace * self.random.uniform(0.4, 1.8)
        self.lines.append(Line(author, to, text, self.minute))

    def answer(self, author: str, text: str) -> None:
        self.say(US, text, author)

    def pick(self, texts: Sequence[str], count: int) -> list[str]:
        return list(islice(cycle(self.random.sample(texts, min(count, len(texts)))), count))

    def done(self, *blamed: str) -> Thread:
        return Thread(self.name, tuple(self.lines), frozenset(blamed))


Shape = Callable[[Writer, Rows, Rows], Thread]


def claimant(w: Writer, topic: Rows, pool: Rows) -> Thread:
    """One claim again and again, however often it is answered; somebody asks meanwhile."""
    claims, replies = topic["claims"], topic["replies"]
    w.say("troll", claims[0])
    w.answer("troll", replies[0])
    w.say("troll", claims[1])
    w.say("third", topic["questions"][0])
    w.answer("troll", replies[1])
    w.answer("third", replies[2])
    w.say("troll", w.pick(pool["dismiss"], 1)[0])
    w.say("troll", claims[2])
    w.answer("troll", replies[3])
    w.say("troll", claims[3])
    w.say("other", w.pick(pool["chat"], 1)[0])
    w.say("troll", claims[4])
    w.say("troll", w.pick(pool["abuse"], 1)[0])
    return w.done("troll")


def abuser(w: Writer, topic: Rows, pool: Rows) -> Thread:
    """Opens with a claim, then nothing but abuse."""
    w.say("troll", topic["claims"][0])
    w.answer("troll", topic["replies"][0])
    for text in w.pick(pool["abuse"], 3):
        w.say("troll", text)
    w.answer("troll", topic["replies"][1])
    w.say("third", topic["criticism"][0])
    for text in w.pick(pool["abuse"], 3):
        w.say("troll", text)
    w.say("troll", w.pick(pool["dismiss"], 1)[0])
    return w.done("troll")


def flooder(w: Writer, topic: Rows, pool: Rows) -> Thread:
    """Single words at a great pace after our answers."""
    w.say("troll", topic["claims"][0])
    w.answer("troll", topic["replies"][0])
    for text in w.pick(pool["short"], 4):
        w.say("troll", text, at_once=True)
    w.say("third", topic["questions"][1])
    w.answer("troll", topic["replies"][1])
    for text in w.pick(pool["short"], 5):
        w.say("troll", text, at_once=True)
    w.say("troll", topic["claims"][1], at_once=True)
    return w.done("troll")


def doubter(w: Writer, topic: Rows, pool: Rows) -> Thread:
    """Demands a proof for every proof."""
    w.say("troll", topic["claims"][0])
    demands = w.pick(pool["proof"], 5)
    for reply, demand in zip(topic["replies"], demands, strict=False):
        w.answer("troll", reply)
        w.say("troll", demand)
    w.say("troll", demands[4])
    w.say("troll", w.pick(pool["dismiss"], 1)[0])
    w.say("third", topic["questions"][2])
    w.say("troll", topic["claims"][1])
    return w.done("troll")


def baiter(w: Writer, topic: Rows, pool: Rows) -> Thread:
    """Goes for the others in the thread."""
    w.say("third", topic["questions"][0])
    w.answer("third", topic["replies"][0])
    w.say("troll", topic["claims"][0])
    w.answer("troll", topic["replies"][1])
    for text in w.pick(pool["bait"], 2):
        w.say("troll", text, "third")
    w.say("third", topic["criticism"][1])
    for text in [*w.pick(pool["bait"], 2), *w.pick(pool["abuse"], 2)]:
        w.say("troll", text, "third")
    w.say("other", w.pick(pool["chat"], 1)[0])
    return w.done("troll")


def shifter(w: Writer, topic: Rows, pool: Rows) -> Thread:
    """Another subject after every answer, with abuse in between."""
    w.say("troll", topic["claims"][0])
    for reply, shift, abuse in zip(
        topic["replies"], topic["shifts"], w.pick(pool["abuse"], 3), strict=False
    ):
        w.answer("troll", reply)
        w.say("troll", abuse)
        w.say("troll", shift)
    w.say("third", w.pick(pool["asks"], 1)[0])
    for text in [*w.pick(pool["abuse"], 2), topic["claims"][1], topic["claims"][2]]:
        w.say("troll", text)
    return w.done("troll")


def insister(w: Writer, topic: Rows, pool: Rows) -> Thread:
    """A question that we miss three times; the person grows loud."""
    for question, reply in zip(
        [topic["questions"][0], *topic["insists"]], topic["replies"], strict=False
    ):
        w.say("honest", question)
        w.answer("honest", reply)
    w.say("other", w.pick(pool["chat"], 1)[0])
    w.say("honest", topic["insists"][2])
    return w.done()


def critic(w: Writer, topic: Rows, pool: Rows) -> Thread:
    """One person with many harsh criticisms, each answered."""
    said = w.pick(topic["criticism"], 6)
    for text, reply in zip(said, cycle(topic["replies"]), strict=False):
        w.say("honest", text)
        w.answer("honest", reply)
    w.say("other", w.pick(pool["asks"], 1)[0])
    return w.done()


def burst(w: Writer, topic: Rows, pool: Rows) -> Thread:
    """A flood of criticism in a few minutes, our answers in between."""
    del pool
    said = w.pick(topic["criticism"], 7)
    w.say("honest", said[0])
    w.answer("honest", topic["replies"][0])
    for text in said[1:4]:
        w.say("honest", text, at_once=True)
    w.answer("honest", topic["replies"][1])
    for text in said[4:]:
        w.say("honest", text, at_once=True)
    return w.done()


def quarrel(w: Writer, topic: Rows, pool: Rows) -> Thread:
    """Two citizens argue; we answer both of them."""
    lines = topic["quarrel"]
    w.say("second", topic["criticism"][2])
    w.answer("second", topic["replies"][0])
    w.say("first", lines[0], "second")
    w.say("second", lines[1], "first")
    w.answer("first", topic["replies"][1])
    w.say("first", lines[2], "second")
    w.say("second", lines[3], "first")
    w.answer("second", topic["replies"][2])
    w.say("first", topic["criticism"][3])
    w.say("second", w.pick(pool["dismiss"], 1)[0], "first")
    w.say("first", topic["questions"][1])
    w.say("second", topic["criticism"][4])
    return w.done()


def hothead(w: Writer, topic: Rows, pool: Rows) -> Thread:
    """Somebody concerned who swears twice and comes back to the matter."""
    swearing = w.pick(pool["abuse"], 2)
    w.say("honest", topic["criticism"][5])
    w.answer("honest", topic["replies"][0])
    w.say("honest", swearing[0])
    w.say("honest", topic["criticism"][6])
    w.answer("honest", topic["replies"][1])
    w.say("honest", topic["criticism"][7])
    w.answer("honest", topic["replies"][2])
    w.say("honest", swearing[1])
    w.say("honest", topic["insists"][1])
    w.answer("honest", topic["replies"][3])
    w.say("honest", topic["criticism"][8])
    return w.done()


def crowd(w: Writer, topic: Rows, pool: Rows) -> Thread:
    """Many people criticise at once; one gives up with a curse."""
    for number, text in enumerate(w.pick(topic["criticism"], 8)):
        w.say(f"person{number % 5}", text, at_once=number % 2 == 0)
        if number % 3 == 0:
            w.answer(f"person{number % 5}", topic["replies"][number % 4])
    w.say("person0", w.pick(pool["dismiss"], 1)[0])
    w.say("person1", w.pick(pool["abuse"], 1)[0])
    return w.done()


TROLLS: tuple[Shape, ...] = (claimant, abuser, flooder, doubter, baiter, shifter)
HONEST: tuple[Shape, ...] = (insister, critic, burst, quarrel, hothead, crowd)
