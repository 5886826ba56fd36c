"""What visits find that no call told, and that the two never tell one happening twice."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
import pytest_asyncio

from schemas.inbound import Inbound, InboundEvent
from services.networks.meta.account import MetaAccount
from services.networks.network import Batch, Refused, Temporary
from tests.networks.meta_graph import ACCOUNT, PAGE
from tests.networks.meta_scene import (
    MetaScene,
    call,
    comments_value,
    entry,
    feed_value,
    meta_scene,
    signed,
)

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(loop_scope="module")
async def scene() -> AsyncIterator[MetaScene]:
    async with meta_scene() as opened:
        yield opened


def names(batch: Batch) -> list[tuple[str, str]]:
    return [(event.type, event.id.partition("#")[0]) for event in batch.events]


def texts(events: list[Inbound]) -> list[str]:
    return [event.data.text for event in events if isinstance(event, InboundEvent)]


async def visited(network: MetaAccount, cursor: str | None = None) -> Batch:
    return await anext(network.listen(cursor))


async def call_ids(network: MetaAccount, *entries: dict[str, object], kind: str) -> list[str]:
    body = call(*entries, kind=kind)
    called = await network.called(signed(body), body)
    return [event.id for event in called.events]


async def test_a_call_and_a_visit_name_the_same_happening_alike(scene: MetaScene) -> None:
    """INVARIANT: source and id are equal whichever way a comment, edit or deletion came."""
    server = scene.server
    comment_id = server.comment(server.post(), "Wann  beginnt\ndas Fest?")
    value = feed_value(server, comment_id)
    first = await visited(scene.page())
    assert [one.id for one in first.events] == await call_ids(
        scene.page(), entry({**value, "message": "Wann beginnt das Fest?"}), kind="page"
    )
    server.nodes[comment_id]["message"] = "Wann endet das Fest?"
    second = await visited(scene.page(), first.cursor)
    edit = feed_value(server, comment_id, "edited")
    assert [one.id for one in second.events] == await call_ids(
        scene.page(), entry(edit), kind="page"
    )
    server.remove(comment_id)
    third = await visited(scene.page(), second.cursor)
    assert [one.id for one in third.events] == await call_ids(
        scene.page(), entry({**edit, "verb": "remove"}), kind="page"
    )


async def test_instagram_names_a_comment_alike_although_calls_know_no_moment(
    scene: MetaScene,
) -> None:
    server = scene.server
    first = server.instagram_comment(server.media(), "Wann?")
    server.instagram_comment(first, "Um acht.", by=ACCOUNT)
    ids = [one for one in server.nodes if one.startswith("1791")]
    batch = await visited(scene.account())
    values = [comments_value(server, one) for one in ids]
    about = entry(*values, owner=ACCOUNT, field="comments", at=1_790_000_000)
    called = await call_ids(scene.account(), about, kind="instagram")
    assert [one.id for one in batch.events] == called


async def test_hiding_has_one_name_where_one_process_heard_of_it_twice(scene: MetaScene) -> None:
    server, page = scene.server, scene.page()
    comment_id = server.comment(server.post(), "Wann?")
    before = await visited(page)
    server.nodes[comment_id]["is_hidden"] = True
    hidden = entry(feed_value(server, comment_id, "hide"), at=1_790_000_000)
    ids = await call_ids(page, hidden, kind="page")
    found = await visited(page, before.cursor)
    assert [one.id for one in found.events] == ids == [f"{comment_id}#hidden@1790000000"]
    server.nodes[comment_id]["is_hidden"] = False
    shown = await visited(page, found.cursor)
    assert names(shown) == [("comment.unhidden.v1", comment_id)]
    assert names(await visited(page, shown.cursor)) == []


async def test_words_that_no_call_told_are_told_as_seen_now(scene: MetaScene) -> None:
    """INVARIANT: a comment that a call told in earlier words is not taken for the older one."""
    server = scene.server
    before = await visited(scene.page())
    comment_id = server.comment(server.post(), "Wann?")
    (called,) = await call_ids(scene.page(), entry(feed_value(server, comment_id)), kind="page")
    server.nodes[comment_id]["message"] = "Wann genau?"
    (event,) = (await visited(scene.page(), before.cursor)).events
    assert isinstance(event, InboundEvent)
    assert event.id != called
    assert event.data.text == "Wann genau?"
    assert event.time > event.data.created_at


@pytest.mark.parametrize("kind", ["page", "account"])
async def test_what_is_older_than_the_look_back_stays_where_it_is(
    scene: MetaScene, kind: str
) -> None:
    """INVARIANT: a first start never takes in the whole history."""
    server = scene.server
    old = (datetime.now(UTC) - timedelta(hours=30)).strftime("%Y-%m-%dT%H:%M:%S+0000")
    if kind == "page":
        post = server.post()
        server.comment(post, "Vorgestern", created_time=old)
        server.comment(post, "Heute")
        network: MetaAccount = scene.page()
    else:
        media = server.media()
        server.instagram_comment(media, "Vorgestern", timestamp=old)
        server.instagram_comment(media, "Heute")
        network = scene.account()
    batch = await visited(network)
    assert texts(list(batch.events)) == ["Heute"]
    server.remove(next(one for one in server.nodes if "Vorgestern" in str(server.nodes[one])))
    assert names(await visited(network, batch.cursor)) == []


@pytest.mark.parametrize("kind", ["page", "account"])
async def test_all_pages_are_read(scene: MetaScene, kind: str) -> None:
    server = scene.server
    server.page_size = 3
    if kind == "page":
        post = server.post()
        for number in range(10):
            server.comment(post, f"Frage {number}")
        network: MetaAccount = scene.page()
    else:
        media = server.media()
        first = [server.instagram_comment(media, f"Frage {number}") for number in range(5)]
        for number in range(5):
            server.instagram_comment(first[0], f"Antwort {number}")
        network = scene.account()
    batch = await visited(network)
    assert len(batch.events) == 10
    assert not any("never-follow-me" in one.path for one in scene.wire.seen)
    assert names(await visited(network, batch.cursor)) == []


async def test_only_what_is_truly_gone_is_told_as_deleted(scene: MetaScene) -> None:
    """INVARIANT: a comment that a list leaves out is asked for before its words are erased."""
    server = scene.server
    post = server.post()
    comment_id = server.comment(post, "Noch da")
    batch = await visited(scene.page())
    server.edges[post, "comments"].remove(comment_id)
    after = await visited(scene.page(), batch.cursor)
    assert names(after) == []
    server.remove(comment_id)
    assert names(await visited(scene.page(), after.cursor)) == [("comment.deleted.v1", comment_id)]


async def test_a_post_beyond_the_newest_is_still_looked_at_while_people_talk(
    scene: MetaScene,
) -> None:
    server = scene.server
    first, removed = server.post("Eins"), server.post("Zwei")
    server.comment(first, "Früh")
    server.comment(removed, "Weg")
    before = await visited(scene.page(backfill_posts=2))
    for number in range(2):
        server.post(f"Neu {number}")
    server.comment(first, "Spät")
    server.remove(removed)
    batch = await visited(scene.page(backfill_posts=2), before.cursor)
    assert texts(list(batch.events)) == ["Spät"]
    assert ("thread.deleted.v1", removed) in names(batch)
    again = await visited(scene.page(backfill_posts=2), batch.cursor)
    assert names(again) == []


async def test_a_comment_that_cannot_be_read_spoils_no_other(scene: MetaScene) -> None:
    server = scene.server
    post, media = server.post(), server.media()
    server.comment(post, "Zarathustra", created_time="gestern")
    server.comment(post, "Gut")
    server.instagram_comment(media, "Zarathustra", timestamp=None)
    server.instagram_comment(media, "Gut")
    for network in (scene.page(), scene.account()):
        batches = network.listen(None)
        batch = await anext(batches)
        assert texts(list(batch.events)) == ["Gut"]
        assert len(batch.unreadable) == 1
        assert b"Zarathustra" not in batch.unreadable[0].raw
        assert not (await anext(batches)).unreadable


async def test_the_page_hears_itself_in_visits_too(scene: MetaScene) -> None:
    """INVARIANT: the echo of our own reply is marked as ours, whatever id Instagram gives it."""
    server = scene.server
    server.comment(server.post(), "Wir", by=PAGE)
    server.instagram_comment(server.media(), "Wir", by="17-scoped", user={"id": ACCOUNT})
    for network in (scene.page(), scene.account()):
        (event,) = (await visited(network)).events
        assert isinstance(event, InboundEvent)
        assert event.data.author.is_self


async def test_a_cursor_that_cannot_be_read_begins_anew(scene: MetaScene) -> None:
    scene.server.comment(scene.server.post(), "Wann?")
    assert len((await visited(scene.page(), "{not ours}")).events) == 1


async def test_a_used_up_share_of_calls_is_left_to_replies(scene: MetaScene) -> None:
    """INVARIANT: at the limit nothing is asked until Meta answers again."""
    scene.server.headers = {
        "X-Business-Use-Case-Usage": '{"1": [{"type": "pages", "call_count": 100,'
        ' "total_cputime": 5, "total_time": 5, "estimated_time_to_regain_access": 19}]}'
    }
    page = scene.page()
    await page.graph.get(PAGE, fields="id")
    asked = len(scene.wire.seen)
    with pytest.raises(Temporary) as waits:
        await visited(page)
    assert waits.value.retry_after is not None
    assert 1100 < waits.value.retry_after <= 1140
    assert len(scene.wire.seen) == asked


async def test_a_token_without_the_right_ends_the_visit_and_erases_nothing(
    scene: MetaScene,
) -> None:
    """INVARIANT: a lost permission is never taken for deleted comments."""
    server = scene.server
    server.comment(server.post(), "Noch da")
    batch = await visited(scene.page())
    server.refusals.append((400, {"code": 10, "message": "permission"}))
    with pytest.raises(Refused) as refused:
        await visited(scene.page(), batch.cursor)
    assert refused.value.code == "scope"


@pytest.mark.parametrize("lost", ["pages_read_user_content", "instagram_basic", "is_valid"])
async def test_what_we_may_no_longer_see_is_not_taken_for_deleted(
    scene: MetaScene, lost: str
) -> None:
    """INVARIANT: Meta shows neither; only while we may read does "not there" mean deleted."""
    server = scene.server
    on_page = lost.startswith("pages")
    if on_page:
        comment_id = server.comment(server.post(), "Noch da")
        network: MetaAccount = scene.page()
    else:
        comment_id = server.instagram_comment(server.media(), "Noch da")
        network = scene.account()
    batch = await visited(network)
    server.remove(comment_id)
    scopes = list(server.token["scopes"])
    if lost == "is_valid":
        server.token["is_valid"] = False
    else:
        server.token["scopes"] = [one for one in scopes if one != lost]
    with pytest.raises(Refused) as refused:
        await visited(network, batch.cursor)
    assert refused.value.code == ("token" if lost == "is_valid" else "scope")
    server.token |= {"scopes": scopes, "is_valid": True}
    after = await visited(network, batch.cursor)
    assert names(after) == [("comment.deleted.v1", comment_id)]


async def test_visits_become_rare_before_the_calls_run_out(scene: MetaScene) -> None:
    page = scene.page(interval=900)
    await visited(page)
    assert page._pause() == 900
    scene.server.headers = {"X-App-Usage": '{"call_count": 28, "total_time": 80}'}
    await visited(page)
    assert page._pause() == 3600
