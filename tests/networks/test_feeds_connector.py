"""The feeds connector against a real web server."""

import asyncio
import gzip
from collections.abc import AsyncIterator
from typing import Any

import pytest

from schemas.inbound import InboundEvent
from services.networks.feeds.connector import FeedsNetwork
from services.networks.feeds.memory import recall
from services.networks.feeds.settings import FeedsSettings
from services.networks.keeper import InMemoryKeeper
from services.networks.network import Batch, Refused
from tests.networks.feeds_server import Pages, hours_ago, item, pages, rss
from tests.networks.stage import PATIENCE, comments_in, outgoing

FIRST = item("Erstens", guid="1", link="https://t.example/1", at=hours_ago(1))
SECOND = item("Zweitens", guid="2", link="https://t.example/2", at=hours_ago(0.5))


@pytest.fixture
async def web() -> AsyncIterator[Pages]:
    async with pages() as served:
        yield served


def network(*addresses: str, **settings: Any) -> FeedsNetwork:
    feeds = [
        {"address": address, "name": f"Blatt {n}", "relation": "partner"}
        for n, address in enumerate(addresses)
    ]
    made = FeedsSettings.model_validate({"feeds": feeds, "allow_private": True, **settings})
    return FeedsNetwork(made, InMemoryKeeper(), connection="feeds:test", interval=0.01)


async def visits(watching: FeedsNetwork, number: int, cursor: str | None = None) -> list[Batch]:
    """Listen for so many visits."""
    seen: list[Batch] = []
    async with asyncio.timeout(PATIENCE):
        async for batch in watching.listen(cursor):
            seen.append(batch)
            if len(seen) == number:
                break
    return seen


def events_in(batches: list[Batch]) -> list[InboundEvent]:
    return [event for batch in batches for event in comments_in(batch)]


async def faults(watching: FeedsNetwork) -> list[tuple[str, str]]:
    return [(fault.code, fault.detail) for fault in (await watching.check()).faults]


async def test_an_article_is_an_event_of_the_watched_page(web: Pages) -> None:
    address = web.show("/feed", rss(FIRST))
    (event,) = events_in(await visits(network(address), 1))
    assert (event.source, event.type) == ("feeds:test", "comment.received.v1")
    said = event.data
    assert said.root.native_id == said.native_id
    assert said.parent_id is None
    assert said.page.relation == "partner"
    assert (said.page.native_id, said.page.name) == (address, "Blatt 0")
    assert (said.text, said.url, said.visibility) == ("Erstens", "https://t.example/1", "public")
    assert said.revision in event.id
    assert event.time == said.created_at
    (again,) = events_in(await visits(network(address), 1))
    assert again == event


async def test_only_news_is_told_and_the_body_fetched_only_when_it_changed(web: Pages) -> None:
    address = web.show(
        "/feed", rss(FIRST), ETag='"one"', Last_Modified="Sun, 22 Nov 2026 10:00:00 GMT"
    )
    (first,) = await visits(network(address), 1)
    second = await visits(network(address), 2, first.cursor)
    assert events_in(second) == []
    assert web.asked["/feed"][-1]["if-none-match"] == '"one"'
    assert "if-modified-since" in web.asked["/feed"][-1]
    web.show("/feed", rss(SECOND, FIRST.replace("Erstens", "Erstens!")), ETag='"two"')
    third = await visits(network(address), 2, second[-1].cursor)
    told = [(event.type, event.data.text) for event in events_in(third)]
    assert told == [("comment.edited.v1", "Erstens!"), ("comment.received.v1", "Zweitens")]
    assert events_in([first])[0].data.native_id == events_in(third)[0].data.native_id


async def test_two_feeds_may_use_the_same_ids(web: Pages) -> None:
    one = web.show("/a", rss(item("Hier", guid="1", at=hours_ago(1))))
    two = web.show("/b", rss(item("Dort", guid="1", at=hours_ago(1))))
    events = events_in(await visits(network(one, two), 2))
    assert len({event.data.native_id for event in events}) == 2


async def test_a_feed_in_trouble_does_not_silence_the_others(web: Pages) -> None:
    """INVARIANT: whatever one feed's server sends, the other feeds are told."""
    bomb = gzip.compress(rss("<item><title>" + "0" * 50_000_000 + "</title></item>").encode())
    bad = {
        "page": web.show("/page", "<html>Relaunch</html>", Content_Type="text/html", ETag='"p"'),
        "huge": web.show("/huge", rss(FIRST) + " " * 3_000_001),
        "bomb": web.show("/bomb", bomb, Content_Encoding="gzip"),
        "garbled": web.show("/garbled", b"\x1f\x8bnot gzip", Content_Encoding="gzip"),
        "error": web.answer("/error", 500),
        "away": "http://127.0.0.1:1/feed",
    }
    good = web.show("/good", rss(FIRST))
    watching = network(*bad.values(), good)
    batches = await visits(watching, len(bad) + 1)
    assert [event.data.text for event in events_in(batches)] == ["Erstens"]
    codes = dict(zip(bad, [code for code, _ in await faults(watching)], strict=True))
    assert codes == {
        "page": "incompatible", "huge": "incompatible", "bomb": "incompatible",
        "garbled": "unreachable", "error": "unreachable", "away": "unreachable",
    }  # fmt: skip
    memory = recall(batches[-1].cursor)
    assert all(memory[address].failures == 1 for address in bad.values())
    assert memory[bad["page"]].etag is None


async def test_a_move_for_good_is_remembered_a_detour_is_not(web: Pages) -> None:
    new = web.show("/new", rss(FIRST))
    moved = web.answer("/moved", 301, Location="/new")
    detour = web.answer("/detour", 302, Location="/new")
    batches = await visits(network(moved, detour), 2)
    memory = recall(batches[-1].cursor)
    assert memory[moved].address == new
    assert memory[detour].address is None
    assert all(event.data.page.native_id in {moved, detour} for event in events_in(batches))
    web.answer("/new", 404)
    web.show("/moved", rss(SECOND, FIRST))
    back = await visits(network(moved), 2, batches[-1].cursor)
    assert recall(back[0].cursor)[moved].address is None
    assert [event.data.text for event in events_in(back)] == ["Zweitens"]


async def test_a_move_that_leads_to_no_feed_is_not_believed(web: Pages) -> None:
    web.show("/parked", "<html>Domain zu verkaufen</html>")
    moved = web.answer("/feed", 301, Location="/parked")
    (batch,) = await visits(network(moved), 1)
    assert recall(batch.cursor)[moved].address is None
    web.show("/new", rss(FIRST))
    web.answer("/feed", 301, Location="/new")
    batches = await visits(network(moved), 1, batch.cursor)
    assert recall(batches[-1].cursor)[moved].address is not None
    web.show("/new", "<html>Domain zu verkaufen</html>")
    web.show("/feed", rss(SECOND, FIRST))
    batches = await visits(network(moved), 4, batches[-1].cursor)
    assert [event.data.text for event in events_in(batches)] == ["Zweitens"]


async def test_a_feed_that_is_gone_for_good_is_never_asked_again(web: Pages) -> None:
    gone = web.answer("/gone", 410)
    there = web.show("/there", rss(FIRST))
    batches = await visits(network(gone, there), 2)
    assert recall(batches[-1].cursor)[gone].stopped
    await visits(network(gone, there), 2, batches[-1].cursor)
    assert len(web.asked["/gone"]) == 1
    assert len(web.asked["/there"]) == 3


async def test_a_server_that_wants_peace_gets_it(web: Pages) -> None:
    busy = web.answer("/busy", 429, Retry_After="3600")
    (batch,) = await visits(network(busy), 1)
    assert recall(batch.cursor)[busy].next_at > hours_ago(-0.9).timestamp()


async def test_the_servers_are_told_who_asks(web: Pages) -> None:
    address = web.show("/feed", rss())
    await visits(network(address, contact="https://lindenhof.example"), 1)
    assert web.asked["/feed"][0]["user-agent"] == (
        "Dialogwerk feed reader (https://lindenhof.example)"
    )


async def test_nothing_is_fetched_from_the_internal_network(web: Pages) -> None:
    """INVARIANT: a feed's address, or where it leads, opens no door inside."""
    address = web.show("/feed", rss(FIRST))
    watching = network(address, allow_private=False)
    (batch,) = await visits(watching, 1)
    assert batch.events == []
    assert "/feed" not in web.asked
    assert [code for code, _ in await faults(watching)] == ["incompatible"]


async def test_an_article_from_the_future_appeared_now(web: Pages) -> None:
    address = web.show("/feed", rss(item("Morgen", guid="1", at=hours_ago(-48))))
    (event,) = events_in(await visits(network(address), 1))
    assert event.data.created_at < hours_ago(-0.1)


async def test_a_feed_that_is_not_watched_any_more_is_forgotten(web: Pages) -> None:
    one, two = web.show("/a", rss(FIRST)), web.show("/b", rss(SECOND))
    batches = await visits(network(one, two), 2)
    (batch,) = await visits(network(two), 1, batches[-1].cursor)
    assert set(recall(batch.cursor)) == {two}
    assert batch.events == []
    (anew,) = await visits(network(two), 1, "[]")
    assert len(anew.events) == 1


async def test_nothing_can_be_said_in_a_feed(web: Pages) -> None:
    watching = network(web.url + "/feed")
    out = outgoing(parent_id="x", text="Hallo", key="feed")
    assert await watching.find_reply(out) is None
    for attempt in (
        watching.reply(out),
        watching.delete("x"),
        watching.hide("x", hidden=True),
        watching.read("x"),
    ):
        with pytest.raises(Refused) as refused:
            await attempt
        assert refused.value.code == "scope"
    await watching.close()


def test_an_address_alone_will_do_and_faults_are_named() -> None:
    settings = FeedsSettings.model_validate({"feeds": ["https://t.example/feed"]})
    assert (settings.feeds[0].name, settings.feeds[0].relation) == ("t.example", "news")
    own = {"address": "https://t.example", "name": "Wir", "relation": "own"}
    for wrong in (
        [own],
        ["ftp://t.example"],
        ["https://u:p@t.example/"],
        ["https://t.example"] * 2,
        [],
    ):
        with pytest.raises(ValueError, match="feeds"):
            FeedsSettings.model_validate({"feeds": wrong})
