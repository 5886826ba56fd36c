"""YouTube channels that sites name: found by a search, shown apart, decided at the desk."""

import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from services.kit.db import transaction
from services.networks.connected import Connected
from services.networks.feeds.scout import FeedScout
from services.outreach.discover import Discovering, plan, search_next
from services.review.watch_list import read_entry
from services.store import erasing, watches
from tests.networks.feeds_server import Pages, hours_ago, item, pages, rss
from tests.outreach.harbour import QUICK
from tests.review.reading import rows
from tests.review.room import Room

CHANNEL, OTHER = "UC" + "a" * 22, "UC" + "b" * 22
AT = "https://www.youtube.com/channel/"


@dataclass
class Web:
    """A partner's feed that links to three sites; two of them name a channel."""

    room: Room
    sites: dict[str, Pages]

    def publish(self, name: str, title: str, *, channel: str = "", head: str = "") -> None:
        site = self.sites[name]
        said = {"@type": "NGO", "name": title, **({"sameAs": [AT + channel]} if channel else {})}
        site.show(
            "/",
            f'<title>{title}</title><link rel="alternate" type="application/rss+xml" href="/feed">'
            f'<meta name="description" content="Wir pflanzen Bäume.">{head}'
            f'<script type="application/ld+json">{json.dumps(said)}</script>',
            Content_Type="text/html; charset=utf-8",
        )
        entries = [item(f"Hitze {n}", guid=str(n), link=f"{site.url}/{n}", at=hours_ago(n + 1))
                   for n in range(6)]  # fmt: skip
        site.show("/feed", rss(*entries))

    async def search(self) -> None:
        """Search at once, as if what is fresh were not."""
        work = Discovering(
            self.room.pool, Connected(None, []), pace=QUICK,
            scouts={"feeds": FeedScout(allow_private=True)},
        )  # fmt: skip
        async with transaction(self.room.pool) as connection:
            await connection.execute("update discovery_rounds set due_at = now()")
            await connection.execute("update discovered_pages set seen_at = now() - interval '5 d'")
        now = datetime.now(UTC)
        await plan(work, now, first=timedelta())
        assert await search_next(work, now + timedelta(seconds=1))

    async def channels(self) -> list[str]:
        found = await rows(self.room.pool, "select channel_id from discovered_channels order by 1")
        return [one for (one,) in found]


@pytest.fixture
async def web(room: Room) -> AsyncIterator[Web]:
    async with AsyncExitStack() as stack:
        names = ("good", "bare", "shy", "partner")
        sites = {name: await stack.enter_async_context(pages()) for name in names}
        web = Web(room, sites)
        web.publish("good", "Stiftung Stadtgrün", channel=CHANNEL)
        web.publish("bare", "Stiftung Kahl")
        shy = '<meta name="robots" content="noindex">'
        web.publish("shy", "Stille Stiftung", channel=OTHER, head=shy)
        links = "".join(f'<a href="{site.url}/x">hier</a>' for site in sites.values())
        feed = sites["partner"].show(
            "/feed", rss(item("Lesetipps", guid="1", text=links, at=hours_ago(1)))
        )
        entry = read_entry("Partner", "feeds", feed, "partner", "Hitze")
        async with transaction(room.pool) as connection:
            await watches.add_watches(connection, [entry], by="command", now=datetime.now(UTC))
        await web.search()
        yield web


async def test_a_channel_stands_apart_and_is_decided(room: Room, web: Web) -> None:
    """INVARIANT: only a channel that its site names is listed, unweighed; decisions hold."""
    assert await web.channels() == [CHANNEL]
    ines = await room.colleague("Ines", role="senior")
    html = (await ines.get("/discovery")).text
    ranked, apart = html.split('<h2 id="youtube">')
    assert "Stiftung Kahl" in ranked
    assert CHANNEL not in ranked
    card = apart.split("</section>")[0]
    for words in (
        "Stiftung Stadtgrün", "Genannt von der Website", AT + CHANNEL, web.sites["good"].url,
        "Diesen Kanal beobachten",
    ):  # fmt: skip
        assert words in card, words
    assert "/ 100" not in card
    ((key,),) = await rows(room.pool, "select page_key from discovered_channels")
    at = f"/discovery/youtube/{key}"
    for _ in range(2):
        assert (await ines.post(f"{at}/adopt", topic="Hitze")).status_code == 303
    watched = "select network, kind, address, name, relation, topics from watches"
    expected = ("youtube", "account", CHANNEL, "Stiftung Stadtgrün", "partner", ["Hitze"])
    assert expected in await rows(room.pool, f"{watched} where removed_at is null")
    assert 'id="youtube"' not in (await ines.get("/discovery")).text
    assert (await ines.post(f"/discovery/{key}/undo", topic="Hitze")).status_code == 303
    assert expected not in await rows(room.pool, f"{watched} where removed_at is null")
    assert 'id="youtube"' in (await ines.get("/discovery")).text
    assert (await ines.post(f"{at}/dismiss", topic="Hitze")).status_code == 303
    await web.search()
    html = (await ines.get(f"/discovery?undo={key}")).text
    assert 'id="youtube"' not in html
    assert "Stiftung Stadtgrün wird nicht mehr" in html
    assert (await ines.post(f"/discovery/{key}/undo", topic="Hitze")).status_code == 303
    eve = await room.colleague("Eve", language="en", role="auditor")
    html = (await eve.get("/discovery")).text
    assert "Named by the site" in html
    assert "/discovery/youtube/" not in html
    assert (await eve.post(f"{at}/adopt")).status_code == 403


async def test_a_channel_goes_with_what_named_it(room: Room, web: Web) -> None:
    """INVARIANT: unnamed, unlisted or not seen for thirty days, a channel is forgotten."""
    web.publish("good", "Stiftung Stadtgrün")
    web.publish("bare", "Stiftung Kahl", channel=OTHER)
    await web.search()
    assert await web.channels() == [OTHER]
    web.publish("bare", "Stiftung Kahl", head='<meta name="robots" content="noindex">')
    web.publish("good", "Stiftung Stadtgrün", channel=CHANNEL)
    await web.search()
    assert await web.channels() == [CHANNEL]
    async with transaction(room.pool) as connection:
        await connection.execute("update discovered_pages set seen_at = now() - interval '31 d'")
    work = Discovering(room.pool, Connected(None, []))
    await plan(work, datetime.now(UTC))
    assert await web.channels() == []


async def test_own_channels_and_those_of_dismissed_sites_are_not_shown(
    room: Room, web: Web
) -> None:
    ines = await room.colleague("Ines", role="senior")
    ((key, site),) = await rows(room.pool, "select page_key, site_key from discovered_channels")
    assert (await ines.post(f"/discovery/{site}/dismiss", topic="Hitze")).status_code == 303
    assert CHANNEL not in (await ines.get("/discovery")).text
    assert (await ines.post(f"/discovery/{site}/undo", topic="Hitze")).status_code == 303
    assert CHANNEL in (await ines.get("/discovery")).text
    async with transaction(room.pool) as connection:
        await connection.execute(
            "insert into pages values (%s, 'youtube', %s, 'Wir', 'own', null)", [key, CHANNEL]
        )
    assert CHANNEL not in (await ines.get("/discovery")).text


async def test_erasing_an_account_reaches_its_channel(room: Room, web: Web) -> None:
    """INVARIANT: of an erased account no channel is left that a site named."""
    async with transaction(room.pool) as connection:
        await connection.execute(
            "insert into authors values ('one', 'youtube', %s, 'Stiftung', '')", [CHANNEL]
        )
        await erasing.give_up_pages(connection, "one")
    assert await web.channels() == []
