"""`python -m tests.evals.going_out`: how many of a morning's ten are worth it, beside baselines.

Posts are embedded and compared with the sample publications by the product's own code; figures and
times are the world's. The labels are its author's (see going_out_world.py).
"""

import asyncio
import random
import statistics
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np

from services.commands.eval_answers import throw_away_database
from services.demo import sample
from services.index.add import Indexing, add, submit
from services.kit.db import Pool
from services.kit.embed.embedder import Embeds
from services.kit.embed.shared import SharedEmbedder
from services.kit.settings import Settings
from services.outreach.choose import OLDEST, Shown, choose
from services.outreach.score import PRIOR, Scored, Weights, learned, parts_of, score
from services.outreach.topics import named
from services.store import search
from services.store.opportunities import Candidate
from services.store.watches import Foreign
from tests.evals.going_out_world import Story, mornings, week

BEGINS = datetime(2026, 6, 1, tzinfo=UTC)
TEN = 10
RESAMPLES = 2000


@dataclass(frozen=True)
class Ranked:
    """How often a way of ranking was right, morning by morning."""

    name: str
    hits: Sequence[Sequence[bool]]

    @property
    def precision(self) -> float:
        return statistics.fmean(hit for morning in self.hits for hit in morning)

    def interval(self) -> tuple[float, float]:
        """Return the 95 % interval of a bootstrap over mornings and, within, over posts."""
        dice = random.Random(1)
        found = []
        for _ in range(RESAMPLES):
            drawn = [dice.choice(self.hits) for _ in self.hits]
            hits = [hit for one in drawn for hit in dice.choices(one, k=len(one))]
            found.append(statistics.fmean(hits))
        found.sort()
        return found[int(0.025 * RESAMPLES)], found[int(0.975 * RESAMPLES)]


def candidate(number: int, story: Story, nearness: float) -> Candidate:
    """Return a story as outreach reads it from the database."""
    relation: Foreign = story.relation  # type: ignore[assignment]  # one of the three
    return Candidate(
        comment_key=f"{number:05d}", thread_key="", revision=1, network="sandbox",
        connection="sandbox:us", native_id="", created_at=BEGINS + timedelta(minutes=story.minutes),
        page_key=str(story.page), author_key=str(story.page), relation=relation,
        nearness=nearness, topics=named(story.text, sample.TOPICS), publication_id="p",
        passage_id=1, likes=story.likes, replies=story.replies, shares=None,
        readers=story.readers, appearances=0, page_is_full=False, author_is_resting=False,
    )  # fmt: skip


async def nearness_of(pool: Pool, embedder: Embeds, texts: Sequence[str]) -> list[float]:
    """Return each text's cosine to the nearest passage."""
    found: list[float] = []
    for start in range(0, len(texts), 64):
        vectors = await embedder.embed_queries(texts[start : start + 64])
        for vector in vectors:
            async with pool.connection() as connection:
                near = await search.nearest_passages(connection, embedder.space, vector, limit=1)
                read = await search.read_passages(connection, near, embedder.space, vector, vector)
            found.append(max((one.cosine for one in read), default=0.0))
    return found


Order = Callable[[Candidate, datetime], float]


def measure(stories: Sequence[Story], nearness: Sequence[float]) -> list[Ranked]:
    """Rank each morning's posts of the last two days in every way. Pure."""
    posts = [candidate(n, one, nearness[n]) for n, one in enumerate(stories)]

    def by_score(weights: Weights) -> Order:
        return lambda post, now: score(parts_of(post, None, now), post.relation, weights)

    orders: dict[str, Order] = {
        "our score": by_score(PRIOR),
        "newest first": lambda post, _: post.created_at.timestamp(),
        "most liked first": lambda post, _: float(post.likes or 0),
        "nearness alone": lambda post, _: post.nearness,
    }
    shown: dict[str, set[str]] = {"as shown": set(), "as shown, taught": set()}
    hits: dict[str, list[list[bool]]] = {name: [] for name in (*orders, *shown)}
    judged: list[tuple[dict[str, float], str, bool]] = []
    for now in mornings(BEGINS):
        open_now = [one for one in posts if now - OLDEST < one.created_at <= now]
        for name, order in orders.items():
            best = sorted(open_now, key=lambda one, o=order: -o(one, now))[:TEN]  # type: ignore[misc]  # bound now
            hits[name].append([stories[int(one.comment_key)].welcome for one in best])
        for name, weights in (("as shown", PRIOR), ("as shown, taught", learned(judged))):
            fresh = [post for post in open_now if post.comment_key not in shown[name]]
            list_of_today = choose(_scored(fresh, weights, now), Shown({}, {}))
            shown[name] |= {post.comment_key for post, _ in list_of_today}
            said = [stories[int(post.comment_key)].welcome for post, _ in list_of_today]
            hits[name].append(said)
        judged += [
            (dict(made.parts), post.relation, useful)
            for (post, made), useful in zip(list_of_today, said, strict=True)
        ]
    return [Ranked(name, found) for name, found in hits.items()]


def _scored(
    posts: Sequence[Candidate], weights: Weights, now: datetime
) -> list[tuple[Candidate, Scored]]:
    found = []
    for one in posts:
        parts = parts_of(one, None, now)
        found.append((one, Scored(score(parts, one.relation, weights), parts)))
    return found


async def main() -> None:
    embedder = SharedEmbedder(Settings())
    stories = week()
    async with throw_away_database() as pool, embedder.in_use():
        for name, body in sample.publications():
            await add(
                Indexing(pool, embedder),
                await submit(pool, name=name, body=body, media_type=None, url=None),
            )
        nearness = await nearness_of(pool, embedder, [one.text for one in stories])
    welcome = [near for near, one in zip(nearness, stories, strict=True) if one.welcome]
    others = [near for near, one in zip(nearness, stories, strict=True) if not one.welcome]
    pages = len({one.page for one in stories})
    usual, rare = (np.percentile(near, [5, 50, 95]).round(3) for near in (welcome, others))
    lines = [
        f"{len(stories)} posts, {pages} pages, {len(welcome)} worth it; engine {embedder.name}",
        f"cosine to the nearest passage: worth it {usual}, not {rare}",
        "", "| ranking | precision at 10 | 95 % | shown |", "| --- | --- | --- | --- |",
    ]  # fmt: skip
    for one in measure(stories, nearness):
        low, high = one.interval()
        shown = sum(len(morning) for morning in one.hits)
        lines.append(f"| {one.name} | {one.precision:.2f} | {low:.2f}-{high:.2f} | {shown} |")
    sys.stdout.write("\n".join([*lines, ""]))


if __name__ == "__main__":
    asyncio.run(main())
