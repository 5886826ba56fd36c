"""Watched pages are visited politely, and what they say is mirrored."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from services.ingest.intake import Intake
from services.ingest.watching import LEASE, OFTEN, SELDOM, Rounds, next_try, next_visit, visit_next
from services.kit.db import Pool, transaction
from services.kit.web import listening_socket
from services.networks.connected import Connected
from services.networks.feeds.lookout import FeedLookout
from services.networks.sandbox.server import create_app, serving
from services.networks.targets import Target
from services.review.watch_list import read_entry
from services.store import watches
from tests.ingest.events import everything, promised, stored
from tests.networks.feeds_server import hours_ago, item, pages, rss
from tests.networks.sandbox_town import Town, town_settings


@dataclass
class Watcher:
    """Visits the town's pages; `now` is moved by the test."""

    town: Town
    rounds: Rounds
    pool: Pool
    now: datetime

    async def watch(self, address: str, network: str = "sandbox", relation: str = "news") -> str:
        entry = read_entry(address.title(), network, address, relation, "Hitze")
        async with transaction(self.pool) as connection:
            await watches.add_watches(connection, [entry], by="command", now=self.now)
        return entry.watch_id

    async def visit(self, later: timedelta = timedelta(hours=5)) -> bool:
        self.now += later
        return await visit_next(self.rounds, self.now)

    async def shown(self, watch_id: str) -> watches.ShownWatch:
        async with self.pool.connection() as connection:
            found = await watches.read_watch(connection, watch_id)
        assert found is not None
        return found


@pytest.fixture
async def watcher(pool: Pool, intake: Intake, tmp_path: Path) -> AsyncIterator[Watcher]:
    async with (
        serving(create_app(town_settings(tmp_path)), listening_socket()) as url,
        Town.at(url) as town,
    ):
        network = town.network()
        lookouts = {"feeds": FeedLookout(allow_private=True)}
        rounds = Rounds(pool, intake, Connected(None, [network]), lookouts)
        yield Watcher(town, rounds, pool, datetime.now(UTC))
        await network.close()


async def test_a_post_is_announced_once_then_edited_then_gone(watcher: Watcher) -> None:
    """INVARIANT: what a watched page says is told once, its edits and deletions are mirrored."""
    post = await watcher.town.post("tagblatt", "In Sülzhagen wird es 39 Grad heiß.")
    watch_id = await watcher.watch("tagblatt")
    assert await watcher.visit()
    assert await watcher.visit()
    assert await promised(watcher.pool, post) == [("PostSeen", 1)]
    shown = await watcher.shown(watch_id)
    assert (shown.posts, shown.trouble, shown.quiet) == (1, None, 1)

    edit = await watcher.town.call(
        "PUT", f"/api/comments/{post}", "tagblatt", {"text": "In Sülzhagen werden es 38 Grad."}
    )
    assert edit.status_code == 200
    await watcher.visit()
    assert (await promised(watcher.pool, post))[1:] == [("PostEdited", 2)]
    kept = await stored(watcher.pool, post)
    assert kept is not None
    assert kept.text == "In Sülzhagen werden es 38 Grad."
    assert kept.root_text == kept.text

    await watcher.town.call("DELETE", f"/api/comments/{post}", "tagblatt")
    await watcher.visit()
    assert (await promised(watcher.pool, post))[2:] == [("PostDeleted", 2)]
    assert "Sülzhagen" not in await everything(watcher.pool)


async def test_what_others_say_there_is_not_kept(watcher: Watcher) -> None:
    """INVARIANT: of a watched page only its own posts are stored, never a visitor's words."""
    post = await watcher.town.post("tagblatt")
    await watcher.town.comment(post, "Ich wohne in der Uferstraße 7 und schwitze.")
    await watcher.watch("tagblatt")
    await watcher.visit()
    assert "Uferstraße" not in await everything(watcher.pool)


async def test_a_page_is_left_in_peace_between_visits(watcher: Watcher) -> None:
    """INVARIANT: no host is asked twice within the gap, and no page before its turn."""
    await watcher.watch("tagblatt")
    await watcher.watch("radhaus")
    assert await watcher.visit(timedelta(seconds=1))
    assert not await watcher.visit(timedelta(seconds=1))
    assert await watcher.visit(timedelta(seconds=4))
    assert not await watcher.visit(timedelta(minutes=5))


async def test_a_quiet_page_is_visited_less_and_less() -> None:
    now = datetime.now(UTC)

    def pause(quiet: int) -> timedelta:
        return next_visit(now, is_feed=False, quiet=quiet, wish=None) - now

    assert pause(0) == OFTEN
    assert OFTEN < pause(1) < pause(5) < pause(30) == SELDOM
    partner = next_visit(now, is_feed=True, quiet=30, wish=None, is_partner=True)
    assert partner - now <= timedelta(minutes=45), "a partner's sorrow is seen within an hour"
    assert next_visit(now, is_feed=True, quiet=0, wish=9999.0) - now == timedelta(seconds=9999)
    assert next_try(now, failures=40, wish=None) - now == timedelta(days=1)
    assert next_try(now, failures=1, wish=99999.0) - now == timedelta(seconds=99999)


async def test_trouble_is_visible_and_ends_by_itself(watcher: Watcher) -> None:
    watch_id = await watcher.watch("nobody")
    other = await watcher.watch("presse.example.org", "bluesky")
    await watcher.visit()
    await watcher.visit()
    assert (await watcher.shown(watch_id)).trouble == "gone"
    assert (await watcher.shown(other)).trouble == "not_connected"
    await watcher.town.seed(pages=[{"id": "nobody", "name": "Doch jemand", "readers": 1200}])
    await watcher.visit(timedelta(days=2))
    await watcher.visit()
    shown = await watcher.shown(watch_id)
    assert (shown.trouble, shown.failures, shown.readers) == (None, 0, 1200)


async def test_a_paused_or_removed_page_is_not_visited(watcher: Watcher) -> None:
    watch_id = await watcher.watch("tagblatt")
    async with transaction(watcher.pool) as connection:
        await watches.pause_watch(connection, watch_id, paused=True, now=watcher.now)
    assert not await watcher.visit()
    async with transaction(watcher.pool) as connection:
        await watches.pause_watch(connection, watch_id, paused=False, now=watcher.now)
        await watches.remove_watch(connection, watch_id, now=watcher.now)
    assert not await watcher.visit()


async def test_a_visit_that_died_is_made_again(watcher: Watcher) -> None:
    await watcher.watch("tagblatt")
    now = watcher.now + timedelta(seconds=1)
    await watcher.visit()
    async with transaction(watcher.pool) as connection:
        await connection.execute("update watch_readings set due_at = %s", [now + LEASE])
    watcher.now = now
    assert not await watcher.visit(LEASE - timedelta(seconds=1))
    assert await watcher.visit(timedelta(hours=6))


async def test_a_feed_is_asked_for_what_changed(watcher: Watcher) -> None:
    """Articles are told once, with the server's own mark the feed is not sent twice."""
    async with pages() as site:
        address = site.show(
            "/feed", rss(item("Hitzewelle", guid="a1", at=hours_ago(2))), ETag='"one"'
        )
        watch_id = await watcher.watch(address, "rss")
        await watcher.visit()
        await watcher.visit()
        assert "if-none-match" in site.asked["/feed"][1]
        shown = await watcher.shown(watch_id)
        assert (shown.posts, shown.kind, shown.quiet) == (1, "feed", 1)
        site.answer("/feed", 503, Retry_After="7200")
        await watcher.visit()
        shown = await watcher.shown(watch_id)
        assert shown.trouble == "unreachable"
        assert shown.due_at - watcher.now >= timedelta(hours=2)


def test_a_feed_s_host_is_its_server() -> None:
    assert Target("feeds", "feed", "https://News.example.org/a").host == "news.example.org"
    assert Target("bluesky", "account", "a.example.org").host == "bluesky"
