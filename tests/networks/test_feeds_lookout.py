"""Feeds of others against a real web server, visit by visit."""

import gzip
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from schemas.inbound import InboundEvent
from services.networks.feeds.lookout import FeedLookout
from services.networks.lookout import Looked, NotLooked
from services.networks.network import Refused
from services.networks.targets import Target, read_target
from tests.networks.feeds_server import Pages, hours_ago, item, pages, rss

FIRST = item("Erstens", guid="1", link="https://t.example/1", at=hours_ago(1))
SECOND = item("Zweitens", guid="2", link="https://t.example/2", at=hours_ago(0.5))
SAMPLES = Path(__file__).parent / "feeds"


@pytest.fixture
async def web() -> AsyncIterator[Pages]:
    async with pages() as served:
        yield served


def target(address: str) -> Target:
    return Target("feeds", "feed", address, "Blatt", "partner")


async def look(address: str, memory: str | None = None, **changes: object) -> Looked:
    lookout = FeedLookout(**{"allow_private": True, **changes})  # type: ignore[arg-type]  # named
    return await lookout.look(target(address), memory, datetime.now(UTC))


async def failure(address: str, memory: str | None = None, **changes: object) -> NotLooked:
    with pytest.raises(NotLooked) as failed:
        await look(address, memory, **changes)
    return failed.value


def events(looked: Looked) -> list[InboundEvent]:
    return [post.event for post in looked.posts]


def texts(looked: Looked) -> list[str]:
    return [event.data.text for event in events(looked)]


async def test_an_article_is_an_event_of_the_watched_page(web: Pages) -> None:
    address = web.show("/feed", rss(FIRST))
    (event,) = events(await look(address))
    assert event.type == "comment.received.v1"
    said = event.data
    assert said.root.native_id == said.native_id
    assert (said.page.native_id, said.page.name, said.page.relation) == (
        address,
        "Blatt",
        "partner",
    )
    assert (said.text, said.url, said.visibility) == ("Erstens", "https://t.example/1", "public")
    assert said.revision in event.id
    assert event.time == said.created_at
    assert events(await look(address)) == [event]


async def test_only_news_is_told_and_the_body_fetched_only_when_it_changed(web: Pages) -> None:
    address = web.show(
        "/feed", rss(FIRST), ETag='"one"', Last_Modified="Sun, 22 Nov 2026 10:00:00 GMT"
    )
    first = await look(address)
    second = await look(address, first.memory)
    assert second.posts == []
    assert web.asked["/feed"][-1]["if-none-match"] == '"one"'
    assert "if-modified-since" in web.asked["/feed"][-1]
    web.show("/feed", rss(SECOND, FIRST.replace("Erstens", "Erstens!")), ETag='"two"')
    third = await look(address, second.memory)
    told = [(event.type, event.data.text) for event in events(third)]
    assert told == [("comment.edited.v1", "Erstens!"), ("comment.received.v1", "Zweitens")]
    assert events(first)[0].data.native_id == events(third)[0].data.native_id
    web.show("/feed", rss(FIRST.replace("Erstens", "Erstens!"), SECOND))
    assert (await look(address, third.memory)).posts == []


async def test_two_feeds_may_use_the_same_ids(web: Pages) -> None:
    one = web.show("/a", rss(item("Hier", guid="1", at=hours_ago(1))))
    two = web.show("/b", rss(item("Dort", guid="1", at=hours_ago(1))))
    found = [event.data.native_id for at in (one, two) for event in events(await look(at))]
    assert len(set(found)) == 2


async def test_what_is_no_feed_is_refused_what_is_down_is_waited_for(web: Pages) -> None:
    """INVARIANT: whatever a server sends, a visit ends soon and says why nothing came."""
    bomb = gzip.compress(rss("<item><title>" + "0" * 50_000_000 + "</title></item>").encode())
    laughs = (SAMPLES / "entity_bomb.xml").read_bytes()
    cases = {
        web.show("/page", "<html>Relaunch</html>", Content_Type="text/html", ETag='"p"'): "refused",
        web.show("/huge", rss(FIRST) + " " * 3_000_001): "refused",
        web.show("/bomb", bomb, Content_Encoding="gzip"): "refused",
        web.show("/laughs", laughs): "refused",
        web.show("/json", '{"version": "https://example.org", "items": []}'): "refused",
        web.show("/garbled", b"\x1f\x8bnot gzip", Content_Encoding="gzip"): "unreachable",
        web.answer("/error", 500): "unreachable",
        "http://127.0.0.1:1/feed": "unreachable",
    }
    for address, trouble in cases.items():
        failed = await failure(address)
        assert failed.trouble == trouble, address
        assert '"p"' not in failed.memory


async def test_a_move_for_good_is_remembered_a_detour_is_not(web: Pages) -> None:
    web.show("/new", rss(FIRST))
    moved = web.answer("/moved", 301, Location="/new")
    detour = web.answer("/detour", 302, Location="/new")
    known = {at: await look(at) for at in (moved, detour)}
    assert all(event.data.page.native_id == at for at in known for event in events(known[at]))
    for at, path in ((moved, "/moved"), (detour, "/detour")):
        asked = len(web.asked[path])
        await look(at, known[at].memory)
        assert len(web.asked[path]) == asked + (at == detour)
    web.answer("/new", 404)
    web.show("/moved", rss(SECOND, FIRST))
    failed = await failure(moved, known[moved].memory)
    assert texts(await look(moved, failed.memory)) == ["Zweitens"]


async def test_a_move_that_leads_to_no_feed_is_not_believed(web: Pages) -> None:
    web.show("/parked", "<html>Domain zu verkaufen</html>")
    moved = web.answer("/feed", 301, Location="/parked")
    assert '"address"' not in (await failure(moved)).memory
    web.show("/new", rss(FIRST))
    web.answer("/feed", 301, Location="/new")
    memory = (await look(moved)).memory
    web.show("/new", "<html>Domain zu verkaufen</html>")
    web.show("/feed", rss(SECOND, FIRST))
    for _ in range(3):
        memory = (await failure(moved, memory)).memory
    assert texts(await look(moved, memory)) == ["Zweitens"]


async def test_a_feed_that_is_gone_for_good_is_never_asked_again(web: Pages) -> None:
    """INVARIANT: 410 ends the visits until somebody enters the feed anew."""
    gone = web.answer("/gone", 410)
    failed = await failure(gone)
    assert failed.trouble == "gone"
    with pytest.raises(Refused) as refused:
        await look(gone, failed.memory)
    assert refused.value.code == "gone"
    assert len(web.asked["/gone"]) == 1


async def test_a_server_that_wants_peace_gets_it(web: Pages) -> None:
    assert (await failure(web.answer("/busy", 429, Retry_After="3600"))).retry_after == 3600


async def test_the_servers_are_told_who_asks(web: Pages) -> None:
    await look(web.show("/feed", rss()), contact="https://lindenhof.example")
    assert web.asked["/feed"][0]["user-agent"] == (
        "Dialogwerk feed reader (https://lindenhof.example)"
    )


async def test_nothing_is_fetched_from_the_internal_network(web: Pages) -> None:
    """INVARIANT: a feed's address, or where it leads, opens no door inside."""
    failed = await failure(web.show("/feed", rss(FIRST)), allow_private=False)
    assert failed.trouble == "refused"
    assert "/feed" not in web.asked


async def test_an_article_from_the_future_appeared_now(web: Pages) -> None:
    address = web.show("/feed", rss(item("Morgen", guid="1", at=hours_ago(-48))))
    (event,) = events(await look(address))
    assert event.data.created_at < hours_ago(-0.1)


async def test_what_stands_under_an_article_cannot_be_read(web: Pages) -> None:
    with pytest.raises(Refused) as refused:
        await FeedLookout().remarks("x")
    assert refused.value.code == "scope"
    assert (await look(web.show("/feed", rss(FIRST)), "not ours")).posts != []


@pytest.mark.parametrize("sample", ["latin1.rss", "atom.xml", "rdf.xml", "feed.json", "broken.rss"])
async def test_feeds_as_they_are_out_there_bring_each_article_once(web: Pages, sample: str) -> None:
    """Shapes as newspapers, ministries and blogs publish them; words and names are made up."""
    body = (SAMPLES / sample).read_bytes()
    kind = "application/feed+json" if sample.endswith("json") else "text/xml"
    address = web.show(f"/{sample}", body, Content_Type=kind)
    lookout = FeedLookout(allow_private=True)
    now = datetime(2026, 11, 21, 12, tzinfo=UTC)
    first = await lookout.look(target(address), None, now)
    assert texts(first) == ["Hitze im Rathaus: Was hilft?\n\nÄlter werden in Sülzhagen – „kühl“."]
    (event,) = events(first)
    assert event.data.url == "https://tagblatt.example/hitze?id=7&x=1"
    assert event.data.created_at == datetime(2026, 11, 21, 8, 30, tzinfo=UTC)
    again = body.replace(b"guid-7", b"guid-7-neu").replace(b"08:30", b"09:45")
    web.show(f"/{sample}", again, Content_Type=kind)
    assert (await lookout.look(target(address), first.memory, now)).posts == []


def test_an_address_with_a_password_or_without_a_scheme_is_no_feed() -> None:
    for wrong in ("ftp://t.example", "https://u:p@t.example/", "t.example/feed"):
        with pytest.raises(ValueError, match="feed"):
            read_target("feeds", wrong)
