"""Make a past as the services make it, and replay it."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import nats

from schemas.replays import Asked, Summary
from schemas.streams import STREAMS
from services.answer.draft import Voice
from services.answer.make import Drafting, load_prompts
from services.answer.propose import propose
from services.kit.bus import Bus
from services.kit.db import Pool, transaction
from services.kit.settings import Settings
from services.kit.spending import Purse
from services.kit.telemetry import Telemetry
from services.replay.main import Tools, opened
from services.replay.run import Replaying, begin, make_plan
from services.route.handlers import Sorting, sort
from services.route.live import Live
from services.route.reading import shipped_knowledge
from services.store.decisions import Action, Decision, add_decision
from services.store.replays import Listed, Replay, Wanted, list_results, read_replay
from tests.answer.library import Library
from tests.kit.scripted_llm import ScriptedLLM
from tests.world import Seeded, World

SHARE = "Wie viel Prozent der anerkannten Kosten übernimmt die Stiftung je Hof?"
BOARD = "Aus wie vielen Personen besteht der Vorstand der Stiftung?"
PRAISE = "Danke, dass ihr das macht, großartig!"
OWN = ("replays", "replay_results", "replay_costs")
"""What a replay may write."""


@dataclass(frozen=True)
class House:
    """Everything a past is made of."""

    pool: Pool
    world: World
    library: Library
    settings: Settings
    bus: Bus

    @classmethod
    def at(cls, pool: Pool, library: Library, database_url: str, nats_url: str) -> "House":
        settings = Settings.model_validate(
            {"database_url": database_url, "nats_url": nats_url, "llm_timeout": 2}
        )
        bus = Bus(nats_url, service="route", telemetry=Telemetry("route"))
        return cls(pool, World(pool), library, settings, bus)

    def with_model(self, llm: ScriptedLLM, **settings: Any) -> "House":
        named = {
            "llm_base_url": f"{llm.url}/v1",
            "llm_model": "scripted",
            "llm_price_in": 1000,
            **settings,
        }
        return replace(self, settings=Settings.model_validate(
            self.settings.model_dump(exclude_unset=True) | named
        ))  # fmt: skip

    async def asked(self, text: str = SHARE, **given: Any) -> Seeded:
        """Sort a comment and draft for it, as the services do."""
        seeded = await self.world.comment(text, post="Unser Hof wird grün.", **given)
        sorting = Sorting(self.pool, self.bus, self.library.embedder, Live(shipped_knowledge()))
        await sort(sorting, seeded.received())
        async with self.pool.connection() as connection:
            row = await (await connection.execute(
                "select lane from routings where comment_key = %s", [seeded.comment_key]
            )).fetchone()  # fmt: skip
        if row and row[0] == "answer":
            await propose(self.drafting, seeded.received(), uuid4().hex)
        await self.world.show(seeded)
        return seeded

    @property
    def drafting(self) -> Drafting:
        return Drafting(
            pool=self.pool, embedder=self.library.embedder, model=None, prompts=load_prompts(),
            voice=Voice(self.settings.organisation), own_domains=(), purse=Purse(1000),
            threshold=self.settings.answer_threshold,
        )  # fmt: skip

    async def decided(self, seeded: Seeded, action: Action, text: str | None = None) -> None:
        """Decide about a comment's draft; without a `text` it is approved as it stands."""
        async with transaction(self.pool) as connection:
            row = await (await connection.execute(
                "select draft_id, text from drafts where comment_key = %s", [seeded.comment_key]
            )).fetchone()  # fmt: skip
            draft_id, drafted = row or (None, "")
            await add_decision(connection, Decision(
                decision_id=uuid4().hex, action=action, thread_key=seeded.thread_key,
                account_id="somebody", comment_key=seeded.comment_key, revision=seeded.revision,
                draft_id=draft_id, text=drafted if text is None else text,
            ))  # fmt: skip

    async def contents(self) -> dict[str, Sequence[str]]:
        """Return every row of every table but the replays' own."""
        async with self.pool.connection() as connection:
            tables = await connection.execute(
                "select table_name from information_schema.tables"
                " where table_schema = 'public' and table_type = 'BASE TABLE'"
            )
            found: dict[str, Sequence[str]] = {}
            for (table,) in await tables.fetchall():
                if table in OWN:
                    continue
                rows = await connection.execute(
                    f'select t::text from "{table}" t order by 1'.encode()
                )
                found[table] = [row async for (row,) in rows]
        return found

    async def on_the_bus(self) -> dict[str, int]:
        """Return the last sequence of each stream."""
        connection = await nats.connect(self.settings.nats_url)
        try:
            infos = [await connection.jetstream().stream_info(one.name) for one in STREAMS]
        finally:
            await connection.close()
        return {info.config.name or "": info.state.last_seq for info in infos}

    @asynccontextmanager
    async def tools(self, **asked: Any) -> AsyncIterator[tuple[Tools, Asked]]:
        now = datetime.now(UTC)
        wanted = Asked(**{"since": now - timedelta(days=30), "until": now, **asked})
        async with opened(self.settings, wanted, self.library.embedder) as tools:
            yield replace(tools, again=replace(tools.again, tries=1)), wanted

    async def replayed(self, **asked: Any) -> "Done":
        """Begin a replay and run it to its end."""
        async with self.tools(**asked) as (tools, wanted):
            plan = await make_plan(tools.reading, wanted)
            replay = await begin(tools, wanted, plan, by="test", now=datetime.now(UTC))
            work = Replaying(replay, plan, tools, lambda _: None)
            summary = await work.run()
        return await self.done(replay.replay_id, summary)

    async def resumed(self, replay: Replay) -> "Done":
        """Go on with a replay."""
        async with self.tools(**dict(replay.asked)) as (tools, wanted):
            assert tools.basis == replay.basis
            plan = await make_plan(tools.reading, wanted)
            summary = await Replaying(replay, plan, tools, lambda _: None).run()
        return await self.done(replay.replay_id, summary)

    async def done(self, replay_id: str, summary: Summary) -> "Done":
        async with self.pool.connection() as connection:
            replay = await read_replay(connection, replay_id)
            assert replay is not None
            listed = await list_results(connection, replay_id, Wanted(), limit=1000)
        return Done(replay, summary, {one.comment_key: one for one in listed})


@dataclass(frozen=True)
class Done:
    """A replay that has run, with its comments by key."""

    replay: Replay
    summary: Summary
    listed: dict[str, Listed]

    def changes(self, seeded: Seeded) -> list[str]:
        result = self.listed[seeded.comment_key].result
        assert result is not None
        return list(result.changes)
