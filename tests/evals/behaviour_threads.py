"""Put together threads from the texts written for them: trolls, honest quarrels, criticism.

A row of `behaviour/*.jsonl` is a topic - a post with our answers and what people say - or a pool of
what trolls say anywhere in one language. Every thread takes other texts, orders and paces.
"""

import json
from collections.abc import Iterator, Sequence
from itertools import cycle
from pathlib import Path
from typing import Literal

from tests.evals.behaviour_shapes import Rows, Shape, Thread, Writer, abuser, claimant

FOLDER = Path(__file__).with_name("behaviour")
Part = Literal["tune", "held_out"]
PACES = (2.0, 25.0, 240.0)
"""Minutes between two lines, on average."""


def read_rows(part: Part) -> list[Rows]:
    text = (FOLDER / f"{part}.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


def write_threads(part: Part, shapes: Sequence[Shape]) -> list[Thread]:
    """Return one thread for each topic and shape."""
    return [
        shape(Writer(f"{topic['name']}/{shape.__name__}", PACES[number % 3]), topic, pool)
        for number, (topic, pool, shape) in enumerate(_pairs(part, shapes))
    ]


def write_criticism(part: Part) -> list[tuple[str, list[Thread]]]:
    """Return each criticism with the threads in which it is the last word.

    By somebody who came only now; after other criticism of the same account; by an account that
    has behaved as a troll before; by a third person below two trolls; after a curse.
    """
    found: list[tuple[str, list[Thread]]] = []
    for topic, pool, _ in _pairs(part, (claimant,)):
        said = topic["criticism"]
        for number, text in enumerate(said):
            name = f"{topic['name']}/criticism{number}"
            before = [said[(number + step) % len(said)] for step in (1, 2, 3)]
            threads = [
                _alone(Writer(name, 9.0), topic, text),
                _among(Writer(name, 9.0), topic, [*before, text]),
                _after(claimant, Writer(name, 9.0), topic, pool, text),
                _after(abuser, Writer(name, 9.0), topic, pool, text),
                _below(Writer(name, 9.0), topic, pool, text),
            ]
            found.append((text, threads))
    return found


def _pairs(part: Part, shapes: Sequence[Shape]) -> Iterator[tuple[Rows, Rows, Shape]]:
    rows = read_rows(part)
    pools = {row["language"]: row for row in rows if row["kind"] == "pool"}
    for row in rows:
        if row["kind"] == "topic":
            for shape in shapes:
                yield row, pools[row["language"]], shape


def _alone(w: Writer, topic: Rows, text: str) -> Thread:
    w.say("third", topic["questions"][0])
    w.answer("third", topic["replies"][0])
    w.say("honest", text)
    return w.done()


def _among(w: Writer, topic: Rows, texts: Sequence[str]) -> Thread:
    for text, reply in zip(texts, cycle(topic["replies"]), strict=False):
        w.say("honest", text)
        if text != texts[-1]:
            w.answer("honest", reply)
    return w.done()


def _after(shape: Shape, w: Writer, topic: Rows, pool: Rows, text: str) -> Thread:
    shape(w, topic, pool)
    w.say("troll", text)
    return w.done()


def _below(w: Writer, topic: Rows, pool: Rows, text: str) -> Thread:
    w.say("troll", topic["claims"][0])
    w.answer("troll", topic["replies"][0])
    w.say("second", topic["claims"][1])
    w.answer("second", topic["replies"][1])
    for first, second in zip(w.pick(pool["abuse"], 5), w.pick(pool["abuse"], 5), strict=True):
        w.say("troll", first)
        w.say("second", second)
    w.say("honest", text)
    return w.done("troll", "second")
