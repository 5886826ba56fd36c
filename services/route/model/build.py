"""Build the shipped model: `python -m services.route.model.build --germeval2018 F --gahd F`.

The two corpora are CC BY 4.0 and are not in this repository: `card.md` says where they are. Their
files need the columns `text` and `coarse` (OFFENSE, OTHER), and `text` and `label` (1, 0).
"""

import argparse
import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from services.kit.embed.embedder import Embeds
from services.kit.embed.shared import SharedEmbedder
from services.kit.settings import Settings
from services.route.cues import Cues, read_cues
from services.route.fit import fit, gather
from services.route.head import Head, Seen, look
from services.route.reader import NO, YES, Model, written_comments
from services.route.table import Row, read_table

MODEL = Path(__file__).with_name("model.zip")
OFFENSIVE = {"OFFENSE", "1"}
OWN_WEIGHT = 4.0
"""Of a comment written for the project beside one of the corpora."""


async def see(texts: Sequence[str], cues: Cues, embedder: Embeds) -> list[Seen]:
    """Look at texts with their vectors."""
    vectors = await embedder.embed_queries(texts)
    return [look(text, cues, vector) for text, vector in zip(texts, vectors, strict=True)]


def fit_kinds(seen: Sequence[Seen], kinds: Sequence[str], cues: Cues, space: str) -> Head:
    return fit(gather(seen, kinds), cues.names, space).head


def fit_yes(
    seen: Sequence[Seen], yes: Sequence[bool], weights: Sequence[float], cues: Cues, space: str
) -> Head:
    labels = [YES if one else NO for one in yes]
    return fit(gather(seen, labels, weights, positive=YES), cues.names, space).head


async def build(corpora: Sequence[Row], embedder: Embeds, cues: Cues) -> Model:
    """Fit the three heads: kinds on written comments, the other two on these and the corpora."""
    written = written_comments()
    own = await see([text for text, _ in written], cues, embedder)
    other = await see([row.text for row in corpora], cues, embedder)
    kinds = [kind for _, kind in written]
    hostile = [row.label in OFFENSIVE for row in corpora]
    weights = [OWN_WEIGHT] * len(own) + [1.0] * len(other)
    offence = fit_yes(
        [*own, *other], [kind in ("attack", "threat") for kind in kinds] + hostile, weights, cues,
        embedder.space,
    )  # fmt: skip
    # Among the hostile texts some do threaten: they are no examples of harmless ones.
    harmless = [one for one, is_hostile in zip(other, hostile, strict=True) if not is_hostile]
    threat = fit_yes(
        [*own, *harmless], [kind == "threat" for kind in kinds] + [False] * len(harmless),
        [OWN_WEIGHT] * len(own) + [1.0] * len(harmless), cues, embedder.space,
    )  # fmt: skip
    card = {
        "name": "shipped", "built": datetime.now(UTC).date().isoformat(),
        "written": len(written), "corpora": len(corpora), "space": embedder.space,
    }  # fmt: skip
    return Model(fit_kinds(own, kinds, cues, embedder.space), offence, threat, card)


async def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--germeval2018", type=Path, required=True)
    arguments.add_argument("--gahd", type=Path, action="append", required=True)
    chosen = arguments.parse_args()
    corpora = read_table(chosen.germeval2018, text="text", label="coarse")
    for path in chosen.gahd:
        corpora += read_table(path, text="text", label="label")
    embedder = SharedEmbedder(Settings())
    async with embedder.in_use():
        model = await build(corpora, embedder, read_cues())
    MODEL.write_bytes(model.dump())


if __name__ == "__main__":
    asyncio.run(main())
