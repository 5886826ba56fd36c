"""`python -m tests.evals.going_out`: how many of a morning's ten are worth it, beside baselines.

Posts are embedded and compared with the sample publications by the product's own code, and ranked
in the two steps of `compose`: unseen, and again once the best threads were read. Everything else is
made up, see going_out_world.py. Weights begin where they were set on the `built` half of its
sentences; teams teach on that half too, and every figure is of the other half.
"""

import asyncio
import random
import statistics
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from services.commands.eval_answers import throw_away_database
from services.demo import sample
from services.index.add import Indexing, add, submit
from services.kit.db import Pool
from services.kit.embed.embedder import Embeds
from services.kit.embed.shared import SharedEmbedder
from services.kit.settings import Settings
from services.outreach.choose import OLDEST, Shown, choose
from services.outreach.compose import LOOKED_AT
from services.outreach.off import is_off
from services.outreach.score import PRIOR, Parts, Scored, Weights, learned, parts_of, score
from services.outreach.topics import named
from services.store import search
from services.store.opportunities import Candidate, Look
from tests.evals.going_out_world import TEAMS, Story, Team, mornings, week

BEGINS = datetime(2026, 6, 1, tzinfo=UTC)
WEEKS = 8
TEN = 10
RESAMPLES = 2000
TAUGHT = (0, 1, 3, 7)
"""Mornings of verdicts before the week that is measured."""

Post = tuple[Candidate, Story]
Nearness = Mapping[str, float]
Judged = list[tuple[Parts, str, bool]]


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
            found.append(
                statistics.fmean(hit for one in drawn for hit in dice.choices(one, k=len(one)))
            )
        found.sort()
        return found[int(0.025 * RESAMPLES)], found[int(0.975 * RESAMPLES)]

    def row(self) -> str:
        low, high = self.interval()
        shown = sum(map(len, self.hits)) / len(self.hits)
        return f"| {self.name} | {self.precision:.2f} | {low:.2f}-{high:.2f} | {shown:.1f} |"


def posts_of(stories: Sequence[Story], nearness: Nearness) -> list[Post]:
    """Return stories as outreach reads them from the database."""
    return [
        (
            Candidate(
                comment_key=f"{number:05d}", thread_key="", revision=1, network="sandbox",
                connection="sandbox:us", native_id="", created_at=one.made_at,
                page_key=str(one.page), author_key=str(one.page), relation=one.relation,
                nearness=nearness[one.text], topics=named(one.text, sample.TOPICS),
                asks="?" in one.text, off=is_off(one.text), publication_id="p", passage_id=1,
                likes=one.likes, replies=one.replies, shares=None, readers=one.readers,
                appearances=0, page_is_full=False, author_is_resting=False,
            ),
            one,
        )
        for number, one in enumerate(stories)
    ]  # fmt: skip


def scored(posts: Sequence[Post], weights: Weights, now: datetime) -> list[tuple[Post, Scored]]:
    """Score as `compose` does: all unseen, then the best of them once their threads were read."""

    def with_look(post: Post, look: Look | None) -> tuple[Post, Scored]:
        parts = parts_of(post[0], look, now)
        return post, Scored(score(parts, post[0].relation, weights), parts)

    unseen = sorted((with_look(one, None) for one in posts), key=lambda pair: -pair[1].score)
    return [
        with_look((candidate, story), Look(story.replies, 0, False, False, story.said))
        for (candidate, story), _ in unseen[:LOOKED_AT]
    ]


def best(pairs: Sequence[tuple[Post, Scored]]) -> list[Post]:
    return [post for post, _ in sorted(pairs, key=lambda pair: -pair[1].score)[:TEN]]


def day_list(pairs: Sequence[tuple[Post, Scored]]) -> list[tuple[Post, Scored]]:
    """Return what the team is shown of them, limits included."""
    posts = {post[0].comment_key: post for post, _ in pairs}
    chosen = choose([(post[0], one) for post, one in pairs], Shown({}, {}))
    return [(posts[candidate.comment_key], one) for candidate, one in chosen]


def taught(team: Team, posts: Sequence[Post]) -> list[Weights]:
    """Return the weights before the first morning and after each one's verdicts."""
    judged: Judged = []
    found, seen = [PRIOR], set[str]()
    for now in mornings(BEGINS):
        fresh = [one for one in _open(posts, now) if one[0].comment_key not in seen]
        for (candidate, story), one in day_list(scored(fresh, found[-1], now)):
            seen.add(candidate.comment_key)
            judged.append((one.parts, candidate.relation, team.wants(story, now)))
        found.append(learned(judged))
    return found


def measure_ranking(team: Team, weeks: Sequence[Sequence[Post]]) -> list[Ranked]:
    """Rank each morning's posts of the last two days in every way."""
    ways: dict[str, Callable[[Sequence[Post], datetime], list[Post]]] = {
        "our score": lambda posts, now: best(scored(posts, PRIOR, now)),
        "nearness alone": lambda posts, _: sorted(posts, key=lambda one: -one[0].nearness)[:TEN],
        "most liked first": lambda posts, _: sorted(posts, key=lambda one: -one[1].likes)[:TEN],
        "newest first": lambda posts, _: sorted(posts, key=lambda one: one[1].made_at)[-TEN:],
        "the best there could be": lambda posts, now: sorted(
            posts, key=lambda one: not team.wants(one[1], now)
        )[:TEN],
    }
    return [
        Ranked(
            name,
            [
                [team.wants(story, now) for _, story in way(_open(posts, now), now)]
                for posts in weeks
                for now in mornings(BEGINS)
            ],
        )
        for name, way in ways.items()
    ]


def measure_lists(
    name: str, team: Team, weeks: Sequence[tuple[Weights, Sequence[Post]]]
) -> tuple[Ranked, Ranked]:
    """Return the ten with the highest score of each morning, and the day's lists as shown."""
    tens, lists = [], []
    for weights, posts in weeks:
        seen = set[str]()
        for now in mornings(BEGINS):
            standing = _open(posts, now)
            tens.append([team.wants(one[1], now) for one in best(scored(standing, weights, now))])
            fresh = [one for one in standing if one[0].comment_key not in seen]
            shown = [post for post, _ in day_list(scored(fresh, weights, now))]
            seen |= {candidate.comment_key for candidate, _ in shown}
            lists.append([team.wants(story, now) for _, story in shown])
    return Ranked(name, tens), Ranked(f"{name}, the list as shown", [one for one in lists if one])


def _open(posts: Sequence[Post], now: datetime) -> list[Post]:
    return [one for one in posts if now - OLDEST < one[1].made_at <= now]


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


async def measured_nearness(texts: Sequence[str]) -> tuple[Nearness, str]:
    """Return the nearness of each text to the sample publications, and the engine's name."""
    embedder = SharedEmbedder(Settings())
    async with throw_away_database() as pool, embedder.in_use():
        for name, body in sample.publications():
            await add(
                Indexing(pool, embedder),
                await submit(pool, name=name, body=body, media_type=None, url=None),
            )
        found = await nearness_of(pool, embedder, texts)
        return dict(zip(texts, found, strict=True)), embedder.name


def report(
    nearness: Nearness, built: Sequence[Sequence[Story]], held_out: Sequence[Sequence[Story]]
) -> list[str]:
    """Return the tables in Markdown."""
    lessons = [posts_of(one, nearness) for one in built]
    weeks = [posts_of(one, nearness) for one in held_out]
    head = ["| ranking | precision at 10 | 95 % | shown a day |", "| --- | --- | --- | --- |"]
    lines = ["", "The general team:", "", *head]
    lines += [one.row() for one in measure_ranking(Team("general"), weeks)]
    lines += ["", "Taught by verdicts on the day's lists of another week:", "", *head]
    for team in map(Team, TEAMS):
        after = [taught(team, posts) for posts in lessons]
        for count in TAUGHT:
            given = [(all_of[count], posts) for all_of, posts in zip(after, weeks, strict=True)]
            name = f"{team.name}, {count} mornings"
            lines += [one.row() for one in measure_lists(name, team, given)]
        ceiling = measure_ranking(team, weeks)[-1]
        lines.append(Ranked(f"{team.name}, {ceiling.name}", ceiling.hits).row())
    return lines


async def main() -> None:
    built = [week(seed, "built", BEGINS) for seed in range(1, WEEKS + 1)]
    held_out = [week(seed, "held_out", BEGINS) for seed in range(11, WEEKS + 11)]
    texts = sorted({one.text for stories in (*built, *held_out) for one in stories})
    nearness, engine = await measured_nearness(texts)
    posts = sum(map(len, held_out))
    head = (
        f"{WEEKS} weeks, {posts} posts of held-out sentences, {len(texts)} texts; engine {engine}"
    )
    sys.stdout.write("\n".join([head, *report(nearness, built, held_out), ""]))


if __name__ == "__main__":
    asyncio.run(main())
