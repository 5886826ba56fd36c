"""A reply reaches a real PDS once, under the right posts, with links where they belong."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio

from services.networks.bluesky.records import POST, reply_key
from services.networks.network import OutcomeUnknown, Outgoing, Refused, Temporary
from tests.networks.bluesky_pds import Pds, the_pds
from tests.networks.bluesky_stage import WRITE, House, open_house
from tests.networks.stage import outgoing
from tests.networks.wire import Answer, LoseAnswer, LoseRequest

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.fixture(scope="module")
def pds(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Pds:
    return the_pds(request, tmp_path_factory)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(pds: Pds) -> AsyncIterator[House]:
    async with open_house(pds, firehose=True) as opened:
        yield opened


async def _comment(house: House, text: str = "Wann denn?") -> tuple[dict[str, str], dict[str, str]]:
    root = await house.org.post("Unser Sommerfest steht an.")
    return root, await house.guest.post(text, under=root)


async def _ours_under(house: House, parent: str) -> list[dict[str, Any]]:
    return [
        record
        for record in await house.org.records(POST)
        if record["value"].get("reply", {}).get("parent", {}).get("uri") == parent
    ]


async def test_a_reply_names_the_comment_and_the_post_that_opened_the_thread(house: House) -> None:
    root, comment = await _comment(house)
    deeper = await house.guest.post("Und wo?", under=comment, root=root)
    approved_at = datetime(2026, 11, 22, 15, 0, 0, 123456, tzinfo=UTC)
    text = "Grüße 👩‍👩‍👧‍👦: https://example.org/ä, @" + house.guest.handle
    wanted = Outgoing(deeper["uri"], text, "tief", approved_at, "public", "de")
    posted = await house.network().reply(wanted)
    record = (await _ours_under(house, deeper["uri"]))[0]["value"]
    assert record["reply"] == {"root": root, "parent": deeper}
    assert record["langs"] == ["de"]
    assert record["createdAt"] == "2026-11-22T15:00:00.123456Z"
    assert posted.posted_at == approved_at
    assert posted.native_id.endswith(reply_key("tief", approved_at))
    link, mention = record["facets"]
    assert link["features"][0]["uri"] == "https://example.org/ä"
    assert mention["features"][0]["did"] == house.guest.did
    index = mention["index"]
    named = text.encode()[index["byteStart"] : index["byteEnd"]]
    assert named.decode() == f"@{house.guest.handle}"


async def test_however_often_it_is_tried_it_stands_once(house: House) -> None:
    """INVARIANT: a connection that breaks after the network took the reply makes no second one."""
    _, comment = await _comment(house)
    wanted = outgoing(parent_id=comment["uri"], text="Um 15 Uhr.", key="einmal")
    house.wire.next(LoseRequest(), path=WRITE)
    house.wire.next(LoseAnswer(), path=WRITE)
    house.wire.next(Answer(502), path=WRITE, forwarded=True)
    for _ in range(3):
        with pytest.raises(OutcomeUnknown):
            await house.network().reply(wanted)
    tries = [house.network().reply(wanted) for _ in range(5)]
    posted = {one.native_id for one in await asyncio.gather(*tries)}
    assert len(posted) == 1
    assert len(await _ours_under(house, comment["uri"])) == 1
    assert (await house.network().reply(wanted)).native_id in posted


async def test_a_reply_is_never_repeated_by_itself(house: House) -> None:
    """INVARIANT: one call of `reply` is one write."""
    _, comment = await _comment(house)
    writes = len([one for one in house.wire.seen if WRITE in one.path])
    house.wire.next(LoseRequest(), path=WRITE)
    with pytest.raises(OutcomeUnknown):
        await house.network().reply(outgoing(parent_id=comment["uri"], text="Ja", key="ruhig"))
    assert len([one for one in house.wire.seen if WRITE in one.path]) == writes + 1


async def test_an_edit_between_two_tries_makes_no_second_reply(house: House) -> None:
    _, comment = await _comment(house)
    wanted = outgoing(parent_id=comment["uri"], text="Ja.", key="zwischendurch")
    house.wire.next(LoseAnswer(), path=WRITE)
    with pytest.raises(OutcomeUnknown):
        await house.network().reply(wanted)
    await house.guest.edit(comment["uri"], "Wann genau?")
    posted = await house.network().reply(wanted)
    assert [one["uri"] for one in await _ours_under(house, comment["uri"])] == [posted.native_id]


async def test_a_key_that_is_taken_by_something_else_is_refused(house: House) -> None:
    _, comment = await _comment(house)
    at = datetime.now(UTC)
    first = outgoing(parent_id=comment["uri"], text="Ja.", key="doppelt", approved_at=at)
    await house.network().reply(first)
    other = outgoing(parent_id=comment["uri"], text="Nein.", key="doppelt", approved_at=at)
    assert await house.network().find_reply(other) is None
    with pytest.raises(Refused) as refused:
        await house.network().reply(other)
    assert refused.value.code == "invalid"


async def test_the_second_limit_counts_bytes(house: House) -> None:
    _, comment = await _comment(house)
    family = "👩‍👩‍👧‍👦"
    fitting = family * 119
    assert len(fitting.encode()) == 2975
    await house.network().reply(outgoing(parent_id=comment["uri"], text=fitting, key="passt"))
    long = outgoing(parent_id=comment["uri"], text=family * 121, key="passt nicht")
    with pytest.raises(Refused) as refused:
        await house.network().reply(long)
    assert refused.value.code == "too_long"


async def test_what_the_server_itself_finds_too_long_is_refused_as_such(house: House) -> None:
    """The server may count graphemes by another edition of Unicode than we do."""
    _, comment = await _comment(house)
    body = b'{"error":"InvalidRequest","message":"grapheme too big (maximum 300, got 301)"}'
    house.wire.next(Answer(400, {"Content-Type": "application/json"}, body), path=WRITE)
    with pytest.raises(Refused) as refused:
        await house.network().reply(outgoing(parent_id=comment["uri"], text="Ja", key="zaehlung"))
    assert refused.value.code == "too_long"


async def test_nothing_is_written_in_private_or_under_nonsense(house: House) -> None:
    _, comment = await _comment(house)
    with pytest.raises(Refused) as refused:
        await house.network().reply(
            outgoing(parent_id=comment["uri"], text="x", key="p", visibility="followers")
        )
    assert refused.value.code == "not_public"
    with pytest.raises(Refused) as refused:
        await house.network().reply(outgoing(parent_id="kein Beitrag", text="x", key="q"))
    assert refused.value.code == "gone"
    assert await house.network().read("kein Beitrag") is None
    with pytest.raises(Refused):
        await house.network().delete("kein Beitrag")


async def test_the_mention_of_an_unknown_account_stays_text(house: House) -> None:
    _, comment = await _comment(house)
    text = "Fragt @niemand-hier.test"
    await house.network().reply(outgoing(parent_id=comment["uri"], text=text, key="unbekannt"))
    assert "facets" not in (await _ours_under(house, comment["uri"]))[0]["value"]


async def test_only_ours_can_be_deleted(house: House) -> None:
    _, comment = await _comment(house)
    with pytest.raises(Refused) as refused:
        await house.network().delete(comment["uri"])
    assert refused.value.code == "scope"
    assert await house.network().read(comment["uri"]) is not None


async def test_a_spent_rate_limit_is_not_tried_before_its_reset(house: House) -> None:
    """INVARIANT: after `remaining: 0` nothing is asked until the server counts anew."""
    _, comment = await _comment(house)
    reset = int((datetime.now(UTC) + timedelta(seconds=90)).timestamp())
    headers = {"RateLimit-Remaining": "0", "RateLimit-Reset": str(reset)}
    house.wire.next(Answer(429, headers), path=WRITE)
    network = house.network()
    wanted = outgoing(parent_id=comment["uri"], text="Ja.", key="erschoepft")
    for _ in range(2):
        with pytest.raises(Temporary) as refused:
            await network.reply(wanted)
        assert refused.value.retry_after is not None
        assert 60 < refused.value.retry_after <= 90
    writes = [one for one in house.wire.seen if WRITE in one.path]
    await house.network().reply(wanted)
    assert len([one for one in house.wire.seen if WRITE in one.path]) == len(writes) + 1


async def test_hiding_is_a_line_in_the_threads_gate(house: House) -> None:
    root, comment = await _comment(house)
    other = await house.guest.post("Und noch eins", under=root)
    await house.org.gate(root, allow=[{"$type": "app.bsky.feed.threadgate#mentionRule"}])
    network = house.network()
    assert await network.hide(comment["uri"], hidden=True)
    assert await network.hide(comment["uri"], hidden=True)
    house.wire.next(Answer(400, {}, b'{"error":"InvalidSwap"}'), path=WRITE)
    assert await network.hide(other["uri"], hidden=True)
    assert await network.hide(comment["uri"], hidden=False)
    gates = await house.org.records("app.bsky.feed.threadgate")
    gate = next(one["value"] for one in gates if one["value"]["post"] == root["uri"])
    assert gate["hiddenReplies"] == [other["uri"]]
    assert gate["allow"] == [{"$type": "app.bsky.feed.threadgate#mentionRule"}]


async def test_only_in_our_own_threads_something_can_be_hidden(house: House) -> None:
    theirs = await house.guest.post("Mein Beitrag")
    ours = await house.org.post("Unser Kommentar", under=theirs)
    for uri in (theirs["uri"], ours["uri"]):
        with pytest.raises(Refused) as refused:
            await house.network().hide(uri, hidden=True)
        assert refused.value.code == "scope"
    await house.org.remove(ours["uri"])
    with pytest.raises(Refused) as refused:
        await house.network().hide(ours["uri"], hidden=True)
    assert refused.value.code == "gone"
