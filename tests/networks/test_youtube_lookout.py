"""Videos of other channels: read for two units a visit, answered by a comment of our own."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
import pytest_asyncio

from services.networks.network import OutcomeUnknown, Refused, Standing
from services.networks.targets import Target
from services.networks.youtube.budget import QuotaUsedUp
from services.networks.youtube.connector import YouTubeNetwork
from services.networks.youtube.lookout import LONG_PAUSE, PAUSE
from tests.networks.stage import outgoing
from tests.networks.wire import LoseAnswer
from tests.networks.youtube_api import OTHER, OWN
from tests.networks.youtube_scene import YouTubeScene, youtube_scene

pytestmark = pytest.mark.asyncio(loop_scope="module")

NOW = datetime.now(UTC)


@pytest_asyncio.fixture(loop_scope="module")
async def scene() -> AsyncIterator[YouTubeScene]:
    async with youtube_scene() as opened:
        yield opened


def channel(address: str = OTHER) -> Target:
    return Target("youtube", "account", address, "Tagblatt", "news")


async def test_a_visit_costs_two_units_and_never_searches(scene: YouTubeScene) -> None:
    """INVARIANT: the quota of a day bears fifty channels, and half of it stays for replies."""
    for number in range(30):
        scene.server.video(OTHER, f"Folge {number}")
    network = scene.network()
    first = await network.lookout.look(channel("@tagblatt"), None, NOW)
    before = scene.server.used
    second = await network.lookout.look(channel("@tagblatt"), first.memory, NOW)
    assert scene.server.used - before == 2
    assert {resource for _, resource, _ in scene.server.asked} == {
        "channels", "playlistItems", "videos"
    }  # fmt: skip
    assert (len(first.posts), first.page_id, second.wish) == (20, OTHER, PAUSE)
    assert [one.event.id for one in first.posts] == [one.event.id for one in second.posts]
    assert 50 * 2 * (86_400 / PAUSE) <= 5_000


async def test_no_figure_of_a_video_or_channel_is_taken(scene: YouTubeScene) -> None:
    """INVARIANT: YouTube's figures go into no score: its policies forbid to derive others."""
    scene.server.video(OTHER)
    looked = await scene.network().lookout.look(channel(), None, NOW)
    (post,) = looked.posts
    assert (looked.readers, post.likes, post.replies, post.shares) == (None, None, None, None)
    assert all("statistics" not in query["part"] for _, _, query in scene.server.asked)


async def test_a_day_s_units_are_shared_and_end(scene: YouTubeScene) -> None:
    scene.server.video(OTHER)
    network = scene.network(daily_quota=200, reply_reserve=190)
    looked = await network.lookout.look(channel(), None, NOW)
    assert looked.wish == LONG_PAUSE
    for _ in range(3):
        looked = await network.lookout.look(channel(), looked.memory, NOW)
    await network.read(f"video:{scene.server.video(OTHER)}")
    with pytest.raises(QuotaUsedUp) as spent:
        await network.lookout.look(channel("@tagblatt"), None, NOW)
    assert spent.value.retry_after is not None
    assert spent.value.retry_after > 0
    video = scene.server.video(OTHER)
    answer = outgoing(parent_id=f"video:{video}", text="Dazu unsere Studie.", key="k")
    assert await network.reply(answer)


async def test_what_is_said_under_a_video_is_read_with_its_replies(scene: YouTubeScene) -> None:
    video = scene.server.video(OTHER)
    top = scene.server.comment(video, "Und die Mieter?", ago=timedelta(minutes=9))
    scene.server.comment(video, "Unser Beitrag", by=OWN, ago=timedelta(minutes=5))
    scene.server.comment(video, "Ja, die auch.", parent=top, by="UCoskar")
    lookout = scene.network().lookout
    remarks = await lookout.remarks(f"video:{video}")
    assert remarks is not None
    assert [(one.text, one.is_self) for one in remarks] == [
        ("Und die Mieter?", False), ("Unser Beitrag", True), ("Ja, die auch.", False),
    ]  # fmt: skip
    assert await lookout.remarks("video:nothing") is None
    scene.server.closed.add(video)
    with pytest.raises(Refused) as refused:
        await lookout.remarks(f"video:{video}")
    assert refused.value.code == "locked"


async def test_our_comment_stands_under_the_video_once(scene: YouTubeScene) -> None:
    """INVARIANT: after a lost answer the comment is found, not written again."""
    video = scene.server.video(OTHER)
    scene.server.comment(video, "Dazu unsere Studie.")
    answer = outgoing(parent_id=f"video:{video}", text="Dazu unsere Studie.", key="k")
    network = scene.network()
    assert await network.find_reply(answer) is None
    scene.wire.next(LoseAnswer(), method="POST", path="/v3/commentThreads")
    with pytest.raises(OutcomeUnknown):
        await network.reply(answer)
    found = await network.find_reply(answer)
    assert found is not None
    assert found.url == f"https://www.youtube.com/watch?v={video}&lc={found.native_id}"
    ours = [
        one for one in scene.server.comments.values()
        if one["snippet"]["authorChannelId"] == {"value": OWN}
    ]  # fmt: skip
    assert len(ours) == 1
    assert await network.delete(found.native_id)
    assert await network.find_reply(answer) is None


async def test_how_a_video_stands_is_read_before_it_is_answered(scene: YouTubeScene) -> None:
    video = scene.server.video(OTHER)
    network = scene.network()
    looked = await network.lookout.look(channel(), None, NOW)
    standing = await network.read(f"video:{video}")
    assert standing is not None
    assert (standing.revision, standing.can_reply) == (looked.posts[0].event.data.revision, True)
    scene.server.videos[video]["snippet"]["title"] = "Anders"
    assert (await _standing(network, video)).revision != standing.revision
    scene.server.closed.add(video)
    assert (await _standing(network, video)).why_not == "locked"
    answer = outgoing(parent_id=f"video:{video}", text="Hallo", key="k")
    with pytest.raises(Refused) as refused:
        await network.reply(answer)
    assert refused.value.code == "locked"
    scene.server.videos[video]["status"]["privacyStatus"] = "private"
    assert await network.read(f"video:{video}") is None
    with pytest.raises(Refused) as refused:
        await network.reply(answer)
    assert refused.value.code == "gone"
    assert (await network.lookout.look(channel(), looked.memory, NOW)).posts == []


async def test_a_comment_that_is_held_for_review_is_taken_down(scene: YouTubeScene) -> None:
    """INVARIANT: a comment that nobody sees does not count as posted."""
    video = scene.server.video(OTHER)
    scene.server.holds_replies = True
    with pytest.raises(Refused):
        await scene.network().reply(outgoing(parent_id=f"video:{video}", text="Hallo", key="k"))
    assert scene.server.comments == {}


async def _standing(network: YouTubeNetwork, video: str) -> Standing:
    standing = await network.read(f"video:{video}")
    assert standing is not None
    return standing
