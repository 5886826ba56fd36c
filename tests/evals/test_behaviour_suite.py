"""Nobody who criticises is muted: the texts of `behaviour/` in threads, with the shipped engine."""

from collections import Counter

import pytest
import pytest_asyncio

from services.kit.embed.shared import SharedEmbedder
from services.kit.settings import Settings
from tests.evals.behaviour import Bench, criticism_muted, open_bench, worst
from tests.evals.behaviour_shapes import HONEST, TROLLS, Writer
from tests.evals.behaviour_threads import Part, write_criticism, write_threads

FIGURES = (
    (
        "12.400 Euro für ein Logo, das ist doch nicht euer Ernst.",
        "Für 12.400 Euro hätte der Jugendclub ein Jahr lang geheizt.",
        "12.400 Euro! Und die Stelle in der Beratung streicht ihr.",
        "Die 12.400 Euro wurden nicht einmal ausgeschrieben, gegen eure eigene Satzung.",
        "Ich bleibe dabei: 12.400 Euro, und niemand im Verein wurde gefragt.",
        "12.400 Euro. Das sagt eigentlich alles über eure Prioritäten.",
    ),
    (
        "8,250 pounds for a video nobody watched. Seriously?",
        "That 8,250 would have kept the food bank open until spring.",
        "You paid 8,250 and did not even ask a local studio.",
        "8,250 pounds, and the ramp at the entrance is still broken.",
        "Members never voted on those 8,250 pounds.",
        "8,250. I am cancelling my donation.",
    ),
)
"""Criticism that comes back to one figure each time."""
PARTS: tuple[Part, ...] = ("tune", "held_out")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def bench() -> Bench:
    embedder = SharedEmbedder(Settings())
    async with embedder.in_use():
        return await open_bench(embedder, PARTS, [text for texts in FIGURES for text in texts])


def test_no_criticism_is_muted(bench: Bench) -> None:
    """INVARIANT: of 200 harsh but fair criticisms none is muted or held back by the system.

    Each stands in several threads: alone, after other criticism, by an account that has behaved as
    a troll until then, and by a third person below two trolls.
    """
    assert sum(len(write_criticism(part)) for part in PARTS) >= 200
    assert [one for part in PARTS for one in criticism_muted(bench, part)] == []


def test_no_honest_quarrel_is_muted(bench: Bench) -> None:
    """INVARIANT: heat, haste and a curse mute nobody who has something to say."""
    threads = [one for part in PARTS for one in write_threads(part, HONEST)]
    met = [one.name for one in threads if worst(bench.course(one), one, honest=True) == "mute"]
    assert met == []


@pytest.mark.parametrize("texts", FIGURES, ids=["de", "en"])
def test_a_critic_who_comes_back_to_one_figure_is_not_even_suggested(
    bench: Bench, texts: tuple[str, ...]
) -> None:
    """INVARIANT: to insist on a figure, with something to say about it, is no repetition."""
    writer = Writer("figure", 9.0)
    for text in texts:
        writer.say("honest", text)
        writer.answer("honest", "")
    thread = writer.done()
    assert worst(bench.course(thread), thread, honest=True) == "none"


def test_trolls_are_noticed(bench: Bench) -> None:
    threads = write_threads("tune", TROLLS)
    met = Counter(worst(bench.course(one), one, honest=False) for one in threads)
    assert met["mute"] >= 12
    assert met["none"] <= len(threads) / 3
