"""Exactly once: what is left open after a failure, and how it is found out."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
import pytest_asyncio

from services.networks.exchange import MAX_ANSWER
from services.networks.network import OutcomeUnknown, Refused, Temporary
from tests.networks.mastodon_server import Server, mastodon_server
from tests.networks.mastodon_square import Square, square
from tests.networks.mastodon_world import GOTOSOCIAL, MASTODON, Status
from tests.networks.stage import outgoing
from tests.networks.wire import Answer

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server() -> AsyncIterator[Server]:
    async with mastodon_server() as running:
        yield running


@pytest_asyncio.fixture(
    loop_scope="module", params=[MASTODON, GOTOSOCIAL], ids=["mastodon", "gotosocial"]
)
async def here(request: pytest.FixtureRequest, server: Server) -> AsyncIterator[Square]:
    async with square(server, request.param) as opened:
        yield opened


def replies(here: Square) -> list[Status]:
    """Return all replies of ours that stand."""
    everything = here.server.world.statuses.values()
    return [s for s in everything if s.account is here.org and s.parent and not s.deleted]


async def test_a_key_that_the_server_honours_gives_the_same_reply(server: Server) -> None:
    async with square(server, MASTODON) as here:
        comment = here.comment("Wann?")
        sent = outgoing(parent_id=comment.id, text="Um 4.", key="same")
        first, again = await here.network().reply(sent), await here.network().reply(sent)
        assert first == again
        assert len(replies(here)) == 1


async def test_a_gateway_that_fails_after_the_write_leaves_the_outcome_open(here: Square) -> None:
    """INVARIANT: a 5xx to a write is never taken for "not done"; a look finds what was done."""
    comment = here.comment("Wann?")
    network = here.network()
    await network.read(comment.id)
    for status in (500, 502, 503, 504):
        sent = outgoing(parent_id=comment.id, text=f"Um {status}.", key=f"k{status}")
        here.wire.next(Answer(status), method="POST", forwarded=True)
        with pytest.raises(OutcomeUnknown):
            await network.reply(sent)
        found = await network.find_reply(sent)
        assert found is not None
        assert found.text == sent.text


async def test_a_reply_is_found_though_its_parent_is_gone_and_much_was_said_since(
    here: Square,
) -> None:
    comment = here.comment("Wann?")
    sent = outgoing(parent_id=comment.id, text="Um 4.\n\nBis dann https://x.example/ü", key="a")
    network = here.network()
    posted = await network.reply(sent)
    for number in range(95):
        here.server.world.post(here.org, f"Beitrag {number}", visibility="public")
    here.server.world.delete(here.jana, comment.id)
    found = await network.find_reply(sent)
    assert found is not None
    assert found.native_id == posted.native_id


async def test_looking_for_a_reply_ends_where_it_was_approved(here: Square) -> None:
    comment = here.comment("Wann?")
    for number in range(130):
        old = here.server.world.post(here.org, f"Beitrag {number}", visibility="public")
        old.created_at -= timedelta(days=1)
    sent = outgoing(parent_id=comment.id, text="Um 4.", key="a", approved_at=datetime.now(UTC))
    assert await here.network().find_reply(sent) is None
    lists = [seen for seen in here.wire.seen if f"{here.org.id}/statuses" in seen.path]
    assert len(lists) == 1


async def test_what_another_person_said_is_not_taken_for_ours(here: Square) -> None:
    comment = here.comment("Wann?")
    here.comment("Um 4.", parent_id=comment.id)
    here.server.world.post(here.org, "@jana Um 4.", parent_id=here.root.id, visibility="public")
    sent = outgoing(parent_id=comment.id, text="Um 4.", key="a")
    assert await here.network().find_reply(sent) is None


async def test_nothing_is_sent_while_the_server_grants_nothing(here: Square) -> None:
    comment = here.comment("Wann?")
    network = here.network()
    await network.read(comment.id)
    now = datetime.now(UTC)
    spent = {
        "Date": now.strftime("%a, %d %b %Y %H:%M:%S GMT"),
        "X-RateLimit-Remaining": "0",
        "X-RateLimit-Reset": (now.replace(microsecond=0) + timedelta(seconds=42)).isoformat(),
    }
    here.wire.next(Answer(429, spent), method="POST")
    with pytest.raises(Temporary) as told:
        await network.reply(outgoing(parent_id=comment.id, text="Um 4.", key="a"))
    assert told.value.retry_after == 42
    writes = [seen for seen in here.wire.seen if seen.method == "POST"]
    with pytest.raises(Temporary) as known:
        await network.reply(outgoing(parent_id=comment.id, text="Um 4.", key="a"))
    assert known.value.retry_after == pytest.approx(42, abs=15)
    assert [seen for seen in here.wire.seen if seen.method == "POST"] == writes


async def test_a_redirect_is_not_followed(here: Square) -> None:
    """INVARIANT: the token goes to the server that was entered and to no other."""
    here.wire.next(Answer(301, {"Location": here.server.url}), path="/api/v1/statuses/x")
    with pytest.raises(Refused) as refused:
        await here.network().read("x")
    assert refused.value.code == "invalid"


async def test_an_answer_without_end_is_given_up(here: Square) -> None:
    here.wire.next(Answer(200, {}, b" " * (MAX_ANSWER + 1)), path="/api/v1/statuses/x")
    with pytest.raises(Temporary):
        await here.network().read("x")


async def test_an_answer_that_cannot_be_read_says_what_it_leaves_open(here: Square) -> None:
    comment = here.comment("Wann?")
    here.wire.next(Answer(200, {}, b"<html>"), path="/api/v1/statuses/x")
    with pytest.raises(Temporary):
        await here.network().read("x")
    here.wire.next(Answer(200, {}, b"<html>"), method="POST")
    with pytest.raises(OutcomeUnknown):
        await here.network().reply(outgoing(parent_id=comment.id, text="Um 4.", key="a"))


async def test_a_reply_is_found_though_the_server_shows_the_mention_otherwise(
    here: Square,
) -> None:
    """INVARIANT: how a server writes names, links and spaces makes nobody post twice."""
    eva = here.server.world.join("eva", host="andernorts.example")
    comment = here.comment("Wann?", by=eva)
    sent = outgoing(parent_id=comment.id, text="Um 4, @eva@andernorts.example!  Ja.", key="a")
    plain = outgoing(parent_id=comment.id, text="Um 5.", key="b")
    for one in (sent, plain):
        posted = await here.network().reply(one)
        reply = here.server.world.statuses[posted.native_id]
        mention = {"id": eva.id, "acct": eva.acct, "username": "eva", "url": "https://else.example"}
        reply.said_instead["mentions"] = [mention]
        found = await here.network().find_reply(one)
        assert found is not None
        assert found.native_id == posted.native_id


async def test_a_look_that_finds_no_end_leaves_it_to_a_person(here: Square) -> None:
    """A server that ignores `max_id` shows the same page for ever."""
    comment = here.comment("Wann?")
    here.server.world.post(here.org, "Etwas anderes", visibility="public")
    network = here.network()
    await network.read(comment.id)
    page = await here.client.get(
        f"{here.server.url}/api/v1/accounts/{here.org.id}/statuses",
        headers={"Authorization": f"Bearer {here.org.token}"},
    )
    same = Answer(200, {}, page.content)
    here.wire.next(same, path=f"{here.org.id}/statuses", times=60)
    with pytest.raises(Refused):
        await network.find_reply(outgoing(parent_id=comment.id, text="Um 4.", key="a"))
