"""The product's own intake and delivery around one stage, and what the database makes of it."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from uuid import uuid4

from schemas.comments import CommentRouted
from schemas.inbound import Inbound
from services.deliver.post import Posting
from services.ingest.poll import poll
from services.kit.db import Pool, transaction
from services.kit.pseudonym import long_key
from services.kit.servers.readiness import until
from services.networks.connected import Connected
from services.networks.network import Network
from services.review.refresh import look_again
from services.store.decisions import Decision, add_decision
from services.store.items import read_facts
from services.store.routings import save_routing
from tests.deliver.clock import Clock
from tests.ingest.events import new_intake
from tests.journeys.network_figures import Counted
from tests.networks.stage import Stage
from tests.review.reading import rows

PATIENCE = 30.0
"""Seconds after which a fact that did not come about counts as missing."""


class Traveller:
    """Takes in, sorts, approves and posts for one connection; every `hear` is a restart."""

    def __init__(self, pool: Pool, stage: Stage) -> None:
        self.pool = pool
        self.stage = stage
        self.clock = Clock()

    def key(self, native_id: str) -> str:
        return long_key(self.stage.network.name, native_id)

    async def hear(self, fact: Callable[[], Awaitable[bool]]) -> None:
        """Let a new instance listen from the stored cursor until something is so."""
        network = self.stage.another_network()
        listening = asyncio.create_task(poll(network, new_intake(self.pool)))

        async def found() -> bool | None:
            assert not listening.done(), listening
            return await fact() or None

        try:
            await asyncio.wait_for(until(found), PATIENCE)
        finally:
            listening.cancel()
            with suppress(asyncio.CancelledError):
                await listening
            await network.close()

    async def hear_of(self, *native_ids: str) -> None:
        """Listen until comments are stored."""
        keys = [self.key(native_id) for native_id in native_ids]

        async def stored() -> bool:
            query = "select count(*) from comments where comment_key = any(%s)"
            return await rows(self.pool, query, keys) == [(len(keys),)]

        await self.hear(stored)

    async def dropped(self, native_id: str) -> list[str]:
        """Return why events about something of this id were dropped."""
        found = await rows(
            self.pool, "select dropped from intake where comment_key = %s and dropped is not null",
            self.key(native_id),
        )  # fmt: skip
        return [reason for (reason,) in found]

    async def forget_the_cursor(self) -> None:
        async with transaction(self.pool) as connection:
            await connection.execute("delete from cursors")

    async def received(self, native_id: str) -> int:
        """Return how often it was said that a comment is new."""
        query = "select count(*) from outbox where msg_id like %s"
        [(count,)] = await rows(self.pool, query, f"CommentReceived:{self.key(native_id)}:%")
        return int(count)

    async def counted(self, events_in: int, replies: Sequence[Sequence[str]] = ()) -> Counted:
        """Count announcements of what stands and, by comment, the replies under it."""
        query = (
            "select count(*), count(distinct comment_key) from outbox join comments"
            " on comment_key = split_part(msg_id, ':', 2) and deleted_at is null"
            " where msg_id like %s"
        )
        [(announced, items)] = await rows(self.pool, query, "CommentReceived:%")
        standing = sum(map(len, replies))
        answered = sum(1 for texts in replies if texts)
        return Counted(events_in, items, standing, announced - items + standing - answered)

    async def sort(self, native_id: str) -> None:
        """Bring a comment onto the desk as route and review would; twice is harmless."""
        key = self.key(native_id)
        [(thread_key,)] = await rows(
            self.pool, "select thread_key from comments where comment_key = %s", key
        )
        for _ in range(2):
            async with transaction(self.pool) as connection:
                (facts,) = await read_facts(connection, [key])
                routed = CommentRouted(
                    happened_at=datetime.now(UTC), network=self.stage.network.name,
                    thread_key=thread_key, comment_key=key, revision=facts.revision,
                    cause="arrival", lane="answer", kind="question", muted=False, rules=[],
                    language="de",
                )  # fmt: skip
                await save_routing(connection, routed, [], "test")
            await look_again(self.pool, key, thread_key)

    async def approve(self, native_id: str, text: str) -> str:
        """Decide as a person at the desk would; returns the decision's id."""
        key = self.key(native_id)
        [(thread_key, revision)] = await rows(
            self.pool, "select thread_key, revision from comments where comment_key = %s", key
        )
        decision = Decision(
            decision_id=uuid4().hex, action="approve", thread_key=thread_key, account_id="test",
            comment_key=key, revision=revision, text=text,
        )  # fmt: skip
        async with transaction(self.pool) as connection:
            await add_decision(connection, decision)
        return decision.decision_id

    def posting(self, network: Network | None = None) -> Posting:
        """Return what deliver needs; a post of unknown outcome may appear for five seconds."""
        return Posting(
            self.pool, Connected(None, [network or self.stage.network]), 5.0, self.clock.now
        )

    async def delivery(self, decision_id: str) -> tuple[str, int, str | None, str | None]:
        """Return state, attempts, code and the reply's id."""
        query = "select state, attempts, code, native_id from deliveries where decision_id = %s"
        ((state, attempts, code, native_id),) = await rows(self.pool, query, decision_id)
        return state, attempts, code, native_id


def variants(events: list[Inbound]) -> list[Inbound]:
    """Return events without those that are the same in every respect but when they were seen."""
    return list({(event.source, event.id, event.type): event for event in events}.values())
