"""What a comment costs at each hop, in one process."""

import time
from datetime import UTC, datetime
from uuid import uuid4

from schemas.comments import CommentRouted
from services.answer.draft import Voice
from services.answer.make import Drafting, load_prompts
from services.answer.propose import propose
from services.answer.retrieve import retrieve
from services.demo import sample
from services.index.add import Indexing, add, submit
from services.ingest.take import take_in
from services.kit.bus import Bus
from services.kit.db import transaction
from services.kit.embed.remembering import Remembering
from services.kit.pseudonym import pseudonym_keys
from services.kit.service import listening
from services.kit.spending import Purse
from services.kit.telemetry import Telemetry
from services.route.handlers import Sorting, sort
from services.route.live import Live
from services.route.reading import shipped_knowledge
from tests.bench.broker import received
from tests.bench.ground import Ground
from tests.bench.measuring import Measured, Outcome, Size, in_parallel, measure, spread
from tests.bench.sayings import inbound, questions, sayings

Keys = list[tuple[str, str]]
"""Comment and thread of each comment taken in."""


async def run(on: Ground, size: Size) -> Outcome:
    """Send the same comments through one hop after the other."""
    count = size.comments
    lines = [(await taking_in(on, count)).line("ingest: store, 100 a transaction", "comments")]
    texts = sayings(count)
    alone = await measure(count, lambda: on.embedder.embed_queries(texts))
    bus = Bus(on.settings.nats_url, service="answer", telemetry=Telemetry("answer"))
    async with listening(bus):
        async with on.pool.connection() as connection:
            rows = await connection.execute("select comment_key, thread_key from comments")
            keys = [(row[0], row[1]) async for row in rows]
        routed = await routing(on, bus, keys)
        lines.append(routed.line("route: embed, decide, store, announce", "comments"))
        share = (alone.cpu / alone.count) / (routed.cpu / routed.count)
        lines.append(f"  embedding is {share:.0%} of what routing costs in CPU")
        lines.append((await indexing(on)).line("index: read, cut, embed, store", "publications"))
        lines.append(f"{'search: vectors and grams, mixed':46s} {spread(await searching(on))}")
        drafted = await drafting(on, count // 3)
        lines.append(drafted.line("answer: search, quote, check, store", "drafts"))
    return Outcome(lines)


async def taking_in(on: Ground, count: int) -> Measured:
    key, *_ = pseudonym_keys(on.settings)
    texts = questions(count // 3) + sayings(count - count // 3)

    async def work() -> None:
        for start in range(0, count, 100):
            events = [inbound(n, texts[n]) for n in range(start, min(start + 100, count))]
            async with transaction(on.pool) as connection:
                await take_in(connection, events, pseudonym_key=key, now=datetime.now(UTC))

    return await measure(count, work, [on.database])


async def routing(on: Ground, bus: Bus, keys: Keys) -> Measured:
    parts = Sorting(on.pool, bus, on.embedder, Live(shipped_knowledge()))

    async def one(number: int) -> None:
        comment_key, thread_key = keys[number]
        update = {"comment_key": comment_key, "thread_key": thread_key}
        await sort(parts, received(number).model_copy(update=update))

    return await measure(len(keys), lambda: in_parallel(len(keys), one), [on.database, on.broker])


async def indexing(on: Ground) -> Measured:
    parts, publications = Indexing(on.pool, on.embedder), sample.publications()

    async def work() -> None:
        for name, body in publications:
            submission = await submit(on.pool, name=name, body=body, media_type=None, url=None)
            await add(parts, submission)

    return await measure(len(publications), work, [on.database])


async def searching(on: Ground) -> list[float]:
    """Return the milliseconds of each search."""
    asked = questions(150)
    vectors = await on.embedder.embed_queries(asked)
    times = []
    for question, vector in zip(asked, vectors, strict=True):
        started = time.perf_counter()
        await retrieve(on.pool, question, vector, on.embedder.space)
        times.append((time.perf_counter() - started) * 1000)
    return times


async def drafting(on: Ground, count: int) -> Measured:
    """Draft for comments that ask: `taking_in` stored their words first."""
    async with on.pool.connection() as connection:
        rows = await connection.execute(
            "select comment_key, thread_key from comments join comment_revisions"
            " using (comment_key, revision) where text = any(%s)",
            [questions(count)],
        )
        asked = [(row[0], row[1]) async for row in rows][:count]
    parts = Drafting(
        pool=on.pool, embedder=Remembering(on.embedder), model=None, voice=Voice("Bench"),
        prompts=load_prompts(), own_domains=(), purse=Purse(on.settings.llm_daily_tokens),
    )  # fmt: skip

    async def one(number: int) -> None:
        comment_key, thread_key = asked[number]
        event = CommentRouted(
            happened_at=datetime.now(UTC), network="sandbox", thread_key=thread_key,
            comment_key=comment_key, revision=1, cause="bench", lane="answer", kind="question",
            muted=False, rules=[], language="de",
        )  # fmt: skip
        await propose(parts, event, uuid4().hex)

    return await measure(len(asked), lambda: in_parallel(len(asked), one), [on.database, on.broker])
