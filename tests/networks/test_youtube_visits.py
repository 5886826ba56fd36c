"""What visits to a channel find, and what they cost."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
import pytest_asyncio

from schemas.inbound import InboundEvent
from services.networks.network import Batch
from services.networks.youtube.connector import YouTubeNetwork
from tests.networks.wire import Answer
from tests.networks.youtube_api import OTHER, OWN
from tests.networks.youtube_scene import YouTubeScene, youtube_scene

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(loop_scope="module")
async def scene() -> AsyncIterator[YouTubeScene]:
    async with youtube_scene() as opened:
        yield opened


async def visited(network: YouTubeNetwork, cursor: str | None = None) -> Batch:
    return await anext(network.listen(cursor))


def events(batch: Batch) -> list[InboundEvent]:
    assert all(isinstance(event, InboundEvent) for event in batch.events)
    return [event for event in batch.events if isinstance(event, InboundEvent)]


def names(batch: Batch) -> list[tuple[str, str]]:
    return [(event.type, event.data.native_id) for event in events(batch)]


async def test_a_comment_is_told_with_its_video(scene: YouTubeScene) -> None:
    video = scene.server.video()
    top = scene.server.comment(video, "Wann?")
    scene.server.comment(video, "Um acht.", parent=top)
    first, reply = events(await visited(scene.network()))
    assert first.data.root.text == "Hoffest am Samstag\n\nKuchen ab 14 Uhr."
    assert (first.data.root.native_id, first.data.page.name) == (video, "Lindenhof")
    assert (first.data.author.handle, first.data.author.native_id) == ("@jana", "UCjana")
    assert first.data.url == f"https://www.youtube.com/watch?v={video}&lc={top}"
    assert (reply.data.parent_id, reply.data.root.native_id) == (top, video)


async def test_all_replies_are_read_not_only_the_five_embedded_ones(scene: YouTubeScene) -> None:
    """INVARIANT: YouTube shows five replies with a thread; none of the others gets lost."""
    server = scene.server
    server.page_size = 3
    video = server.video()
    top = server.comment(video, "Wann?")
    replies = [server.comment(video, f"Antwort {n}", parent=top) for n in range(11)]
    for _ in range(4):
        server.comment(video, "Noch eine Frage")
    batch = await visited(scene.network())
    assert len(batch.events) == 16
    server.remove(replies[0])
    later = server.comment(video, "Spät", parent=top)
    after = await visited(scene.network(), batch.cursor)
    assert names(after) == [("comment.received.v1", later), ("comment.deleted.v1", replies[0])]


async def test_a_quiet_visit_is_cheap(scene: YouTubeScene) -> None:
    """INVARIANT: while nothing changes a visit costs one unit a channel, long threads or not."""
    video = scene.server.video()
    top = scene.server.comment(video, "Wann?")
    for number in range(20):
        scene.server.comment(video, f"Antwort {number}", parent=top)
    network = scene.network()
    batches = network.listen(None)
    await anext(batches)
    for _ in range(3):
        used = scene.server.used
        assert names(await anext(batches)) == []
        assert scene.server.used - used == 1


async def test_an_edit_among_many_replies_is_found_within_the_hour(scene: YouTubeScene) -> None:
    video = scene.server.video()
    top = scene.server.comment(video, "Wann?")
    replies = [scene.server.comment(video, f"Antwort {n}", parent=top) for n in range(8)]
    batch = await visited(scene.network())
    scene.server.edit(replies[0], "Antwort null")
    quick = await visited(scene.network(), batch.cursor)
    assert names(quick) == []
    later = datetime.now(UTC) + timedelta(minutes=61)
    found = await visited(scene.network(now=lambda: later), quick.cursor)
    assert names(found) == [("comment.edited.v1", replies[0])]


async def test_a_first_comment_takes_its_replies_with_it(scene: YouTubeScene) -> None:
    video = scene.server.video()
    top = scene.server.comment(video, "Wann?")
    reply = scene.server.comment(video, "Um acht.", parent=top)
    batch = await visited(scene.network())
    scene.server.remove(top)
    gone = await visited(scene.network(), batch.cursor)
    assert names(gone) == [("comment.deleted.v1", top), ("comment.deleted.v1", reply)]
    assert names(await visited(scene.network(), gone.cursor)) == []


@pytest.mark.parametrize("names_held", [True, False])
@pytest.mark.parametrize("level", ["first", "reply"])
async def test_a_held_comment_is_hidden_not_deleted(
    scene: YouTubeScene, level: str, names_held: bool
) -> None:
    """INVARIANT: what we hold for review is not erased, and comes back when it is published."""
    scene.server.names_held = names_held
    video = scene.server.video()
    held_id = top = scene.server.comment(video, "Wann?")
    if level == "reply":
        held_id = scene.server.comment(video, "Ruhe da!", parent=top)
    network = scene.network()
    batch = await visited(network)
    assert await network.hide(held_id, hidden=True)
    held = await visited(network, batch.cursor)
    assert names(held) == [("comment.hidden.v1", held_id)]
    still = await visited(network, held.cursor)
    assert names(still) == []
    later = datetime.now(UTC) + timedelta(minutes=61)
    whole = await visited(scene.network(now=lambda: later), still.cursor)
    assert names(whole) == []
    assert await network.hide(held_id, hidden=False)
    shown = await visited(network, whole.cursor)
    assert names(shown) == [("comment.unhidden.v1", held_id)]


async def test_what_youtube_holds_from_the_start_is_told_as_hidden(scene: YouTubeScene) -> None:
    video = scene.server.video()
    top = scene.server.comment(video, "Verdächtig", moderationStatus="heldForReview")
    batch = await visited(scene.network())
    assert names(batch) == [("comment.received.v1", top), ("comment.hidden.v1", top)]
    again = await visited(scene.network())
    assert [one.id for one in again.events] == [one.id for one in batch.events]


async def test_what_is_older_than_the_look_back_stays_where_it_is(scene: YouTubeScene) -> None:
    """INVARIANT: a first start never takes in the whole history."""
    video = scene.server.video()
    old = scene.server.comment(video, "Vorgestern", ago=timedelta(hours=30))
    new = scene.server.comment(video, "Heute")
    batch = await visited(scene.network())
    assert names(batch) == [("comment.received.v1", new)]
    scene.server.remove(old)
    assert names(await visited(scene.network(), batch.cursor)) == []


async def test_a_watched_channel_is_read_as_what_it_is_to_us(scene: YouTubeScene) -> None:
    """INVARIANT: a stranger's channel is never taken for our own."""
    foreign = scene.server.comment(scene.server.video(OTHER, "Nachrichten"), "Und der Verein?")
    own = scene.server.comment(scene.server.video(), "Wann?")
    network = scene.network(watch=[f"{OTHER}=news"])
    batch = await visited(network)
    told = {one.data.native_id: one.data.page for one in events(batch)}
    assert (told[own].relation, told[own].native_id) == ("own", OWN)
    assert (told[foreign].relation, told[foreign].name) == ("news", "Tagblatt")
    held = [query for _, _, query in scene.server.asked if "moderationStatus" in query]
    assert {query["allThreadsRelatedToChannelId"] for query in held} == {OWN}
    scene.server.remove(foreign)
    (gone,) = events(await visited(network, batch.cursor))
    assert (gone.type, gone.data.page.relation) == ("comment.deleted.v1", "news")


@pytest.mark.parametrize(("status", "reason"), [(404, "channelNotFound"), (403, "forbidden")])
async def test_a_watched_channel_that_is_gone_stops_nothing(
    scene: YouTubeScene, caplog: pytest.LogCaptureFixture, status: int, reason: str
) -> None:
    """INVARIANT: whoever closes their channel does not silence ours."""
    foreign = scene.server.comment(scene.server.video(OTHER), "Und der Verein?")
    own = scene.server.comment(scene.server.video(), "Wann?")
    network = scene.network(watch=[OTHER])
    batch = await visited(network)
    later = scene.server.comment(scene.server.video(), "Wo?")
    body = json.dumps({"error": {"errors": [{"reason": reason}]}}).encode()
    scene.wire.next(Answer(status, {}, body), path=f"allThreadsRelatedToChannelId={OTHER}")
    after = await visited(network, batch.cursor)
    assert {native_id for _, native_id in names(batch)} == {foreign, own}
    assert names(after) == [("comment.received.v1", later)]
    assert OTHER in caplog.text


async def test_a_comment_that_cannot_be_read_spoils_no_other(scene: YouTubeScene) -> None:
    server = scene.server
    video = server.video()
    top = server.comment(video, "Gut")
    server.comment(video, "Zarathustra", updatedAt="gestern")
    server.comment(video, "Zarathustra", parent=top, publishedAt=None)
    batches = scene.network().listen(None)
    batch = await anext(batches)
    assert names(batch) == [("comment.received.v1", top)]
    assert len(batch.unreadable) == 2
    assert not (await anext(batches)).unreadable
    assert not any(b"Zarathustra" in letter.raw for letter in batch.unreadable)


async def test_whom_youtube_does_not_name_is_nobody_else(scene: YouTubeScene) -> None:
    video = scene.server.video()
    for _ in range(2):
        scene.server.comment(video, "Wann?", authorChannelId=None, authorDisplayName="")
    first, second = events(await visited(scene.network()))
    assert first.data.author.native_id != second.data.author.native_id


async def test_what_the_author_typed_is_told_where_youtube_shows_it(scene: YouTubeScene) -> None:
    video = scene.server.video()
    scene.server.comment(video, "Seht https://a.example", by=OWN, textDisplay="Seht a.exam...")
    (event,) = events(await visited(scene.network()))
    assert event.data.text == "Seht https://a.example"
    assert event.data.author.is_self


async def test_no_count_that_youtube_made_is_kept(scene: YouTubeScene) -> None:
    """INVARIANT: YouTube's terms allow nobody to keep or mix its counts; we do not read them."""
    scene.server.comment(scene.server.video(), "Wann?")
    batch = await visited(scene.network())
    assert "like" not in f"{batch}".lower()
    assert "totalReplyCount" not in batch.cursor
