"""Calls of platforms at our door, over real HTTP and really signed."""

import json
import logging
from collections.abc import AsyncIterator, Sequence

import httpx
import psycopg
import pytest
from starlette.applications import Starlette

from schemas.inbound import Inbound
from services.ingest.hooks import hook_routes
from services.ingest.intake import Intake, Result
from services.ingest.webhook import MAX_BODY
from services.kit.db import Pool
from services.networks.network import Network
from tests.ingest.events import everything, promised, stored
from tests.ingest.hooks_door import Door, opened
from tests.networks.meta_graph import ACCOUNT, APP_SECRET, PAGE
from tests.networks.meta_scene import (
    OLD_SECRET,
    WORD,
    MetaScene,
    call,
    comments_value,
    entry,
    feed_value,
    meta_scene,
    signed,
)


@pytest.fixture
async def scene() -> AsyncIterator[MetaScene]:
    async with meta_scene() as opened_scene:
        yield opened_scene


@pytest.fixture
async def door(scene: MetaScene) -> AsyncIterator[Door]:
    """The door of a Page and an Instagram account of one app."""
    async with opened([scene.page(), scene.account()]) as door:
        yield door


async def test_the_handshake_is_answered_to_who_knows_our_word(door: Door) -> None:
    answer = await door.shake_hands(mode="subscribe", verify_token=WORD, challenge="1158201444")
    assert (answer.status_code, answer.text) == (200, "1158201444")
    assert answer.headers["content-type"].startswith("text/plain")


@pytest.mark.parametrize(
    "query",
    [
        {"mode": "subscribe", "verify_token": "guessed", "challenge": "1"},
        {"mode": "subscribe", "verify_token": "", "challenge": "1"},
        {"mode": "unsubscribe", "verify_token": WORD, "challenge": "1"},
        {"mode": "subscribe", "verify_token": WORD},
        {"mode": "subscribe", "verify_token": "ü", "challenge": "1"},
        {},
    ],
)
async def test_nobody_else_shakes_hands(door: Door, query: dict[str, str]) -> None:
    assert (await door.shake_hands(**query)).status_code == 403


async def test_a_signed_call_is_stored_before_it_is_answered(
    scene: MetaScene, intake: Intake, pool: Pool
) -> None:
    """INVARIANT: 200 means stored; a call that comes again changes nothing."""
    comment_id = scene.server.comment(scene.server.post(), "Wann beginnt das Fest?")
    body = call(entry(feed_value(scene.server, comment_id)))
    async with opened([scene.page()], intake.take) as door:
        for _ in range(3):
            assert (await door.post(body)).status_code == 200
    found = await stored(pool, comment_id)
    assert found is not None
    assert (found.text, found.root_text) == ("Wann beginnt das Fest?", "Am Samstag ist Hoffest.")
    assert await promised(pool, comment_id) == [("CommentReceived", 1)]


async def test_a_comment_told_by_a_call_and_found_by_a_visit_is_one_comment(
    scene: MetaScene, intake: Intake, pool: Pool
) -> None:
    """INVARIANT: whichever of the two is first, the other adds nothing, edits and deletion too."""
    server, page = scene.server, scene.page()
    called_first = server.comment(server.post(), "Eins?")
    visited_first = server.comment(server.post(), "Zwei?")
    values = [feed_value(server, one) for one in (called_first, visited_first)]
    async with opened([page], intake.take) as door:
        assert (await door.post(call(entry(values[0])))).status_code == 200
        visits = page.listen(None)
        await intake.take((await anext(visits)).events)
        assert (await door.post(call(entry(*values)))).status_code == 200
        server.nodes[called_first]["message"] = "Eins, genauer?"
        edit = feed_value(server, called_first, "edited")
        await intake.take((await anext(visits)).events)
        assert (await door.post(call(entry(edit)))).status_code == 200
        server.remove(visited_first)
        gone = {**values[1], "verb": "remove"}
        assert (await door.post(call(entry(gone)))).status_code == 200
        await intake.take((await anext(visits)).events)
    assert await promised(pool, called_first) == [("CommentReceived", 1), ("CommentEdited", 2)]
    assert await promised(pool, visited_first) == [("CommentReceived", 1), ("CommentDeleted", 1)]


async def test_an_edit_that_no_call_told_is_found_by_the_next_visit(
    scene: MetaScene, intake: Intake, pool: Pool
) -> None:
    """INVARIANT: on Instagram, which calls for no edits, nobody answers words that were changed.

    Also when a call came first, and whichever process was called.
    """
    server = scene.server
    media = server.media()
    before = await anext(scene.account().listen(None))
    comment_id = server.instagram_comment(media, "Wann?")
    value = comments_value(server, comment_id)
    body = call(entry(value, owner=ACCOUNT, field="comments"), kind="instagram")
    async with opened([scene.account()], intake.take) as door:
        assert (await door.post(body)).status_code == 200
        server.nodes[comment_id]["text"] = "Wann genau?"
        await intake.take((await anext(scene.account().listen(before.cursor))).events)
        assert (await door.post(body)).status_code == 200
    found = await stored(pool, comment_id)
    assert found is not None
    assert found.text == "Wann genau?"
    assert await promised(pool, comment_id) == [("CommentReceived", 1), ("CommentEdited", 2)]


@pytest.mark.parametrize("secret", [APP_SECRET, OLD_SECRET])
async def test_both_secrets_open_while_one_replaces_the_other(door: Door, secret: str) -> None:
    assert (await door.post(call(), secret)).status_code == 200


async def test_what_meta_did_not_sign_is_refused(
    door: Door, caplog: pytest.LogCaptureFixture
) -> None:
    """INVARIANT: nothing comes in without a signature over exactly these bytes."""
    body = call(entry({"item": "comment", "verb": "add", "message": "Zarathustra"}))
    respaced = json.dumps(json.loads(body), indent=1).encode()
    with caplog.at_level(logging.DEBUG, logger="services"):
        for answer in [
            await door.post(body, "somebody else's secret"),
            await door.post(body, ""),
            await door.post(respaced, signed_body=body),
            await door.post(body[:-7], signed_body=body),
            await door.post(body + b" ", signed_body=body),
            await door.client.post("/hooks/meta", content=body),
            await door.client.post(
                "/hooks/meta", content=body, headers=[(b"X-Hub-Signature-256", b"sha256=\xff")]
            ),
        ]:
            assert answer.status_code == 401
    assert not door.taken
    assert not door.buried
    assert "does not match" in caplog.text
    assert "Zarathustra" not in caplog.text


async def test_a_thousand_changes_come_in_one_call(scene: MetaScene, door: Door) -> None:
    """INVARIANT: the largest batch that Meta sends is taken whole, its post asked for once."""
    post = scene.server.post()
    ids = [scene.server.comment(post, f"Frage {number}?") for number in range(1000)]
    entries = [entry(feed_value(scene.server, one)) for one in ids]
    assert (await door.post(call(*entries))).status_code == 200
    assert [event.id.partition("#")[0] for event in door.taken] == ids
    assert len([one for one in scene.wire.seen if post in one.path]) == 1


async def test_each_connection_takes_what_is_its_own(scene: MetaScene, door: Door) -> None:
    server = scene.server
    on_page = server.comment(server.post(), "Hier?")
    on_picture = server.instagram_comment(server.media(), "Oder hier?")
    assert (await door.post(call(entry(feed_value(server, on_page))))).status_code == 200
    value = comments_value(server, on_picture)
    entries = entry(value, owner=ACCOUNT, field="comments")
    assert (await door.post(call(entries, kind="instagram"))).status_code == 200
    told = [(event.source, event.data.network) for event in door.taken]
    assert told == [(f"facebook:{PAGE}", "facebook"), (f"instagram:{ACCOUNT}", "instagram")]
    assert not door.buried


async def test_a_page_that_nobody_knows_is_named_once(scene: MetaScene, door: Door) -> None:
    value = feed_value(scene.server, scene.server.comment(scene.server.post(), "Wer da?"))
    body = call(entry(value, owner="4711"), entry(value))
    for _ in range(2):
        assert (await door.post(body)).status_code == 200
    assert len(door.taken) == 2
    assert [raw for _, raw, _ in door.buried] == [{"page": "4711"}]


async def test_what_cannot_be_read_is_buried_without_its_words(
    scene: MetaScene, door: Door
) -> None:
    """INVARIANT: a change nobody understands spoils no other, and its words are kept nowhere."""
    value = feed_value(scene.server, scene.server.comment(scene.server.post(), "Gut so?"))
    nameless = {"item": "comment", "verb": "add", "message": "Zarathustra", "from": {"id": "j"}}
    timeless = {"id": PAGE, "changes": [{"field": "feed", "value": {"message": "Zarathustra"}}]}
    assert (await door.post(call(entry(nameless, value, {"item": 5}), timeless))).status_code == 200
    assert len(door.taken) == 1
    assert door.buried
    assert "Zarathustra" not in str(door.buried)


async def test_a_signed_body_that_is_no_json_is_buried_and_done(door: Door) -> None:
    for body in (b"{", b"7", b"[7]", b"\xff"):
        assert (await door.post(body)).status_code == 200
    assert door.buried
    assert not door.taken


async def test_what_the_store_refuses_is_buried(scene: MetaScene, intake: Intake) -> None:
    value = feed_value(scene.server, scene.server.comment(scene.server.post(), "Zarathustra"))
    async with opened([scene.page()], intake.take) as door:
        answer = await door.post(call(entry({**value, "comment_id": "1_2\u0000"})))
    assert answer.status_code == 200
    assert len(door.buried) == 1
    assert "Zarathustra" not in str(door.buried)


async def test_a_body_beyond_the_limit_is_refused(door: Door) -> None:
    assert (await door.post(b" " * (MAX_BODY + 1))).status_code == 413


async def test_a_store_that_is_away_asks_the_platform_to_come_back(
    scene: MetaScene, intake: Intake, pool: Pool
) -> None:
    """INVARIANT: what we could not store is never acknowledged."""
    value = feed_value(scene.server, scene.server.comment(scene.server.post(), "Später?"))
    await pool.close()
    async with opened([scene.page()], intake.take) as door:
        answer = await door.post(call(entry(value)))
    assert answer.status_code == 503
    assert answer.headers["Retry-After"]


async def test_dead_letters_that_cannot_be_kept_ask_the_platform_to_come_back(
    scene: MetaScene,
) -> None:
    async def nowhere(_network: Network, _raw: bytes, _reason: str) -> None:
        raise psycopg.OperationalError

    async def keep(_events: Sequence[Inbound]) -> Result:
        return Result()

    routes = hook_routes(lambda: [scene.page()], keep, nowhere)
    transport = httpx.ASGITransport(app=Starlette(routes=routes))
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        answer = await client.post("/hooks/meta", content=b"{", headers=signed(b"{"))
    assert answer.status_code == 503


async def test_an_address_that_no_connection_uses_is_not_there(door: Door) -> None:
    assert (await door.post(call(), hook="nobody")).status_code == 404
    assert (await door.client.get("/hooks/nobody")).status_code == 404
    door.networks = []
    assert (await door.post(call())).status_code == 404


async def test_nothing_of_a_forged_call_is_kept(
    scene: MetaScene, intake: Intake, pool: Pool
) -> None:
    """INVARIANT: a forged call leaves no trace of its words."""
    value = feed_value(scene.server, scene.server.comment(scene.server.post(), "Zarathustra"))
    async with opened([scene.page(), scene.account()], intake.take) as door:
        assert (await door.post(call(entry(value)), "forged")).status_code == 401
    assert "Zarathustra" not in await everything(pool)


async def test_a_caller_who_hangs_up_does_no_harm(door: Door) -> None:
    async def halting() -> AsyncIterator[bytes]:
        yield b"{"
        raise ConnectionAbortedError

    with pytest.raises(ConnectionAbortedError):
        await door.client.post("/hooks/meta", content=halting())
    assert (await door.post(call())).status_code == 200
