"""`make bench`: what a comment costs at each hop, on embedded servers, side by side in one run.

Figures are of this machine at this moment; only ratios within one run can be compared.
"""

import asyncio
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import nats
from pydantic import SecretStr

from schemas.comments import CommentReceived, CommentRouted
from schemas.inbound import InboundEvent
from schemas.streams import CONSUMERS, ROUTE_RECEIVED, STREAMS
from services.answer.draft import Voice
from services.answer.propose import Drafting, load_prompts, propose
from services.answer.retrieve import retrieve
from services.answer.spending import Purse
from services.demo import sample
from services.index.add import Indexing, add, submit
from services.ingest.take import take_in
from services.kit.bus import Bus
from services.kit.db import Pool, migrate, open_pool, transaction
from services.kit.embed.shared import SharedEmbedder
from services.kit.provision import provision_bus
from services.kit.servers.nats import embedded_nats
from services.kit.servers.postgres import embedded_postgres
from services.kit.service import listening
from services.kit.settings import Settings
from services.kit.telemetry import Telemetry
from services.route.handlers import Sorting, sort
from services.route.live import Live
from services.route.reading import shipped_knowledge
from services.store.migrations import MIGRATIONS

MESSAGES = 2000
COMMENTS = 300
AT_ONCE = 32


@dataclass
class Measured:
    """Wall and CPU seconds of a piece of work in this process."""

    count: int
    wall: float
    cpu: float

    def line(self, name: str, unit: str) -> str:
        wall, cpu = (1000 * seconds / self.count for seconds in (self.wall, self.cpu))
        rate = f"{self.count / self.wall:9.0f} {unit}/s"
        return f"{name:46s} {rate} {wall:8.2f} ms wall {cpu:8.2f} ms CPU"


async def measure(count: int, work: Callable[[], Awaitable[object]]) -> Measured:
    wall, cpu = time.perf_counter(), time.process_time()
    await work()
    return Measured(count, time.perf_counter() - wall, time.process_time() - cpu)


@asynccontextmanager
async def ground() -> AsyncIterator[tuple[Settings, Pool, SharedEmbedder]]:
    """Durable embedded servers with all streams and tables, and the default engine."""
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-")))
        bus = await stack.enter_async_context(embedded_nats(folder))
        database = await stack.enter_async_context(embedded_postgres(folder))
        await migrate(database.url, MIGRATIONS)
        await provision_bus(bus.url, STREAMS, CONSUMERS)
        settings = Settings(
            data_dir=folder, nats_url=bus.url, database_url=database.url,
            pseudonym_key=SecretStr("bench-bench-bench-bench"),
        )  # fmt: skip
        pool = await stack.enter_async_context(open_pool(database.url, size=AT_ONCE))
        embedder = SharedEmbedder(settings)
        await stack.enter_async_context(embedder.in_use())
        yield settings, pool, embedder


def received(number: int) -> CommentReceived:
    return CommentReceived(
        happened_at=datetime.now(UTC), network="sandbox", thread_key="0" * 16,
        comment_key=f"{number:032x}", revision=1,
    )  # fmt: skip


def inbound(number: int) -> InboundEvent:
    texts = [one["text"] for one in sample.comments() if 20 < len(one["text"]) < 300]
    now = datetime.now(UTC).isoformat()
    return InboundEvent.model_validate(
        {
            "id": f"b{number}#1", "source": "bench", "type": "comment.received.v1", "time": now,
            "data": {
                "network": "sandbox", "native_id": f"b{number}", "revision": "1",
                "page": {"native_id": "p", "name": "Seite"},
                "root": {"native_id": f"r{number % 40}", "text": "Hofwende 2027 startet."},
                "author": {"native_id": f"a{number % 90}", "display_name": "Jemand"},
                "text": texts[number % len(texts)], "visibility": "public", "created_at": now,
            },
        }
    )  # fmt: skip


async def plain_nats(url: str) -> Measured:
    """Publish and read with nats-py alone, acknowledged both ways."""
    connection = await nats.connect(url)
    jetstream = connection.jetstream()
    reader = await jetstream.pull_subscribe("replies.bench.>", durable="bench", stream="replies")

    async def work() -> None:
        body = received(0).model_dump_json().encode()
        for number in range(MESSAGES):
            await jetstream.publish("replies.bench.x", body, headers={"Nats-Msg-Id": f"p{number}"})
        seen = 0
        while seen < MESSAGES:
            for message in await reader.fetch(1, timeout=5):
                await message.ack()
                seen += 1

    result = await measure(MESSAGES, work)
    await jetstream.delete_consumer("replies", "bench")
    await connection.close()
    return result


async def our_bus(url: str) -> Measured:
    """The same through FastStream with metrics, retry and dead letters."""
    bus = Bus(url, service="route", telemetry=Telemetry("route"))
    done = asyncio.Event()
    seen = 0

    @bus.on(ROUTE_RECEIVED)
    async def on_received(event: CommentReceived) -> None:
        nonlocal seen
        seen += event.revision
        if seen == MESSAGES:
            done.set()

    async def work() -> None:
        for number in range(MESSAGES):
            await bus.publish(received(number))
        await done.wait()

    async with listening(bus):
        return await measure(MESSAGES, work)


async def in_parallel(count: int, one: Callable[[int], Awaitable[object]]) -> None:
    gate = asyncio.Semaphore(AT_ONCE)

    async def guarded(number: int) -> None:
        async with gate:
            await one(number)

    await asyncio.gather(*(guarded(number) for number in range(count)))


async def main() -> None:
    async with ground() as (settings, pool, embedder):
        print(f"engine {embedder.name}, {AT_ONCE} handlers at once, one process\n")  # noqa: T201
        lines = [
            (await plain_nats(settings.nats_url)).line("bus: plain nats-py", "messages"),
            (await our_bus(settings.nats_url)).line("bus: FastStream, retry, metrics", "messages"),
        ]
        key = settings.pseudonym_key.get_secret_value().encode()

        async def take() -> None:
            for start in range(0, COMMENTS, 100):
                events = [inbound(n) for n in range(start, start + 100)]
                async with transaction(pool) as connection:
                    await take_in(connection, events, pseudonym_key=key, now=datetime.now(UTC))

        lines.append(
            (await measure(COMMENTS, take)).line("ingest: store, 100 a transaction", "comments")
        )
        texts = [inbound(number).data.text for number in range(COMMENTS)]
        alone = await measure(COMMENTS, lambda: embedder.embed_queries(texts))
        lines.append(alone.line("embed: the engine alone, one call", "comments"))
        bus = Bus(settings.nats_url, service="answer", telemetry=Telemetry("answer"))
        async with listening(bus):
            sorting = Sorting(pool, bus, embedder, Live(shipped_knowledge()))
            async with pool.connection() as connection:
                rows = await connection.execute("select comment_key, thread_key from comments")
                keys = [(row[0], row[1]) async for row in rows]

            async def route(number: int) -> None:
                message = received(0).model_copy(
                    update={"comment_key": keys[number][0], "thread_key": keys[number][1]}
                )
                await sort(sorting, message)

            routed = await measure(COMMENTS, lambda: in_parallel(COMMENTS, route))
            lines.append(routed.line("route: embed, decide, store, announce", "comments"))
            share = (alone.cpu / alone.count) / (routed.cpu / routed.count)
            lines.append(f"  embedding is {share:.0%} of what routing costs in CPU")

            indexing = Indexing(pool, embedder)

            async def index() -> None:
                for name, body in sample.publications():
                    submission = await submit(pool, name=name, body=body, media_type=None, url=None)
                    await add(indexing, submission)

            count = len(sample.publications())
            lines.append(
                (await measure(count, index)).line("index: read, cut, embed, store", "publications")
            )
            lines += await answering(pool, bus, embedder, keys, settings)
        print("\n".join(lines))  # noqa: T201


async def answering(
    pool: Pool,
    bus: Bus,
    embedder: SharedEmbedder,
    keys: list[tuple[str, str]],
    settings: Settings,
) -> list[str]:
    """Measure retrieval and quoted drafts on the sample publications."""
    drafting = Drafting(
        pool=pool, bus=bus, embedder=embedder, model=None, voice=Voice("Bench"),
        prompts=load_prompts(), own_domains=(), purse=Purse(settings.llm_daily_tokens),
    )  # fmt: skip
    questions = [one["text"] for one in sample.comments() if one["expect"]["lane"] == "answer"]
    vectors = await embedder.embed_queries(questions[:150])
    times = []
    for question, vector in zip(questions[:150], vectors, strict=True):
        started = time.perf_counter()
        await retrieve(pool, question, vector, embedder.space)
        times.append((time.perf_counter() - started) * 1000)
    cuts = statistics.quantiles(times, n=20)

    async def draft(number: int) -> None:
        comment_key, thread_key = keys[number]
        event = CommentRouted(
            happened_at=datetime.now(UTC), network="sandbox", thread_key=thread_key,
            comment_key=comment_key, revision=1, cause="bench", lane="answer", kind="question",
            muted=False, rules=[], language="de",
        )  # fmt: skip
        await propose(drafting, event, uuid4().hex)

    drafted = await measure(100, lambda: in_parallel(100, draft))
    spread = f"p50 {statistics.median(times):6.1f} ms   p95 {cuts[-1]:6.1f} ms"
    return [
        f"{'search: vectors and grams, mixed':46s} {spread}",
        drafted.line("answer: search, quote, check, store", "drafts"),
    ]


if __name__ == "__main__":
    asyncio.run(main())
