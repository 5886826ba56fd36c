"""A town where somebody asked, a database that knows of it, and a person who approves answers."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

from schemas.drafts import DraftApproved
from schemas.replies import ReplyPosted, ReplyReturned
from services.deliver.handlers import deliver, listen
from services.deliver.post import Posting
from services.ingest.poll import take_batch
from services.kit.bus import Bus
from services.kit.db import Pool, transaction
from services.kit.faults import TryLater
from services.kit.pseudonym import long_key, short_key
from services.kit.service import listening
from services.kit.telemetry import Telemetry
from services.kit.web import listening_socket
from services.networks.connected import Connected
from services.networks.network import Network
from services.networks.sandbox.connector import SandboxNetwork
from services.networks.sandbox.server import create_app, serving
from services.store.decisions import Action, Decision, add_decision
from services.store.mutes import add_mute
from tests.deliver.clock import Clock
from tests.ingest.events import new_intake
from tests.networks.sandbox_town import ADMIN, Town, bearer, town_settings

ANSWER = "Um 15 Uhr, im Hof."


@dataclass(frozen=True)
class Asked:
    """A comment somebody wrote under a post of ours."""

    native_id: str
    author: str
    post: str

    @property
    def comment_key(self) -> str:
        return long_key("sandbox", self.native_id)

    @property
    def thread_key(self) -> str:
        return short_key("sandbox", self.post)


class Scene:
    """Acts for the people in town and for the person at the desk."""

    def __init__(self, pool: Pool, town: Town, network: SandboxNetwork) -> None:
        self.pool = pool
        self.town = town
        self.network = network
        self.clock = Clock()
        self._cursor: str | None = None

    async def asked(
        self,
        text: str = "Wann beginnt das Fest?",
        *,
        post: str | None = None,
        author: str | None = None,
    ) -> Asked:
        """Let a person comment on a network without faults that waits for nothing; ingest it."""
        await self.town.client.delete("/api/admin/faults", headers=bearer(ADMIN))
        async with transaction(self.pool) as connection:
            await connection.execute("delete from network_waits")
        author = author or await self.town.person()
        post = post or await self.town.post()
        native_id = await self.town.comment(post, text, by=author)
        await self.hear()
        return Asked(native_id, author, post)

    async def hear(self) -> None:
        """Take in what the network has to tell, up to a hundred events."""
        batch = await anext(self.network.listen(self._cursor))
        await take_batch(new_intake(self.pool), self.network, batch)
        self._cursor = batch.cursor

    async def decide(
        self, asked: Asked, text: str = ANSWER, *, action: Action = "approve", revision: int = 1
    ) -> str:
        """Store what a person decided; returns the decision's id."""
        decision = Decision(
            decision_id=uuid4().hex, action=action, thread_key=asked.thread_key,
            account_id="test", comment_key=asked.comment_key, revision=revision,
            text=text if action == "approve" else None,
        )  # fmt: skip
        async with transaction(self.pool) as connection:
            await add_decision(connection, decision)
        return decision.decision_id

    async def mute(self, asked: Asked) -> None:
        async with transaction(self.pool) as connection:
            await add_mute(
                connection, mute_id=uuid4().hex, thread_key=asked.thread_key, account_id="test",
                reason="quarrel", expires_at=datetime.now(UTC) + timedelta(days=1),
            )  # fmt: skip

    def posting(self, *networks: Network, doubt: float = 0.0) -> Posting:
        return Posting(
            self.pool, Connected(None, networks or [self.network]), doubt, self.clock.now
        )

    async def answers(self, asked: Asked) -> list[str]:
        """Return the texts that stand under the comment."""
        return [reply["text"] for reply in await self.town.replies(asked.native_id)]

    async def delivery(self, decision_id: str) -> tuple[str, int] | None:
        """Return state and attempts of a delivery."""
        async with self.pool.connection() as connection:
            found = await connection.execute(
                "select state, attempts from deliveries where decision_id = %s", [decision_id]
            )
            return await found.fetchone()


@asynccontextmanager
async def opened(pool: Pool, data: Path, **changes: Any) -> AsyncIterator[Scene]:
    """Open a town; `changes` are the network's settings."""
    app = create_app(town_settings(data, **changes))
    async with serving(app, listening_socket()) as url, Town.at(url) as town:
        network = town.network(wait=2.0)
        try:
            yield Scene(pool, town, network)
        finally:
            await network.close()


@asynccontextmanager
async def delivering(url: str, *postings: Posting) -> AsyncIterator[Bus]:
    """Run an instance of the deliver service for each posting; gives the first one's bus."""
    buses = []
    for posting in postings:
        bus = Bus(url, service="deliver", telemetry=Telemetry("deliver"))
        listen(bus, posting)
        buses.append(bus)
    async with _all_listening(buses):
        yield buses[0]


@asynccontextmanager
async def _all_listening(buses: Sequence[Bus]) -> AsyncIterator[None]:
    if not buses:
        yield
        return
    async with listening(buses[0]), _all_listening(buses[1:]):
        yield


def approved(asked: Asked, decision_id: str, revision: int = 1) -> DraftApproved:
    return DraftApproved(
        happened_at=datetime.now(UTC), network="sandbox", thread_key=asked.thread_key,
        comment_key=asked.comment_key, revision=revision, decision_id=decision_id,
    )  # fmt: skip


async def finished(posting: Posting, decision_id: str) -> ReplyPosted | ReplyReturned:
    """Deliver as often as the bus would; its pauses pass on the scene's clock only."""
    clock = getattr(posting.now, "__self__", None)
    assert isinstance(clock, Clock)
    for _ in range(100):
        try:
            return await deliver(posting, decision_id)
        except TryLater as later:
            clock.skip(later.delay)
    raise AssertionError("the delivery does not come to an end")
