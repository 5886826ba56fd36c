"""A comment that asks, an answer that is true, and what came of it in the database."""

from dataclasses import dataclass
from typing import Any

from schemas.comments import CommentRouted
from services.kit.db import Pool
from tests.world import World

ASKED = "Wie viel Prozent der anerkannten Kosten übernimmt die Stiftung je Hof?"
QUOTE = "Die Stiftung übernimmt höchstens 65 Prozent der anerkannten Kosten"
FACT = {
    "text": "Wir übernehmen höchstens 65 Prozent der anerkannten Kosten.",
    "kind": "fact",
    "citations": [{"passage": 1, "quote": QUOTE}],
}
ANSWER = {"answerable": True, "sentences": [FACT]}
SPENT = 120
DRAFT = "d" * 32


@dataclass(frozen=True)
class Stored:
    """A row of the table of drafts."""

    outcome: str
    reason: dict[str, str] | None
    kind: str | None
    text: str
    sentences: list[Any]
    engine: str
    prompt: str | None
    tokens_in: int
    tokens_out: int


async def stored(pool: Pool) -> list[Stored]:
    async with pool.connection() as connection:
        rows = await connection.execute(
            "select outcome, reason, kind, text, sentences, engine, prompt, tokens_in, tokens_out"
            " from drafts order by created_at"
        )
        return [Stored(*row) async for row in rows]


async def routed(world: World, text: str = ASKED, **given: Any) -> CommentRouted:
    comment = await world.comment(text, post="Unser Hof wird grün.", **given)
    return await world.route(comment)
