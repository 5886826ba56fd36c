"""Nobody who criticises is muted: the texts of `behaviour/` in threads, with the shipped engine."""

from collections import Counter

import pytest_asyncio

from services.kit.embed.shared import SharedEmbedder
from services.kit.settings import Settings
from tests.evals.behaviour import Bench, criticism_muted, open_bench, worst
from tests.evals.behaviour_shapes import HONEST, TROLLS
from tests.evals.behaviour_threads import Part, write_criticism, write_threads

PARTS: tuple[Part, ...] = ("tune", "held_out")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def bench() -> Bench:
    embedder = SharedEmbedder(Settings())
    async with embedder.in_use():
        return await open_bench(embedder, PARTS)


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


def test_trolls_are_noticed(bench: Bench) -> None:
    threads = write_threads("tune", TROLLS)
    met = Counter(worst(bench.course(one), one, honest=False) for one in threads)
    assert met["mute"] >= 12
    assert met["none"] <= len(threads) / 3
