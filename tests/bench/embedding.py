"""Embedding: what is left of the engine's speed when comments come one by one to a handler."""

import statistics

from services.kit.embed.choose import EmbedSettings, open_embedder
from tests.bench.ground import Ground
from tests.bench.measuring import Measured, Outcome, Size, in_parallel, measure
from tests.bench.sayings import sayings

ROUNDS = 4
TARGET = 0.9
"""Share of the engine's texts per CPU second that the stage has to reach."""


async def run(on: Ground, size: Size) -> Outcome:
    """Embed the same comments with the engine alone and through the stage, taking turns."""
    texts = sayings(size.comments)
    engine = await open_embedder(EmbedSettings(), on.settings.data_dir)
    alone: list[Measured] = []
    stage: list[Measured] = []
    try:
        await engine.embed_queries(texts[:32])

        async def one(number: int) -> None:
            await on.embedder.embed_queries([texts[number]])

        for _ in range(ROUNDS):
            alone.append(await measure(len(texts), lambda: engine.embed_queries(texts)))
            stage.append(await measure(len(texts), lambda: in_parallel(len(texts), one)))
    finally:
        await engine.close()
    shares = [alone[n].cpu / stage[n].cpu for n in range(ROUNDS)]
    share = statistics.median(shares)
    lines = [
        min(alone, key=lambda one: one.cpu).line(
            "the engine alone, all texts in one call", "texts"
        ),
        min(stage, key=lambda one: one.cpu).line(
            "the stage, 32 handlers with one text each", "texts"
        ),
        (
            f"  the stage reaches {share:.0%} of the engine's texts per CPU second"
            f" ({min(shares):.0%} to {max(shares):.0%} in {ROUNDS} pairs of rounds)"
        ),
    ]
    missed = [] if share >= TARGET else [f"embedding stage {share:.0%} of the engine, aim 90 %"]
    return Outcome(lines, missed)
