"""The event stream of a real PDS: what concerns us is told once, and nothing gets lost."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import replace

import pytest
import pytest_asyncio

from schemas.inbound import Inbound, InboundEvent, InboundNotice
from services.networks.bluesky.records import POST
from services.networks.bluesky.settings import WatchedAccount
from services.networks.network import Network, Temporary, Unreadable
from tests.networks.bluesky_pds import Pds, join, stamp, the_pds
from tests.networks.bluesky_stage import QUICK, House, heard, of, open_house, told_of
from tests.networks.stage import PATIENCE, outgoing
from tests.networks.wire import Answer, Wire, wire_to

pytestmark = pytest.mark.asyncio(loop_scope="module")

NOBODY: tuple[dict[str, str], ...] = ()


@pytest.fixture(scope="module")
def pds(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Pds:
    return the_pds(request, tmp_path_factory)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(pds: Pds) -> AsyncIterator[House]:
    async with open_house(pds, firehose=True) as opened:
        yield opened


async def test_what_happened_while_we_were_away_is_told_in_order(house: House) -> None:
    """INVARIANT: a stream taken up by its cursor misses nothing and repeats nothing."""
    root = await house.org.post("Unser Sommerfest")
    first = await house.guest.post("eins", under=root)
    _, cursor = await heard(house.network(), of("comment.received", first["uri"]))
    second = await house.guest.post("zwei", under=root)
    await house.guest.edit(first["uri"], "eins, genauer")
    third = await house.guest.post("drei", under=second, root=root)
    await house.guest.remove(second["uri"])
    await house.org.gate(root, allow=NOBODY, hidden=[third["uri"]])
    blocked = await house.guest.block(house.org)
    await house.guest.remove(blocked)
    events, _ = await heard(house.network(), of("author.unblocked", house.guest.did), cursor)
    assert told_of(events, first["uri"]) == ["comment.edited"]
    assert told_of(events, second["uri"]) == ["comment.deleted"]
    assert told_of(events, third["uri"]) == ["comment.received", "comment.hidden"]
    assert told_of(events, root["uri"]) == ["thread.locked"]
    assert told_of(events, house.guest.did) == ["author.blocked", "author.unblocked"]


async def test_any_number_of_listeners_give_the_same_ids(house: House) -> None:
    """INVARIANT: the same event has the same id, whoever tells it and from wherever on."""
    root = await house.org.post("Noch ein Fest")
    comments = [await house.guest.post(f"Nummer {number}", under=root) for number in range(4)]
    await house.guest.edit(comments[1]["uri"], "Nummer eins, genauer")
    await house.guest.remove(comments[2]["uri"])
    await house.org.gate(root, allow=NOBODY)
    end = await house.guest.post("Ende", under=root)
    runs = [heard(house.network(), of("comment.received", end["uri"])) for _ in range(3)]
    told = [{event.id: event for event in events} for events, _ in await asyncio.gather(*runs)]
    assert told[0] == told[1] == told[2]
    assert len([event for event in told[0].values() if _root(event) == root["uri"]]) == 7


def _root(event: InboundEvent | InboundNotice) -> str | None:
    return event.data.root.native_id if isinstance(event, InboundEvent) else event.data.root_id


async def test_what_others_say_among_themselves_is_not_told(house: House, pds: Pds) -> None:
    other = await join(pds, house.client, "anderswo")
    theirs = await other.post("Mein Garten")
    reply = await house.guest.post("Schön!", under=theirs)
    mention = await house.guest.post(
        "Fragt doch den Verein",
        under=theirs,
        facets=[{
            "index": {"byteStart": 16, "byteEnd": 21},
            "features": [{"$type": "app.bsky.richtext.facet#mention", "did": house.org.did}],
        }],
    )  # fmt: skip
    events, _ = await heard(house.network(), of("comment.received", mention["uri"]))
    assert told_of(events, reply["uri"]) == []
    told = next(event for event in events if of("", mention["uri"])(event))
    assert isinstance(told, InboundEvent)
    assert (told.data.page.native_id, told.data.page.relation) == (other.did, "news")
    assert (told.data.root.text, told.data.parent_id) == ("Mein Garten", None)
    assert (told.data.page.name, told.data.author.handle) == (other.handle, house.guest.handle)


async def test_a_quote_of_ours_is_told_as_a_thread_of_its_own(house: House) -> None:
    ours = await house.org.post("Unser Aufruf")
    embed = {"$type": "app.bsky.embed.record", "record": ours}
    quote = await house.guest.post("Was soll das?", embed=embed)
    events, _ = await heard(house.network(), of("comment.received", quote["uri"]))
    told = next(event for event in events if of("", quote["uri"])(event))
    assert isinstance(told, InboundEvent)
    assert told.data.root.native_id == quote["uri"]


async def test_a_watched_page_is_told_with_our_relation_to_it(house: House, pds: Pds) -> None:
    ministry = await join(pds, house.client, "amt")
    root = await ministry.post("Neue Verordnung")
    comment = await house.guest.post("Warum?", under=root)
    watch = (WatchedAccount(account=f"@{ministry.handle}", relation="decision_maker"),)
    network = house.network(watch=watch)
    events, cursor = await heard(network, of("comment.received", comment["uri"]))
    told = next(event for event in events if of("", comment["uri"])(event))
    assert isinstance(told, InboundEvent)
    assert told.data.page.relation == "decision_maker"
    await ministry.gate(root, allow=NOBODY)
    await ministry.remove(root["uri"])
    events, _ = await heard(network, of("thread.deleted", root["uri"]), cursor)
    assert told_of(events, root["uri"]) == ["thread.locked", "thread.deleted"]


async def test_the_end_of_our_own_post_ends_its_thread(house: House) -> None:
    root = await house.org.post("Irrtum")
    comment = await house.guest.post("Aha?", under=root)
    _, cursor = await heard(house.network(), of("comment.received", comment["uri"]))
    posted = await house.network().reply(
        outgoing(parent_id=comment["uri"], text="Moment.", key="moment")
    )
    await house.network().delete(posted.native_id)
    await house.org.remove(root["uri"])
    events, _ = await heard(house.network(), of("thread.deleted", root["uri"]), cursor)
    assert told_of(events, root["uri"]) == ["thread.deleted"]
    assert told_of(events, posted.native_id) == ["comment.deleted"]


async def test_an_account_that_left_is_told_once_somebody_heard_of_it(
    house: House, pds: Pds
) -> None:
    root = await house.org.post("Wer bleibt?")
    leaving, stranger = await join(pds, house.client), await join(pds, house.client)
    comment = await leaving.post("Ich nicht.", under=root)
    _, cursor = await heard(house.network(), of("comment.received", comment["uri"]))
    await stranger.leave()
    await leaving.leave()
    events, _ = await heard(house.network(), of("author.gone", leaving.did), cursor)
    assert told_of(events, stranger.did) == []
    later, _ = await heard(house.network(), of("author.gone", leaving.did))
    assert told_of(later, comment["uri"]) == []


async def test_our_own_blocks_count_too(house: House, pds: Pds) -> None:
    troll = await join(pds, house.client, "troll")
    block = await house.org.block(troll)
    events, cursor = await heard(house.network(), of("author.blocked", troll.did))
    assert told_of(events, troll.did) == ["author.blocked"]
    await house.org.remove(block)
    events, _ = await heard(house.network(), of("author.unblocked", troll.did), cursor)
    assert told_of(events, troll.did) == ["author.unblocked"]


async def test_hidden_shown_and_hidden_again_are_three_events(house: House) -> None:
    root = await house.org.post("Bitte sachlich bleiben")
    comment = await house.guest.post("Grrr", under=root)
    network = house.network()
    for hidden in (True, False, True):
        await network.hide(comment["uri"], hidden=hidden)
    await house.org.gate(root, hidden=[comment["uri"]], allow=NOBODY)
    events, _ = await heard(network, of("thread.locked", root["uri"]))
    assert told_of(events, comment["uri"]) == [
        "comment.received", "comment.hidden", "comment.unhidden", "comment.hidden",
    ]  # fmt: skip
    assert len({event.id for event in events}) == len(events)


async def test_a_cursor_from_another_life_of_the_host_begins_anew(house: House) -> None:
    """INVARIANT: a host that was set up anew is heard from its start, not never again."""
    root = await house.org.post("Neu hier")
    comment = await house.guest.post("Willkommen", under=root)
    _, cursor = await heard(house.network(), of("comment.received", comment["uri"]))
    ahead = json.dumps({**json.loads(cursor), "seq": 10**9, "known": {}})
    events, again = await heard(house.network(), of("", comment["uri"]), ahead)
    assert told_of(events, comment["uri"]) == ["comment.received"]
    assert json.loads(again)["seq"] < 10**9


async def test_a_cursor_of_another_host_is_not_taken_for_ours(house: House, pds: Pds) -> None:
    root = await house.org.post("Umgezogen")
    comment = await house.guest.post("Hierher", under=root)
    elsewhere = house.network(firehose=pds.url)
    _, cursor = await heard(elsewhere, of("comment.received", comment["uri"]))
    second = await house.guest.post("Und jetzt?", under=root)
    events, again = await heard(house.network(), of("", second["uri"]), cursor)
    assert told_of(events, comment["uri"]) == []
    assert json.loads(again)["host"] == house.wire.url


async def test_a_broken_stream_is_taken_up_again_where_it_broke(house: House) -> None:
    root = await house.org.post("Wackelkontakt")
    first = await house.guest.post("vorher", under=root)
    cursor = await _until_it_breaks(house, of("", first["uri"]))
    second = await house.guest.post("nachher", under=root)
    events, _ = await heard(house.network(), of("comment.received", second["uri"]), cursor)
    assert told_of(events, first["uri"]) == []


async def _until_it_breaks(house: House, wanted: Callable[[Inbound], bool]) -> str:
    """Cut the wire when something wanted was told; return the cursor behind it."""
    cursor = ""
    async with asyncio.timeout(PATIENCE):
        try:
            async for batch in house.network().listen(None):
                cursor = batch.cursor
                if any(wanted(event) for event in batch.events):
                    house.wire.cut()
        except Temporary:
            return cursor
    raise AssertionError("listening ended without a fault")


async def test_a_refused_stream_is_worth_another_try(house: House) -> None:
    house.wire.next(Answer(503), path="subscribeRepos")
    with pytest.raises(Temporary):
        await heard(house.network(), lambda _: True)


async def test_a_dead_stream_is_noticed_although_nobody_closed_it(house: House, pds: Pds) -> None:
    """INVARIANT: a stream whose pings stay unanswered is given up, however quiet it was before."""
    async with wire_to(pds.url) as wire:
        network = house.network(firehose=wire.url, rhythm=replace(QUICK, ping=0.3))
        comment = await house.guest.post("Noch da?", under=await house.org.post("Funkstille"))
        async with asyncio.timeout(PATIENCE):
            with pytest.raises(Temporary):
                await _listen_freezing(network, of("", comment["uri"]), wire)


async def _listen_freezing(network: Network, wanted: Callable[[Inbound], bool], wire: Wire) -> None:
    async for batch in network.listen(None):
        if any(wanted(event) for event in batch.events):
            wire.freeze()


async def test_a_quiet_stream_is_alive_and_its_cursor_moves(house: House) -> None:
    """INVARIANT: silence is no fault, and a restart does not read the silence again."""
    root = await house.org.post("Ruhe bitte")
    comment = await house.guest.post("Pst", under=root)
    _, cursor = await heard(house.network(), of("", comment["uri"]))
    await house.guest.post("Selbstgespräch")
    async with asyncio.timeout(PATIENCE):
        async for batch in house.network().listen(cursor):
            assert batch.events == []
            if json.loads(batch.cursor)["seq"] > json.loads(cursor)["seq"]:
                return


async def test_what_is_older_than_the_look_back_is_not_told(house: House) -> None:
    root = await house.org.post("Lange her")
    old = await house.guest.post("Schnee von gestern", under=root)
    since = stamp()
    news = await house.guest.post("Frisch gefallen", under=root)
    start = json.dumps({"since": since, "noted": since})
    events, _ = await heard(house.network(), of("", news["uri"]), start)
    assert told_of(events, old["uri"]) == []


async def test_what_is_said_to_us_but_cannot_be_read_is_put_aside(house: House) -> None:
    """The PDS takes any record that its own lexicon allows; ours must not stop the stream."""
    root = await house.org.post("Alles erlaubt")
    picture = await house.guest.post("", under=root)
    reply = {"root": root, "parent": root}
    for spoilt in (
        {"text": 7, "reply": reply},
        {"text": "x", "reply": {"root": root, "parent": "odd"}},
        {"text": "x", "reply": reply, "facets": [{"features": 5}, 3], "embed": [1]},
        {"text": "x", "reply": reply, "createdAt": {"odd": True}, "langs": 4},
    ):
        record = {"$type": POST, "createdAt": stamp(), **spoilt}
        await house.guest.call(
            "com.atproto.repo.createRecord",
            {"repo": house.guest.did, "collection": POST, "validate": False, "record": record},
        )
    end = await house.guest.post("Schluss", under=root)
    unreadable: list[Unreadable] = []
    async with asyncio.timeout(PATIENCE):
        async for batch in house.network().listen(None):
            unreadable += batch.unreadable
            assert told_of(batch.events, picture["uri"]) == []
            if any(of("", end["uri"])(event) for event in batch.events):
                break
    assert [json.loads(one.raw)["text"] for one in unreadable] == [7, "x"]
    standing = await house.network().read(end["uri"])
    assert standing is not None
