"""Notifications and visits to threads, through a real PDS to what stands in for its AppView."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest
import pytest_asyncio

from schemas.inbound import InboundEvent
from services.networks.bluesky.listening import Rhythm
from services.networks.bluesky.memory import Visited
from services.networks.bluesky.pace import DECAY
from services.networks.bluesky.records import PROFILE
from services.networks.bluesky.settings import WatchedAccount
from services.networks.bluesky.view import View
from services.networks.network import Temporary
from tests.networks.bluesky_appview import AppView, running_view
from tests.networks.bluesky_pds import Pds, join, stamp, the_pds
from tests.networks.bluesky_stage import QUICK, House, heard, heard_all, of, open_house, told_of
from tests.networks.stage import PATIENCE
from tests.networks.wire import Answer

pytestmark = pytest.mark.asyncio(loop_scope="module")

THREAD = "getPostThreadV2"
NO_VIEW = Answer(502, {}, b'{"error":"UpstreamFailure","message":"Upstream service unreachable"}')


@pytest.fixture(scope="module")
def pds(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Pds:
    return the_pds(request, tmp_path_factory)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def view(pds: Pds) -> AsyncIterator[AppView]:
    async with running_view(pds) as opened:
        yield opened


@pytest_asyncio.fixture(loop_scope="module")
async def house(pds: Pds, view: AppView) -> AsyncIterator[House]:
    async with open_house(pds, firehose=False) as opened:
        yield opened


async def test_what_happened_while_we_were_away_is_found_in_the_thread(house: House) -> None:
    """INVARIANT: edits and deletions are noticed although no notification tells them."""
    root = await house.org.post("Unser Sommerfest")
    first = await house.guest.post("eins", under=root)
    second = await house.guest.post("zwei", under=first, root=root)
    network = house.network()
    _, cursor = await heard(network, of("comment.received", second["uri"]))
    await house.guest.edit(first["uri"], "eins, genauer")
    await house.guest.remove(second["uri"])
    third = await house.guest.post("drei", under=root)
    await house.org.gate(root, allow=(), hidden=[third["uri"]])
    events, cursor = await heard(house.network(), of("comment.deleted", second["uri"]), cursor)
    assert told_of(events, first["uri"]) == ["comment.edited"]
    assert told_of(events, second["uri"]) == ["comment.deleted"]
    assert told_of(events, third["uri"]) == ["comment.received", "comment.hidden"]
    assert told_of(events, root["uri"]) == ["thread.locked"]
    await house.org.gate(root)
    events, _ = await heard(house.network(), of("thread.unlocked", root["uri"]), cursor)
    assert told_of(events, third["uri"]) == ["comment.unhidden"]


async def test_who_blocks_us_disappears_and_comes_back(house: House, pds: Pds) -> None:
    root = await house.org.post("Aufruf")
    comment = await house.guest.post("Hm", under=root)
    network = house.network()
    _, cursor = await heard(network, of("comment.received", comment["uri"]))
    block = await house.guest.block(house.org)
    events, cursor = await heard(network, of("author.blocked", house.guest.did), cursor)
    assert told_of(events, comment["uri"]) == []
    await house.guest.remove(block)
    events, _ = await heard(network, of("author.unblocked", house.guest.did), cursor)
    assert told_of(events, house.guest.did) == ["author.unblocked"]
    assert told_of(events, comment["uri"]) == []


async def test_the_end_of_our_own_post_ends_its_thread(house: House) -> None:
    root = await house.org.post("Irrtum")
    comment = await house.guest.post("Aha", under=root)
    _, cursor = await heard(house.network(), of("comment.received", comment["uri"]))
    await house.org.remove(root["uri"])
    events, _ = await heard(house.network(), of("thread.deleted", root["uri"]), cursor)
    assert told_of(events, comment["uri"]) == []


async def test_a_watched_page_is_visited_and_told_with_our_relation_to_it(
    house: House, pds: Pds
) -> None:
    ministry = await join(pds, house.client, "amt")
    await ministry.put(PROFILE, "self", {"$type": PROFILE, "displayName": "Das Amt"})
    root = await ministry.post("Neue Verordnung")
    comment = await house.guest.post("Warum?", under=root)
    watch = (WatchedAccount(account=ministry.handle, relation="decision_maker"),)
    network = house.network(watch=watch)
    events, cursor = await heard(network, of("comment.received", comment["uri"]))
    told = next(event for event in events if of("", comment["uri"])(event))
    assert isinstance(told, InboundEvent)
    page = told.data.page
    assert (page.native_id, page.name) == (ministry.did, "Das Amt")
    assert page.relation == "decision_maker"
    assert told.data.root.text == "Neue Verordnung"
    await ministry.gate(root, allow=())
    _, cursor = await heard(network, of("thread.locked", root["uri"]), cursor)
    await ministry.block(house.org)
    await heard(network, of("author.blocked", ministry.did), cursor)


async def test_a_mention_on_a_strange_page_is_told(house: House, pds: Pds) -> None:
    other = await join(pds, house.client, "anderswo")
    theirs = await other.post("Mein Garten")
    mention = {"$type": "app.bsky.richtext.facet#mention", "did": house.org.did}
    asked = await house.guest.post(
        "Verein, was meint ihr?",
        under=theirs,
        facets=[{"index": {"byteStart": 0, "byteEnd": 6}, "features": [mention]}],
    )
    aside = await house.guest.post("Schön hier", under=theirs)
    events, cursor = await heard(house.network(), of("comment.received", asked["uri"]))
    told = next(event for event in events if of("", asked["uri"])(event))
    assert isinstance(told, InboundEvent)
    assert (told.data.page.relation, told.data.root.text) == ("news", "Mein Garten")
    await house.guest.remove(asked["uri"])
    more, _ = await heard(house.network(), of("comment.deleted", asked["uri"]), cursor)
    assert told_of([*events, *more], aside["uri"]) == []


async def test_both_sources_together_tell_everything_once(house: House) -> None:
    """INVARIANT: what stream and AppView both know is told once, across restarts too."""
    root = await house.org.post("Doppelt hält besser")
    both = house.network(firehose=house.wire.url, rhythm=replace(QUICK, look=0.3))
    comments = [await house.guest.post(f"Nummer {number}", under=root) for number in range(3)]
    first, cursor = await heard_all(both, [of("", comment["uri"]) for comment in comments])
    await house.guest.edit(comments[0]["uri"], "Nummer null")
    await house.guest.remove(comments[1]["uri"])
    await house.org.gate(root, allow=(), hidden=[comments[2]["uri"]])
    ends = [
        of("comment.edited", comments[0]["uri"]),
        of("comment.deleted", comments[1]["uri"]),
        of("comment.hidden", comments[2]["uri"]),
    ]
    second, cursor = await heard_all(both, ends, cursor)
    block = await house.guest.block(house.org)
    third, cursor = await heard(both, of("author.blocked", house.guest.did), cursor)
    await house.guest.remove(block)
    fourth, cursor = await heard(both, of("author.unblocked", house.guest.did), cursor)
    last = await house.guest.post("Ende", under=root)
    fifth, _ = await heard(both, of("", last["uri"]), cursor)
    events = [*first, *second, *third, *fourth, *fifth]
    ids = [event.id for event in events]
    assert len(set(ids)) == len(ids)
    assert told_of(events, comments[2]["uri"]) == ["comment.received", "comment.hidden"]
    assert told_of(events, root["uri"]) == ["thread.locked"]
    assert told_of(events, house.guest.did) == ["author.blocked", "author.unblocked"]


async def test_a_stream_behind_the_appview_brings_no_old_words_back(house: House) -> None:
    """INVARIANT: an older revision never follows a newer one, whichever source is ahead."""
    root = await house.org.post("Vorsprung")
    both = house.network(firehose=house.wire.url, rhythm=replace(QUICK, look=0.3))
    comment = await house.guest.post("Erste Fassung", under=root)
    await house.guest.edit(comment["uri"], "Zweite Fassung")
    events, ahead = await heard(house.network(), of("", comment["uri"]))
    told = next(event for event in events if of("", comment["uri"])(event))
    assert isinstance(told, InboundEvent)
    assert told.data.text == "Zweite Fassung"
    start = json.dumps({**json.loads(ahead), "host": house.wire.url, "seq": 0})
    last = await house.guest.post("Ziel", under=root)
    block = await house.guest.block(house.org)
    await house.guest.remove(block)
    ends = [of("", last["uri"]), of("author.unblocked", house.guest.did)]
    events, _ = await heard_all(both, ends, start)
    assert told_of(events, comment["uri"]) == []


async def test_the_stream_carries_us_while_the_appview_is_down(house: House) -> None:
    root = await house.org.post("Sturm")
    comment = await house.guest.post("Hält es?", under=root)
    house.wire.next(NO_VIEW, path="/app.bsky.", times=1000)
    network = house.network(firehose=house.wire.url)
    events, _ = await heard(network, of("comment.received", comment["uri"]))
    told = next(event for event in events if of("", comment["uri"])(event))
    assert isinstance(told, InboundEvent)
    assert told.data.author.handle == house.guest.handle
    with pytest.raises(Temporary):
        await anext(house.network().listen(None))


async def test_an_unreadable_post_is_put_aside_once_and_stops_nothing(house: House) -> None:
    root = await house.org.post("Seltsam")
    odd = {
        "reason": "reply", "uri": f"at://{house.guest.did}/app.bsky.feed.post/3n2vww3dnkc23",
        "cid": "c", "author": {"did": house.guest.did}, "record": {"text": 7},
        "indexedAt": stamp(),
    }  # fmt: skip
    body = json.dumps({"notifications": [odd, odd]}).encode()
    house.wire.next(Answer(200, {"Content-Type": "application/json"}, body), path="listNotif")
    async with asyncio.timeout(PATIENCE):
        batch = await anext(house.network().listen(None))
    assert len(batch.unreadable) == 1
    assert b"text" in batch.unreadable[0].raw
    comment = await house.guest.post("Geht doch", under=root)
    await heard(house.network(), of("comment.received", comment["uri"]), batch.cursor)


async def test_many_notifications_are_read_page_by_page(house: House) -> None:
    root = await house.org.post("Andrang")
    comments = [await house.guest.post(f"{number}", under=root) for number in range(5)]
    view = View(house.network()._account, page=2)
    read = [str(one["uri"]) async for one in view.notifications()]
    assert read == [comment["uri"] for comment in reversed(comments)]


async def test_a_quiet_thread_is_left_alone_and_one_with_news_is_not(house: House) -> None:
    """INVARIANT: what happened in a thread decides when it is visited next, also after restarts."""
    root = await house.org.post("Erst viel los")
    comment = await house.guest.post("Ja!", under=root)
    slow = Rhythm(look=0.05, decay=DECAY)
    _, cursor = await heard(house.network(rhythm=slow), of("", comment["uri"]))
    second = await house.guest.post("Und?", under=root)
    _, cursor = await heard(house.network(rhythm=slow), of("", second["uri"]), cursor)
    third = await house.guest.post("Hallo?", under=root)
    _, cursor = await heard(house.network(rhythm=slow), of("", third["uri"]), cursor)
    visits = len([one for one in house.wire.seen if THREAD in one.path])
    thread = Visited(*json.loads(cursor)["threads"][root["uri"]])
    assert thread.lively_at > datetime.now(UTC).timestamp() - 60
    week = datetime.now(UTC).timestamp() - 8 * 24 * 3600
    stale = {**json.loads(cursor), "threads": {root["uri"]: [0.0, 9, week]}}
    fourth = await house.guest.post("Wieder wach?", under=root)
    await heard(house.network(rhythm=slow), of("", fourth["uri"]), json.dumps(stale))
    assert visits < 8


async def test_a_thread_that_cannot_be_had_does_not_keep_the_others(house: House) -> None:
    first, second = await house.org.post("Riesig"), await house.org.post("Klein")
    comment = await house.guest.post("Ja", under=second)
    _, cursor = await heard(house.network(), of("", comment["uri"]))
    await house.guest.remove(comment["uri"])
    now = datetime.now(UTC).timestamp()
    due = {first["uri"]: [1.0, 0, now], second["uri"]: [2.0, 0, now]}
    start = json.dumps({**json.loads(cursor), "threads": due})
    house.wire.next(Answer(500), path=THREAD)
    await heard(house.network(), of("comment.deleted", comment["uri"]), start)


async def test_a_visit_that_breaks_off_loses_nothing(house: House) -> None:
    """INVARIANT: what was seen but not handed on is told at the next visit."""
    root = await house.org.post("Wacklig")
    first = await house.guest.post("eins", under=root)
    _, cursor = await heard(house.network(), of("", first["uri"]))
    await house.guest.remove(first["uri"])
    await house.org.gate(root, allow=())
    house.wire.next(Answer(500), path="getPosts")
    house.wire.next(Answer(200, {}, b'{"notifications":[]}'), path="listNotif", times=3)
    second = await house.guest.post("zwei", under=root)
    ends = [of("comment.deleted", first["uri"]), of("", second["uri"]), of("", root["uri"])]
    events, _ = await heard_all(house.network(), ends, cursor)
    assert len({event.id for event in events}) == len(events)
    assert told_of(events, second["uri"]) == ["comment.received"]


async def test_a_feed_that_is_kept_from_us_does_not_stop_the_others(house: House) -> None:
    root = await house.org.post("Aufruf")
    comment = await house.guest.post("Ja", under=root)
    body = b'{"error":"BlockedByActor","message":"Requester is blocked by actor"}'
    house.wire.next(Answer(400, {}, body), path="getAuthorFeed")
    watch = (WatchedAccount(account=house.guest.handle),)
    await heard(house.network(watch=watch), of("comment.received", comment["uri"]))


async def test_old_comments_are_neither_told_nor_missed(house: House) -> None:
    root = await house.org.post("Lange her")
    old = await house.guest.post("Schnee von gestern", under=root)
    since = stamp()
    new = await house.guest.post("Frisch gefallen", under=root)
    start = json.dumps({"since": since, "noted": since})
    events, cursor = await heard(house.network(), of("", new["uri"]), start)
    await house.guest.remove(old["uri"])
    last = await house.guest.post("Getaut", under=root)
    more, _ = await heard(house.network(rhythm=QUICK), of("", last["uri"]), cursor)
    assert told_of([*events, *more], old["uri"]) == []
