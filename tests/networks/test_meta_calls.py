"""What Meta's calls tell: each kind of change, and what is missing in some of them."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest
import pytest_asyncio

from schemas.inbound import InboundEvent, InboundNotice
from services.networks.meta.said import WORDLESS
from services.networks.network import Called, Hooked
from tests.networks.meta_graph import ACCOUNT, PAGE
from tests.networks.meta_scene import (
    MetaScene,
    call,
    comments_value,
    entry,
    facebook_page,
    feed_value,
    meta_scene,
    signed,
)
from tests.networks.wire import Delay

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def scene() -> AsyncIterator[MetaScene]:
    async with meta_scene() as opened:
        yield opened


async def told_by(hooked: Hooked, *values: dict[str, Any], **about: Any) -> Called:
    kind = about.pop("kind", "page")
    body = call(entry(*values, **about), kind=kind)
    return await hooked.called(signed(body), body)


async def told_one(hooked: Hooked, value: dict[str, Any], **about: Any) -> InboundEvent:
    called = await told_by(hooked, value, **about)
    assert not called.unreadable
    (event,) = called.events
    assert isinstance(event, InboundEvent)
    return event


def instagram(value: dict[str, Any]) -> dict[str, Any]:
    return {"kind": "instagram", "owner": ACCOUNT, "field": "comments"} | value


async def test_a_new_comment_is_told_with_its_post(scene: MetaScene) -> None:
    comment_id = scene.server.comment(scene.server.post(), "Wann?")
    event = await told_one(scene.page(), feed_value(scene.server, comment_id))
    assert (event.type, event.source) == ("comment.received.v1", f"facebook:{PAGE}")
    data = event.data
    assert (data.native_id, data.text, data.parent_id) == (comment_id, "Wann?", None)
    assert (data.page.name, data.root.text) == ("Lindenhof e. V.", "Am Samstag ist Hoffest.")
    assert data.author.display_name == "Jana Krüger"
    assert data.visibility == "public"
    assert event.time == data.created_at
    assert data.url is not None
    assert data.url.endswith(f"?comment_id={comment_id.rpartition('_')[2]}")


@pytest.mark.parametrize("created", [1_790_000_000, "2026-09-21T14:13:20+0000", "1790000000"])
async def test_moments_come_as_seconds_and_as_text(scene: MetaScene, created: object) -> None:
    value = feed_value(scene.server, scene.server.comment(scene.server.post(), "Wann?"))
    event = await told_one(scene.page(), {**value, "created_time": created})
    assert event.data.created_at == datetime(2026, 9, 21, 14, 13, 20, tzinfo=UTC)


async def test_only_a_reply_has_a_parent(scene: MetaScene) -> None:
    """INVARIANT: a comment whose parent is the post, however that is named, is a first one."""
    post = scene.server.post()
    first = scene.server.comment(post, "Wann?")
    value = feed_value(scene.server, first)
    for parent_id in (post, post.rpartition("_")[2]):
        event = await told_one(scene.page(), {**value, "parent_id": parent_id})
        assert event.data.parent_id is None
    reply = feed_value(scene.server, scene.server.comment(first, "Um acht."))
    assert (await told_one(scene.page(), reply)).data.parent_id == first


@pytest.mark.parametrize(
    ("verb", "event_type"),
    [
        ("edited", "comment.edited.v1"),
        ("remove", "comment.deleted.v1"),
        ("hide", "comment.hidden.v1"),
        ("unhide", "comment.unhidden.v1"),
    ],
)
async def test_what_becomes_of_a_comment_is_told(
    scene: MetaScene, verb: str, event_type: str
) -> None:
    value = feed_value(scene.server, scene.server.comment(scene.server.post(), "Wann?"), verb)
    if verb == "remove":
        del value["message"], value["from"]
    event = await told_one(scene.page(), value, at=1_790_000_060)
    assert event.type == event_type
    assert event.time == datetime(2026, 9, 21, 14, 14, 20, tzinfo=UTC)
    assert (event.data.text == "") == (verb == "remove")


async def test_a_comment_that_is_hidden_from_the_start_is_told_and_hidden(
    scene: MetaScene,
) -> None:
    value = feed_value(scene.server, scene.server.comment(scene.server.post(), "Wann?"))
    called = await told_by(scene.page(), {**value, "is_hidden": True})
    assert [one.type for one in called.events] == ["comment.received.v1", "comment.hidden.v1"]


async def test_a_comment_without_words_gets_a_placeholder(scene: MetaScene) -> None:
    value = feed_value(scene.server, scene.server.comment(scene.server.post(), None))
    event = await told_one(scene.page(), {**value, "photo": "https://facebook.test/p.jpg"})
    assert event.data.text == WORDLESS


async def test_whom_meta_does_not_name_is_nobody_else(scene: MetaScene) -> None:
    """INVARIANT: two nameless comments never count as one person's."""
    post = scene.server.post()
    values = [feed_value(scene.server, scene.server.comment(post, "Wann?")) for _ in range(2)]
    for value in values:
        del value["from"]
    first, second = (await told_by(scene.page(), *values)).events
    assert isinstance(first, InboundEvent)
    assert isinstance(second, InboundEvent)
    assert first.data.author.native_id != second.data.author.native_id


async def test_the_page_hears_itself(scene: MetaScene) -> None:
    """INVARIANT: the echo of our own reply is marked as ours."""
    echo = scene.server.comment(scene.server.post(), "Um acht.", by=PAGE)
    assert (await told_one(scene.page(), feed_value(scene.server, echo))).data.author.is_self
    own = scene.server.instagram_comment(scene.server.media(), "Um acht.", by=ACCOUNT)
    value = comments_value(scene.server, own)
    event = await told_one(scene.account(), value, **instagram({}))
    assert event.data.author.is_self


async def test_a_removed_post_takes_its_thread_with_it(scene: MetaScene) -> None:
    value = {"item": "status", "verb": "remove", "post_id": f"{PAGE}_9", "from": {"id": PAGE}}
    (notice,) = (await told_by(scene.page(), value)).events
    assert isinstance(notice, InboundNotice)
    assert (notice.type, notice.data.root_id) == ("thread.deleted.v1", f"{PAGE}_9")


async def test_a_block_names_the_person(scene: MetaScene) -> None:
    values: list[dict[str, Any]] = [
        {"item": "user", "verb": "block", "from": {"id": "jana"}, "recipient_id": PAGE},
        {"item": "user", "verb": "unblock", "from": {"id": PAGE}, "recipient_id": "jana"},
    ]
    called = await told_by(scene.page(), *values, {"item": "user", "verb": "block"})
    notices = [one for one in called.events if isinstance(one, InboundNotice)]
    assert [(one.type, one.data.author_id) for one in notices] == [
        ("author.blocked.v1", "jana"),
        ("author.unblocked.v1", "jana"),
    ]
    assert len(called.unreadable) == 1


@pytest.mark.parametrize(
    "value",
    [
        {"item": "reaction", "verb": "add", "post_id": f"{PAGE}_1", "comment_id": "1_2"},
        {"item": "reaction", "verb": "remove", "post_id": f"{PAGE}_1"},
        {"item": "post", "verb": "add", "post_id": f"{PAGE}_1", "message": "Hallo"},
        {"item": "comment", "verb": "mute", "post_id": f"{PAGE}_1", "comment_id": "1_2"},
        {"item": "album", "verb": "follow"},
        {},
    ],
)
async def test_what_is_no_news_for_us_is_passed_over(
    scene: MetaScene, value: dict[str, Any]
) -> None:
    called = await told_by(scene.page(), value)
    assert (called.events, list(called.unreadable)) == ([], [])


async def test_messages_are_never_looked_at(scene: MetaScene) -> None:
    """INVARIANT: private messages in a call leave no trace."""
    entries = {"id": PAGE, "time": 1_790_000_000, "messaging": [{"message": {"text": "geheim"}}]}
    body = json.dumps({"object": "page", "entry": [entries]}).encode()
    called = await scene.page().called(signed(body), body)
    assert (called.events, list(called.unreadable), called.others) == ([], [], frozenset())


async def test_instagram_tells_new_comments_and_replies(scene: MetaScene) -> None:
    media = scene.server.media()
    first = scene.server.instagram_comment(media, "Wann?")
    reply = scene.server.instagram_comment(first, "Weiß jemand was?", by="oskar")
    values = [comments_value(scene.server, one) for one in (first, reply)]
    called = await told_by(scene.account(), *values, **instagram({}))
    told = [one.data for one in called.events if isinstance(one, InboundEvent)]
    assert [(one.text, one.parent_id) for one in told] == [
        ("Wann?", None),
        ("Weiß jemand was?", first),
    ]
    assert told[0].root.text == "Am Samstag ist Hoffest."
    assert told[0].author.handle == "jana.k"
    assert not (await told_by(scene.account(), values[0], field="mentions")).events


async def test_a_comment_is_told_even_while_meta_says_nothing_of_its_post(
    scene: MetaScene,
) -> None:
    """INVARIANT: an answer to Meta never waits long for one from Meta, and no comment for it."""
    values = [
        feed_value(scene.server, scene.server.comment(scene.server.post(), "Wann?"))
        for _ in range(3)
    ]
    page = scene.page(root_patience=0.05)
    scene.wire.next(Delay(0.5), times=2)
    called = await told_by(page, *values)
    told = [one.data for one in called.events if isinstance(one, InboundEvent)]
    assert [(one.text, one.root.text) for one in told] == [("Wann?", "")] * 3
    assert told[0].page.native_id == PAGE
    silent = facebook_page("http://127.0.0.1:9", scene.client)
    assert len((await told_by(silent, *values)).events) == 3
