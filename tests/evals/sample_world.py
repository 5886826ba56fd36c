"""`make eval`: how well the shipped rules sort, find and keep silent on the sample world.

Rules, weights and threshold were chosen while looking at this world: the figures describe the demo,
they promise nothing for other comments.
"""

import asyncio
import json
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from importlib.resources import files

from services.answer.retrieve import retrieve
from services.answer.trust import holds_an_answer
from services.demo import sample
from services.index.add import Indexing, add, submit
from services.kit.db import Pool
from services.kit.embed.embedder import Embeds
from services.route.decide import decide
from services.route.reading import shipped_knowledge
from tests.bench.ground import ground

LEFT_OUT = ("own", "elsewhere")
"""Tags of comments that intake never lets through to be sorted."""


def tagged(comment: dict[str, object], *names: str) -> bool:
    expect = comment["expect"]
    assert isinstance(expect, dict)
    return any(str(tag).startswith(names) for tag in expect.get("tags", []))


async def sorting(embedder: Embeds) -> list[str]:
    """Return the lanes expected against the lanes given."""
    knowledge = shipped_knowledge()
    told = [
        one for one in sample.comments()
        if one["visibility"] == "public" and not tagged(one, *LEFT_OUT)
    ]  # fmt: skip
    vectors = await embedder.embed_queries([one["text"] for one in told])
    table: dict[str, Counter[str]] = defaultdict(Counter)
    for one, vector in zip(told, vectors, strict=True):
        verdict = decide(
            knowledge.read(one["text"], vector, embedder.space, is_reply=bool(one["parent"]))
        )
        table[one["expect"]["lane"]][verdict.lane] += 1
    lanes = ("urgent", "answer", "acknowledge", "discuss", "rest")
    lines = [f"{'expected / given':18s}" + "".join(f"{lane:>13s}" for lane in lanes)]
    lines += [
        f"{lane:18s}" + "".join(f"{table[lane][given]:13d}" for given in lanes) for lane in lanes
    ]
    right = sum(table[lane][lane] for lane in lanes)
    return [*lines, f"{right} of {len(told)} in the expected lane"]


@dataclass
class Finding:
    """Where the right publication stood, and whether an answer was seen, for one question."""

    answerable: bool
    rank: int | None
    answered: bool


async def finding(pool: Pool, embedder: Embeds) -> list[str]:
    """Return how often the right publication is found, and how often silence is right."""
    for name, body in sample.publications():
        submission = await submit(pool, name=name, body=body, media_type=None, url=None)
        await add(Indexing(pool, embedder), submission)
    async with pool.connection() as connection:
        rows = await connection.execute("select publication_id, name from publications")
        names = {key: name async for key, name in rows}
    text = files("services.demo").joinpath("world", "posts.jsonl").read_text(encoding="utf-8")
    posts = {post["id"]: post["text"] for post in map(json.loads, text.splitlines())}
    found: list[Finding] = []
    for one in sample.comments():
        expect = one["expect"]
        if expect["lane"] != "answer" or expect["kind"] != "question" or tagged(one, "burst"):
            continue
        texts = [f"{posts[one['post']]}\n{one['text']}", one["text"]]
        vector, alone = await embedder.embed_queries(texts)
        retrieval = await retrieve(pool, one["text"], vector, embedder.space, alone=alone)
        gold = {expect["publication"], *expect.get("also", [])}
        places = [names[ranked.passage.publication_id] in gold for ranked in retrieval.ranked]
        rank = places.index(True) if True in places else None
        found.append(Finding(expect["answerable"], rank, holds_an_answer(retrieval.evidence)))
    known = [one for one in found if one.answerable]
    unknown = [one for one in found if not one.answerable]
    return [
        f"right publication first: {share(known, lambda one: one.rank == 0)}",
        f"among the first five:    {share(known, lambda one: one.rank in range(5))}",
        f"drafted though nothing answers: {share(unknown, lambda one: one.answered)}",
        f"silent though it is answered:   {share(known, lambda one: not one.answered)}",
    ]


def share(rows: list[Finding], good: Callable[[Finding], bool]) -> str:
    hits = sum(good(row) for row in rows)
    return f"{hits} of {len(rows)} ({hits / len(rows):.0%})"


async def main() -> None:
    async with ground() as on:
        lines = [*await sorting(on.embedder), "", *await finding(on.pool, on.embedder)]
    print("\n".join(lines))  # noqa: T201


if __name__ == "__main__":
    asyncio.run(main())
