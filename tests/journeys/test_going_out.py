"""From a post on a page of others to our word under it: the real services, bus and database."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from pydantic import SecretStr

from schemas.drafts import DraftApproved
from services.answer.main import build as build_answer
from services.deliver.main import build as build_deliver
from services.ingest.main import build as build_ingest
from services.kit.db import Pool, transaction
from services.kit.embed.embedder import Embedder
from services.kit.embed.shared import SharedEmbedder
from services.kit.outbox import promise
from services.kit.pseudonym import long_key
from services.kit.service import hosting
from services.kit.settings import Settings
from services.kit.web import listening_socket
from services.networks.connected import Connected
from services.networks.sandbox.connector import SandboxNetwork
from services.networks.sandbox.server import create_app, serving
from services.outreach.compose import LOOK_AGAIN, MORNING, Composing, compose
from services.outreach.main import build as build_outreach
from services.review import going_out as going
from services.review.going_out import NotNow
from services.review.main import build as build_review
from services.review.watch_list import read_entry
from services.store import watches
from tests.answer.library import TREES, BagOfWords, Library
from tests.journeys.test_events_on_the_bus import fact
from tests.networks.sandbox_town import Town, town_settings
from tests.review.reading import rows
from tests.review.room import quick_passwords

PAGES = ("tagblatt", "radhaus", "rundblick", "warlewelle")
ASKED = "Abgestorbene Bäume ersetzt die Stiftung innerhalb von zwei Jahren. Stimmt das für Höfe?"


class Words(BagOfWords):
    """An engine of words that can be closed."""

    async def close(self) -> None:
        """Hold nothing."""


class SharedWords(SharedEmbedder):
    """Opens an engine of words."""

    async def _open(self) -> Embedder:
        return Words()


@dataclass
class Going:
    """The running product around a town with two pages of others."""

    pool: Pool
    town: Town
    network: SandboxNetwork

    async def watch(self, page: str) -> str:
        entry = read_entry(page, "sandbox", page, "news", "Bäume, Höfe")
        async with transaction(self.pool) as connection:
            await watches.add_watches(connection, [entry], by="command", now=datetime.now(UTC))
        return entry.watch_id

    async def offered(self, page: str, text: str = ASKED) -> str:
        """Let a page post, and wait until it is offered; return the post's id."""
        post = await self.town.post(page, text)
        await self.seen(page, post)
        await self.compose()
        await self.found("opportunities", post)
        return post

    async def seen(self, page: str, post: str) -> None:
        await self.look_now(page)
        await self.found("post_readings", post)

    async def look_now(self, page: str) -> None:
        await self.watch(page)
        async with transaction(self.pool) as connection:
            await connection.execute(
                "update watch_readings r set due_at = now() from watches w"
                " where w.watch_id = r.watch_id and w.address = %s",
                [page],
            )

    async def found(self, table: str, post: str, where: str = "true") -> None:
        """Wait until a table says something of a post."""
        query = f"select from {table} where comment_key = %s and {where}"

        async def is_there() -> bool | None:
            return bool(await rows(self.pool, query, key(post))) or None

        await fact(is_there)

    async def compose(self, ahead: timedelta = timedelta()) -> None:
        """Make the list as it is made by day, at whatever hour this test runs."""
        local = datetime.now(UTC).astimezone()
        now = max(local, local.replace(hour=MORNING, minute=0)) + ahead
        await compose(Composing(self.pool, Words(), Connected(None, [self.network])), now)

    async def approve(self, post: str, text: str, draft_id: str | None = None) -> None:
        await going.approve(
            self.pool, "somebody", key(post), text=text, revision=1, draft_id=draft_id
        )

    async def refused(self, post: str, text: str = "Dazu unser Bericht.") -> str:
        with pytest.raises(NotNow) as error:
            await self.approve(post, text)
        return error.value.refusal

    async def under(self, post: str) -> list[str]:
        return [one["text"] for one in await self.town.replies(post)]


def key(post: str) -> str:
    return long_key("sandbox", post)


@asynccontextmanager
async def running(
    pool: Pool, database_url: str, nats_url: str, folder: Path
) -> AsyncIterator[Going]:
    settings = Settings(
        nats_url=nats_url, database_url=database_url, pseudonym_key=SecretStr("for tests only key")
    )
    embedder = SharedWords(settings)
    async with (
        serving(create_app(town_settings(folder)), listening_socket()) as url,
        Town.at(url) as town,
    ):
        networks = [town.network(wait=1.0) for _ in range(4)]
        services = [
            build_ingest(settings, networks[:1]),
            build_outreach(settings, embedder, networks[1:2]),
            build_answer(settings, embedder),
            build_review(settings, quick_passwords()),
            build_deliver(settings, networks[2:3]),
        ]
        async with hosting(services, host="127.0.0.1", first_port=0):
            yield Going(pool, town, networks[3])
        await networks[3].close()


@pytest.fixture
async def out(pool: Pool, database_url: str, nats_url: str, tmp_path: Path) -> AsyncIterator[Going]:
    await Library(pool, BagOfWords()).add("Bäume", TREES)
    async with running(pool, database_url, nats_url, tmp_path) as opened:
        await opened.town.seed(pages=[{"id": page, "name": page.title()} for page in PAGES])
        yield opened


async def test_a_post_becomes_an_opportunity_a_draft_and_one_word_of_ours(
    out: Going, pool: Pool
) -> None:
    """INVARIANT: a person approves, and it stands under the post, once; a planted falsehood never.

    Then the page rests.
    """
    post = await out.offered("tagblatt")
    await out.found("drafts", post)
    ((draft_id, outcome, stance),) = await rows(
        pool, "select draft_id, outcome, stance from drafts"
    )
    assert stance == "join"
    lie = "Die Stiftung ersetzt abgestorbene Bäume dreimal innerhalb von zehn Jahren."
    await plant(pool, draft_id, lie)
    assert await out.refused(post, lie) == "planted"
    assert await out.refused(post, f"Gut zu wissen: {lie.lower()}") == "planted"
    assert await rows(pool, "select * from decisions") == []
    assert await out.under(post) == []

    said = "Die Stiftung ersetzt abgestorbene Bäume einmal innerhalb von zwei Jahren."
    results = await asyncio.gather(
        *(out.approve(post, said, draft_id if outcome == "proposed" else None) for _ in range(3)),
        return_exceptions=True,
    )
    assert sorted(getattr(one, "refusal", "done") for one in results) == [
        "done", "spoken", "spoken"
    ]  # fmt: skip
    await out.found("deliveries", post, "state = 'sent'")
    assert await out.under(post) == [said]
    await _again(out, pool)
    assert await out.under(post) == [said]

    second = await out.town.post("tagblatt", f"{ASKED} Teil zwei.")
    await out.seen("tagblatt", second)
    await out.compose()
    assert len(await rows(pool, "select * from opportunities")) == 1, "the page rests"


async def plant(pool: Pool, draft_id: str, lie: str) -> None:
    """Put a false text in the place of a draft, as the gate's test does."""
    async with transaction(pool) as connection:
        await connection.execute(
            "insert into planted_drafts (planted_id, draft_id, kind, truth, falsehood, text,"
            " sentences) values (%s, %s, 'figure', '', %s, %s, '[]')",
            [uuid4().hex, draft_id, lie, lie],
        )


async def _again(out: Going, pool: Pool) -> None:
    """Say once more that it was approved, as a restart of the relay may."""
    ((decision_id, thread_key, comment_key),) = await rows(
        pool, "select decision_id, thread_key, comment_key from decisions"
    )
    message = DraftApproved(
        happened_at=datetime.now(UTC), network="sandbox", thread_key=thread_key,
        comment_key=comment_key, revision=1, decision_id=decision_id,
    )  # fmt: skip
    async with transaction(pool) as connection:
        await promise(connection, "review", [message])


async def test_what_happens_on_the_network_ends_what_was_offered(out: Going, pool: Pool) -> None:
    """INVARIANT: a quarrel, an edit, a deletion or a pause ends it, before and after approval."""
    quarrel = await out.offered("tagblatt")
    for words in ("Du Idiot!", "Selber Idiot!"):
        await out.town.comment(quarrel, words)
    await out.compose(ahead=LOOK_AGAIN)
    assert await out.refused(quarrel) == "quarrel"

    edited = await out.offered("radhaus")
    await out.town.call("PUT", f"/api/comments/{edited}", "radhaus", {"text": "Etwas anderes."})
    await out.approve(edited, "Dazu unser Bericht.")
    await out.found("deliveries", edited, "state = 'returned' and code = 'parent_edited'")
    await out.look_now("radhaus")
    await out.found("comments", edited, "revision = 2")
    assert await out.refused(edited) == "edited"
    assert await out.under(edited) == []

    gone = await out.offered("rundblick")
    await out.town.call("DELETE", f"/api/comments/{gone}", "rundblick")
    await out.look_now("rundblick")
    await out.found("opportunities", gone, "closed_why = 'deleted'")
    assert await out.refused(gone) == "deleted"

    paused = await out.offered("warlewelle")
    watch_id = await out.watch("warlewelle")
    async with transaction(pool) as connection:
        await watches.pause_watch(connection, watch_id, paused=True, now=datetime.now(UTC))
    assert await out.refused(paused) == "private"
    assert await rows(pool, "select count(*) from deliveries where state = 'sent'") == [(0,)]
