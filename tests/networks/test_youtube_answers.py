"""Replies, holding and refusals on YouTube, and the tokens behind them."""

import json
import logging
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
import pytest_asyncio

from services.networks.keeper import InMemoryKeeper
from services.networks.network import NetworkError, OutcomeUnknown, Refused, Temporary
from tests.networks.stage import outgoing
from tests.networks.wire import Answer, LoseAnswer
from tests.networks.youtube_api import CLIENT_SECRET, OTHER, OWN, REFRESH_TOKEN
from tests.networks.youtube_scene import YouTubeScene, youtube_network, youtube_scene

pytestmark = pytest.mark.asyncio(loop_scope="module")

ErrorCase = tuple[int, str, type[NetworkError], str | None]
WRITES: list[ErrorCase] = [
    (403, "forbidden", Refused, "scope"),
    (403, "insufficientPermissions", Refused, "scope"),
    (403, "ineligibleAccount", Refused, "scope"),
    (403, "accessNotConfigured", Refused, "scope"),
    (403, "commentsDisabled", Refused, "locked"),
    (404, "parentCommentNotFound", Refused, "gone"),
    (404, "", Refused, "gone"),
    (400, "commentTextTooLong", Refused, "too_long"),
    (400, "parentCommentIsPrivate", Refused, "not_public"),
    (400, "operationNotSupported", Refused, "invalid"),
    (403, "rateLimitExceeded", Temporary, None),
    (403, "quotaExceeded", Temporary, None),
    (401, "authError", Temporary, None),
    (429, "", Temporary, None),
    (503, "", Temporary, None),
    (302, "", Temporary, None),
    (400, "processingFailure", OutcomeUnknown, None),
    (500, "backendError", OutcomeUnknown, None),
    (200, "", OutcomeUnknown, None),
]


@pytest_asyncio.fixture(loop_scope="module")
async def scene() -> AsyncIterator[YouTubeScene]:
    async with youtube_scene() as opened:
        yield opened


@pytest.fixture
def comment(scene: YouTubeScene) -> str:
    return scene.server.comment(scene.server.video(), "Wann?")


@pytest.mark.parametrize("case", WRITES)
async def test_an_error_is_read_by_its_reason(
    scene: YouTubeScene, comment: str, case: ErrorCase
) -> None:
    """INVARIANT: what a reason means for a write decides whether it may be tried again."""
    status, reason, kind, refusal = case
    error = {"message": "Um acht.", "errors": [{"reason": reason}]} if reason else {}
    body = json.dumps({"error": error}).encode()
    scene.wire.next(Answer(status, {}, body), method="POST", path="/v3/comments")
    with pytest.raises(kind) as raised:
        await scene.network().reply(outgoing(parent_id=comment, text="Um acht.", key="k"))
    if isinstance(raised.value, Refused):
        assert raised.value.code == refusal
    assert "Um acht" not in str(raised.value)
    assert scene.server.texts_under(comment) == []


async def test_a_failing_read_is_temporary(scene: YouTubeScene, comment: str) -> None:
    for error in ((500, "backendError"), (400, "processingFailure")):
        scene.server.refusals.append(error)
        with pytest.raises(Temporary):
            await scene.network().read(comment)


async def test_a_reply_to_a_reply_names_whom_it_answers(scene: YouTubeScene, comment: str) -> None:
    """INVARIANT: threads are one level deep; the person still sees that the answer is theirs."""
    network = scene.network()
    video = scene.server.comments[comment]["snippet"]["videoId"]
    reply = scene.server.comment(
        video, "Und wo?", parent=comment, by="UCoskar", authorDisplayName="@oskar"
    )
    answer = outgoing(parent_id=reply, text="Im Hof.", key="k")
    posted = await network.reply(answer)
    assert posted.text == "@oskar Im Hof."
    assert scene.server.comments[posted.native_id]["snippet"]["parentId"] == comment
    found = await network.find_reply(answer)
    assert found is not None
    assert found.native_id == posted.native_id
    named = await network.reply(outgoing(parent_id=reply, text="@Oskar Hinten.", key="l"))
    assert named.text == "@Oskar Hinten."


async def test_our_reply_is_found_behind_many_others(scene: YouTubeScene, comment: str) -> None:
    video = scene.server.comments[comment]["snippet"]["videoId"]
    scene.server.page_size = 4
    scene.server.comment(video, "Um acht.", parent=comment)
    for number in range(9):
        scene.server.comment(video, f"Antwort {number}", parent=comment)
    scene.wire.next(LoseAnswer(), method="POST", path="/v3/comments")
    answer = outgoing(parent_id=comment, text="Um acht.", key="k")
    with pytest.raises(OutcomeUnknown):
        await scene.network().reply(answer)
    found = await scene.network().find_reply(answer)
    assert found is not None
    author = scene.server.comments[found.native_id]["snippet"]["authorChannelId"]
    assert author == {"value": OWN}


async def test_no_reply_where_youtube_takes_none(scene: YouTubeScene, comment: str) -> None:
    network = scene.network()
    answer = outgoing(parent_id=comment, text="Um acht.", key="k")
    scene.server.closed.add(comment)
    standing = await network.read(comment)
    assert standing is not None
    assert (standing.can_reply, standing.why_not) == (False, "locked")
    with pytest.raises(Refused) as refused:
        await network.reply(answer)
    assert refused.value.code == "locked"
    scene.server.comments[comment]["snippet"]["moderationStatus"] = "heldForReview"
    with pytest.raises(Refused) as refused:
        await network.reply(answer)
    assert refused.value.code == "hidden"
    assert scene.server.texts_under(comment) == []


async def test_closed_comments_are_locked_not_gone(scene: YouTubeScene, comment: str) -> None:
    scene.wire.next(
        Answer(403, {}, b'{"error": {"errors": [{"reason": "commentsDisabled"}]}}'),
        path="commentThreads",
    )
    standing = await scene.network().read(comment)
    assert standing is not None
    assert standing.why_not == "locked"


async def test_a_reply_that_is_held_for_review_is_taken_down(
    scene: YouTubeScene, comment: str
) -> None:
    """INVARIANT: a reply that nobody sees does not count as posted."""
    scene.server.holds_replies = True
    with pytest.raises(Refused):
        await scene.network().reply(outgoing(parent_id=comment, text="Um acht.", key="k"))
    assert list(scene.server.comments) == [comment]


async def test_only_a_public_reply_is_posted_in_public(scene: YouTubeScene, comment: str) -> None:
    """INVARIANT: what was meant for fewer is never shown to everybody."""
    with pytest.raises(Refused) as refused:
        await scene.network().reply(
            outgoing(parent_id=comment, text="Leise", key="k", visibility="unlisted")
        )
    assert refused.value.code == "not_public"


async def test_a_comment_on_a_watched_channel_can_be_answered(scene: YouTubeScene) -> None:
    top = scene.server.comment(scene.server.video(OTHER), "Und der Verein?")
    network = scene.network(watch=[OTHER])
    await network.reply(outgoing(parent_id=top, text="Hier!", key="k"))
    assert scene.server.texts_under(top) == ["Hier!"]


async def test_one_token_serves_many_calls_and_all_processes(
    scene: YouTubeScene, comment: str
) -> None:
    """INVARIANT: a token is asked for once as long as it lasts, whoever needs it."""
    keeper = InMemoryKeeper()
    for _ in range(3):
        assert await scene.network(keeper).read(comment)
    assert scene.server.granted == 1
    later = datetime.now(UTC) + timedelta(seconds=3580)
    assert await scene.network(keeper, now=lambda: later).read(comment)
    assert scene.server.granted == 2


async def test_a_token_that_ends_early_is_renewed(scene: YouTubeScene, comment: str) -> None:
    keeper = InMemoryKeeper()
    network = scene.network(keeper)
    assert await network.read(comment)
    scene.server.tokens.clear()
    assert await network.read(comment)
    assert scene.server.granted == 2


async def test_a_revoked_consent_is_a_token_fault(scene: YouTubeScene, comment: str) -> None:
    network = scene.network(refresh_token="revoked")
    with pytest.raises(Refused) as refused:
        await network.read(comment)
    assert refused.value.code == "token"
    diagnosis = await network.check()
    assert [fault.code for fault in diagnosis.faults] == ["token"]
    assert diagnosis.signed_in_as is None


async def test_a_token_server_that_is_down_is_temporary(scene: YouTubeScene, comment: str) -> None:
    for answer in (Answer(503, {"Retry-After": "9"}), Answer(200, {}, b"<html>")):
        scene.wire.next(answer, path="/token")
        with pytest.raises(Temporary):
            await scene.network().read(comment)


async def test_a_sound_connection_has_no_fault(scene: YouTubeScene) -> None:
    diagnosis = await scene.network().check()
    assert diagnosis.faults == []
    assert diagnosis.signed_in_as == "Lindenhof"
    assert diagnosis.permissions == {"youtube.force-ssl": True}
    assert diagnosis.budget is not None
    assert diagnosis.budget.of == 10_000


async def test_a_consent_without_the_right_or_for_another_channel_is_a_fault(
    scene: YouTubeScene,
) -> None:
    scene.server.scope = "https://www.googleapis.com/auth/youtube.readonly"
    scene.server.mine = OTHER
    codes = [fault.code for fault in (await scene.network().check()).faults]
    assert codes == ["token", "scope"]
    unreachable = youtube_network("http://127.0.0.1:9", scene.client)
    assert [fault.code for fault in (await unreachable.check()).faults] == ["unreachable"]


async def test_no_secret_stands_in_an_address_or_a_log(
    scene: YouTubeScene, comment: str, caplog: pytest.LogCaptureFixture
) -> None:
    """INVARIANT: no token is where a log could keep it."""
    network = scene.network()
    with caplog.at_level(logging.DEBUG):
        await network.reply(outgoing(parent_id=comment, text="Um acht.", key="k"))
        await network.check()
    seen = "\n".join(one.path for one in scene.wire.seen) + caplog.text
    for secret in ("access-1", REFRESH_TOKEN, CLIENT_SECRET):
        assert secret not in seen
