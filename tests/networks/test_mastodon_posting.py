"""Replies: to whom, how public, exactly once, and what each refusal means."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
import pytest_asyncio

from schemas.inbound import Visibility
from services.networks.network import OutcomeUnknown, Refused
from tests.networks.mastodon_server import Server, mastodon_server
from tests.networks.mastodon_square import Square, square
from tests.networks.mastodon_world import GOTOSOCIAL, MASTODON, Flavour, Status
from tests.networks.stage import outgoing
from tests.networks.wire import LoseAnswer

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


async def test_the_person_answered_is_mentioned_and_notified(here: Square) -> None:
    comment = here.comment("Wann?")
    posted = await here.network().reply(outgoing(parent_id=comment.id, text="Um 4.", key="a"))
    assert [reply.text for reply in replies(here)] == ["@jana Um 4."]
    assert [n.about.text for n in here.server.world.notifications if n.to is here.jana] == [
        "@jana Um 4."
    ]
    assert posted.text == "Um 4."


async def test_a_text_that_mentions_them_already_is_left_alone(here: Square) -> None:
    comment = here.comment("Wann?")
    await here.network().reply(outgoing(parent_id=comment.id, text="Hallo @Jana, um 4.", key="a"))
    assert [reply.text for reply in replies(here)] == ["Hallo @Jana, um 4."]


async def test_people_from_elsewhere_are_mentioned_with_their_host(here: Square) -> None:
    eva = here.server.world.join("eva", host="andernorts.example")
    comment = here.comment("Wann?", by=eva)
    sent = outgoing(parent_id=comment.id, text="Um 4.", key="a")
    posted = await here.network().reply(sent)
    assert replies(here)[0].text == "@eva@andernorts.example Um 4."
    assert posted.text == "Um 4."
    assert await here.network().find_reply(sent) == posted


async def test_a_content_warning_is_repeated_and_counts(here: Square) -> None:
    comment = here.comment("Meinung", spoiler="Politik")
    network = here.network()
    await network.reply(outgoing(parent_id=comment.id, text="Danke.", key="a"))
    assert (replies(here)[0].spoiler, replies(here)[0].sensitive) == ("Politik", True)
    long_warned = here.comment("Meinung", spoiler="x" * 60)
    longest = "ä" * network.capabilities.max_length
    with pytest.raises(Refused) as refused:
        await network.reply(outgoing(parent_id=long_warned.id, text=longest, key="b"))
    assert refused.value.code == "too_long"
    assert len(replies(here)) == 1


@pytest.mark.parametrize(
    ("theirs", "ours", "posted"),
    [
        ("public", "public", "public"),
        ("public", "unlisted", "unlisted"),
        ("unlisted", "unlisted", "unlisted"),
        ("direct", "direct", "direct"),
        ("unlisted", "public", None),
        ("private", "public", None),
        ("private", "unlisted", None),
        ("private", "followers", None),
        ("direct", "public", None),
        ("direct", "unlisted", None),
        ("public", "unknown", None),
        ("local", "public", None),
    ],
)
async def test_a_reply_is_never_more_public_than_what_it_answers(
    server: Server, theirs: str, ours: Visibility, posted: str | None
) -> None:
    """INVARIANT: what was not said to everybody is not answered before everybody."""
    async with square(server, MASTODON) as here:
        comment = here.comment("Wann?", visibility=theirs)
        comment.visibility = theirs
        sent = outgoing(parent_id=comment.id, text="Um 4.", key="a", visibility=ours)
        if posted is None:
            with pytest.raises(Refused):
                await here.network().reply(sent)
            assert replies(here) == []
            assert not [seen for seen in here.wire.seen if seen.method == "POST"]
        else:
            await here.network().reply(sent)
            assert [reply.visibility for reply in replies(here)] == [posted]


@pytest.mark.parametrize(
    "whim",
    [replace(MASTODON, forced_visibility="unlisted"), replace(MASTODON, ignores_parent=True)],
    ids=["visibility", "parent"],
)
async def test_a_reply_that_the_server_publishes_otherwise_is_taken_down(
    server: Server,
    whim: Flavour,
) -> None:
    """INVARIANT: a reply stands as it was meant to, or not at all."""
    async with square(server, MASTODON) as here:
        comment = here.comment("Wann?")
        here.server.world.flavour = whim
        with pytest.raises(Refused) as refused:
            await here.network().reply(outgoing(parent_id=comment.id, text="Um 4.", key="a"))
        assert refused.value.code == "invalid"
        ours = [s for s in here.server.world.statuses.values() if s.text == "@jana Um 4."]
        assert [status.deleted for status in ours] == [True]


async def test_a_reply_that_cannot_be_taken_down_is_an_unknown_outcome(server: Server) -> None:
    async with square(server, MASTODON) as here:
        comment = here.comment("Wann?")
        here.server.world.flavour = replace(MASTODON, forced_visibility="unlisted")
        here.wire.next(LoseAnswer(), method="DELETE")
        with pytest.raises(OutcomeUnknown):
            await here.network().reply(outgoing(parent_id=comment.id, text="Um 4.", key="a"))


async def test_a_block_is_told_from_a_deletion(here: Square) -> None:
    """Servers hide what a blocker wrote as if it were gone."""
    comment, gone = here.comment("Wann?"), here.comment("Wo?")
    here.server.world.delete(here.jana, gone.id)
    here.server.world.blocks.add((here.jana.id, here.org.id))
    network = here.network()
    standing = await network.read(comment.id)
    assert standing is not None
    assert (standing.can_reply, standing.why_not) == (False, "blocked")
    assert standing.text == "Wann?"
    assert await network.read(gone.id) is None
    codes = []
    for parent_id in (comment.id, gone.id):
        with pytest.raises(Refused) as refused:
            await network.reply(outgoing(parent_id=parent_id, text="Um 4.", key=parent_id))
        codes.append(refused.value.code)
    assert codes == ["blocked", "gone"]


async def test_whom_we_block_we_do_not_answer(here: Square) -> None:
    comment = here.comment("Wann?")
    here.server.world.blocks.add((here.org.id, here.jana.id))
    standing = await here.network().read(comment.id)
    assert standing is not None
    assert standing.why_not == "blocked"


async def test_a_comment_whose_author_allows_no_replies_is_locked(here: Square) -> None:
    comment = here.comment("Wann?")
    comment.reply_policy = ["followers"]
    network = here.network()
    standing = await network.read(comment.id)
    assert standing is not None
    assert (standing.can_reply, standing.why_not) == (False, "locked")
    with pytest.raises(Refused) as refused:
        await network.reply(outgoing(parent_id=comment.id, text="Um 4.", key="a"))
    assert refused.value.code == "locked"


async def test_a_server_that_counts_every_character_says_too_long(server: Server) -> None:
    async with square(server, replace(GOTOSOCIAL, max_characters=100)) as here:
        eva = here.server.world.join("eva", host="ein.sehr.langer.rechnername.andernorts.example")
        comment = here.comment("Wann?", by=eva)
        with pytest.raises(Refused) as refused:
            await here.network().reply(outgoing(parent_id=comment.id, text="ä" * 68, key="a"))
        assert refused.value.code == "too_long"


async def test_an_empty_reply_is_not_sent(here: Square) -> None:
    comment = here.comment("Wann?")
    with pytest.raises(Refused) as refused:
        await here.network().reply(outgoing(parent_id=comment.id, text=" \n", key="a"))
    assert refused.value.code == "invalid"


async def test_a_token_without_the_right_to_write_lacks_scope(here: Square) -> None:
    comment = here.comment("Wann?")
    here.org.scopes = ("read",)
    with pytest.raises(Refused) as refused:
        await here.network().reply(outgoing(parent_id=comment.id, text="Um 4.", key="a"))
    assert refused.value.code == "scope"


async def test_no_message_holds_the_token(here: Square) -> None:
    """INVARIANT: secrets are in no error and no representation."""
    here.org.token = "another-secret"
    network = here.network()
    here.org.token = "changed-meanwhile"
    with pytest.raises(Refused) as refused:
        await network.read("x")
    assert refused.value.code == "token"
    shown = f"{refused.value!r} {refused.value.__cause__!r} {network._settings!r} {network!r}"
    assert "another-secret" not in shown


async def test_nothing_can_be_hidden(here: Square) -> None:
    comment = here.comment("Wann?")
    network = here.network()
    assert not network.capabilities.hide
    with pytest.raises(Refused):
        await network.hide(comment.id, hidden=True)


async def test_what_is_not_ours_is_not_deleted(here: Square) -> None:
    comment = here.comment("Wann?")
    await here.network().delete(comment.id)
    assert not comment.deleted
