"""What became of a comment, and whether anybody would see our answer: with and without AppView.

The PDS takes a reply that a block or a gate keeps from everybody's eyes, so only the look before
and after posting notices.
"""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest
import pytest_asyncio

from services.networks.bluesky.outcome import Said
from services.networks.bluesky.standing import read_shown
from services.networks.network import Standing, Temporary
from tests.networks.bluesky_appview import running_view
from tests.networks.bluesky_pds import Pds, fresh_key, join, stamp, the_pds
from tests.networks.bluesky_stage import House, open_house
from tests.networks.stage import outgoing
from tests.networks.wire import Answer

pytestmark = pytest.mark.asyncio(loop_scope="module")

RULE = "app.bsky.feed.threadgate#"
ITEM = "app.bsky.unspecced.defs#threadItem"
FOLLOW = "app.bsky.graph.follow"


@pytest.fixture(scope="module")
def pds(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Pds:
    return the_pds(request, tmp_path_factory)


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=["records", "appview"])
async def house(pds: Pds, request: pytest.FixtureRequest) -> AsyncIterator[House]:
    async with AsyncExitStack() as opened:
        if request.param == "appview":
            await opened.enter_async_context(running_view(pds))
        yield await opened.enter_async_context(open_house(pds, firehose=True))


async def _standing(house: House, uri: str) -> Standing:
    standing = await house.network().read(uri)
    assert standing is not None
    return standing


async def test_a_comment_can_be_answered_until_its_author_changes_it(house: House) -> None:
    """INVARIANT: what happened between reading and answering is noticed."""
    root = await house.org.post("Unser Aufruf")
    comment = await house.guest.post("Wirklich?", under=root)
    before = await _standing(house, comment["uri"])
    assert (before.revision, before.text) == (comment["cid"], "Wirklich?")
    assert (before.can_reply, before.why_not) == (True, None)
    edited = await house.guest.edit(comment["uri"], "Wirklich wahr?")
    after = await _standing(house, comment["uri"])
    assert (after.revision, after.text) == (edited["cid"], "Wirklich wahr?")
    await house.guest.remove(comment["uri"])
    assert await house.network().read(comment["uri"]) is None


@pytest.mark.parametrize("by_us", [False, True])
async def test_nobody_answers_across_a_block(house: House, pds: Pds, *, by_us: bool) -> None:
    """INVARIANT: a reply that its reader cannot see is not sent, and counts as not shown."""
    troll = await join(pds, house.client, "troll")
    root = await house.org.post("Unser Aufruf")
    comment = await troll.post("Pah", under=root)
    answered = await house.network().reply(
        outgoing(parent_id=comment["uri"], text="Nun.", key=comment["cid"])
    )
    assert await house.network().read(answered.native_id) is not None
    await (house.org.block(troll) if by_us else troll.block(house.org))
    standing = await _standing(house, comment["uri"])
    assert (standing.can_reply, standing.why_not) == (False, "blocked")
    assert (standing.revision, standing.text) == (comment["cid"], "Pah")
    assert await house.network().read(answered.native_id) is None


async def test_nobody_answers_in_a_thread_whose_owner_blocks_us(house: House, pds: Pds) -> None:
    owner = await join(pds, house.client, "amt")
    root = await owner.post("Verordnung")
    comment = await house.guest.post("Warum?", under=root)
    assert (await _standing(house, comment["uri"])).can_reply
    await owner.block(house.org)
    assert (await _standing(house, comment["uri"])).why_not == "blocked"


async def test_a_closed_thread_is_closed_to_us_unless_it_is_ours(house: House, pds: Pds) -> None:
    owner = await join(pds, house.client, "amt")
    theirs, ours = await owner.post("Verordnung"), await house.org.post("Aufruf")
    under_theirs = await house.guest.post("Warum?", under=theirs)
    under_ours = await house.guest.post("Warum?", under=ours)
    for person, root in ((owner, theirs), (house.org, ours)):
        await person.gate(root, allow=())
    locked = await _standing(house, under_theirs["uri"])
    assert (locked.can_reply, locked.why_not) == (False, "locked")
    assert (await _standing(house, under_ours["uri"])).can_reply
    invisible = await house.network().reply(
        outgoing(parent_id=under_theirs["uri"], text="Darum.", key=under_theirs["cid"])
    )
    assert await house.network().read(invisible.native_id) is None


async def test_what_we_hid_is_not_answered(house: House) -> None:
    root = await house.org.post("Aufruf")
    comment = await house.guest.post("Grrr", under=root)
    await house.network().hide(comment["uri"], hidden=True)
    standing = await _standing(house, comment["uri"])
    assert (standing.can_reply, standing.why_not) == (False, "hidden")
    await house.network().hide(comment["uri"], hidden=False)
    assert (await _standing(house, comment["uri"])).can_reply


async def test_a_thread_without_its_opening_post_is_over(house: House) -> None:
    root = await house.org.post("Irrtum")
    comment = await house.guest.post("Aha", under=root)
    await house.org.remove(root["uri"])
    assert (await _standing(house, comment["uri"])).why_not == "locked"


async def test_a_deleted_comment_in_between_keeps_nobody_from_answering(house: House) -> None:
    root = await house.org.post("Aufruf")
    between = await house.guest.post("Hm", under=root)
    comment = await house.guest.post("Oder doch?", under=between, root=root)
    await house.guest.remove(between["uri"])
    assert (await _standing(house, comment["uri"])).can_reply
    posted = await house.network().reply(
        outgoing(parent_id=comment["uri"], text="Doch.", key=comment["cid"])
    )
    assert await house.network().read(posted.native_id) is not None


async def test_an_account_that_left_took_its_comments_along(house: House, pds: Pds) -> None:
    leaving = await join(pds, house.client)
    comment = await leaving.post("Tschüss", under=await house.org.post("Aufruf"))
    await leaving.leave()
    assert await house.network().read(comment["uri"]) is None


@pytest.mark.parametrize("house", ["records"], indirect=True)
async def test_the_rules_of_a_gate_are_read_from_the_records(house: House, pds: Pds) -> None:
    """Without an AppView nobody else tells whether we are among those who may reply."""
    owner = await join(pds, house.client, "amt")
    mention = {"$type": "app.bsky.richtext.facet#mention", "did": house.org.did}
    root = await owner.post(
        "Fragt den Verein",
        facets=[{"index": {"byteStart": 0, "byteEnd": 5}, "features": [mention]}],
    )
    comment = await house.guest.post("Wen?", under=root)
    listed = await owner.put(
        "app.bsky.graph.list", fresh_key(),
        {"$type": "app.bsky.graph.list", "purpose": "app.bsky.graph.defs#curatelist",
         "name": "Vereine", "createdAt": stamp()},
    )  # fmt: skip

    async def may(rule: dict[str, str]) -> bool:
        await owner.gate(root, allow=[rule])
        return (await _standing(house, comment["uri"])).can_reply

    async def follow(who: str, person: object) -> None:
        record = {"$type": FOLLOW, "subject": who, "createdAt": stamp()}
        assert isinstance(person, type(owner))
        await person.put(FOLLOW, fresh_key(), record)

    assert await may({"$type": f"{RULE}mentionRule"})
    assert not await may({"$type": f"{RULE}followingRule"})
    await follow(house.org.did, owner)
    assert await may({"$type": f"{RULE}followingRule"})
    assert not await may({"$type": f"{RULE}followerRule"})
    await follow(owner.did, house.org)
    assert await may({"$type": f"{RULE}followerRule"})
    by_list = {"$type": f"{RULE}listRule", "list": listed["uri"]}
    assert not await may(by_list)
    await owner.put(
        "app.bsky.graph.listitem", fresh_key(),
        {"$type": "app.bsky.graph.listitem", "subject": house.org.did, "list": listed["uri"],
         "createdAt": stamp()},
    )  # fmt: skip
    assert await may(by_list)
    assert not await may({"$type": f"{RULE}ruleOfTomorrow"})


async def test_a_post_nobody_can_look_up_now_is_asked_for_later(house: House) -> None:
    """INVARIANT: "cannot tell" is not "gone"."""
    root = await house.org.post("Aufruf")
    house.wire.next(Answer(502, {}, b'{"error":"UpstreamFailure"}'), path="getPostThreadV2")
    house.wire.next(Answer(503), path="getRecord")
    with pytest.raises(Temporary):
        await house.network().read(root["uri"])
    house.wire.next(Answer(500, {}, b'{"error":"InternalServerError"}'), path="getPostThreadV2")
    with pytest.raises(Temporary):
        await house.network().read(root["uri"])


@pytest.mark.parametrize("kind", ["NotFound", "NoUnauthenticated", "OfTomorrow"])
async def test_what_the_appview_does_not_show_is_not_there(kind: str) -> None:
    value = {"$type": f"{ITEM}{kind}"}
    assert read_shown(Said(200, {}, {"thread": [{"depth": 0, "value": value}]})).missing
    assert read_shown(Said(200, {}, {"thread": []})).missing
    assert read_shown(Said(200, {}, {"thread": [{"depth": 0, "value": None}]})).missing


@pytest.mark.parametrize(("by_list", "why_not"), [({}, None), ({"uri": "at://l"}, "blocked")])
async def test_a_block_by_a_list_is_a_block(by_list: dict[str, str], why_not: str | None) -> None:
    post = {"cid": "c", "author": {"viewer": {"blockingByList": by_list}}}
    value = {"$type": f"{ITEM}Post", "post": post}
    shown = read_shown(Said(200, {}, {"thread": [{"depth": 0, "value": value}]}))
    assert shown.why_not == why_not
