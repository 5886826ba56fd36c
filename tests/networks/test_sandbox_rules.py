"""What the sandbox network lets people and pages do, and with which words it refuses."""

import asyncio
from pathlib import Path
from typing import Any

import httpx
import pytest

from services.networks.network import Refused
from services.networks.sandbox.server import create_app
from tests.networks.conftest import running
from tests.networks.sandbox_town import ADMIN, Town, bearer, town_settings
from tests.networks.stage import outgoing

pytestmark = pytest.mark.asyncio(loop_scope="module")


def refused(answer: httpx.Response) -> tuple[int, str]:
    """Return status and code of a refusal; it always comes with a sentence."""
    body = answer.json()
    assert set(body) == {"code", "message"}
    assert body["message"]
    return answer.status_code, str(body["code"])


async def test_only_the_page_itself_posts_on_it(town: Town) -> None:
    body = {"page": "lindenhof", "text": "Wir haben umgebaut."}
    posted = await town.call("POST", "/api/posts", "lindenhof", body)
    assert posted.status_code == 201
    assert posted.json()["kind"] == "post"
    for other in ("tagblatt", await town.person()):
        assert refused(await town.call("POST", "/api/posts", other, body)) == (403, "scope")


async def test_a_page_comments_under_a_post_of_another_page(town: Town) -> None:
    post = await town.post("tagblatt")
    network = town.network()
    posted = await network.reply(
        outgoing(parent_id=post, text="Glückwunsch!", key=f"outreach-{post}")
    )
    await network.close()
    thread = await town.client.get(f"/api/threads/{post}", headers=bearer("radhaus-token"))
    (comment,) = thread.json()["comments"]
    assert comment["id"] == posted.native_id
    assert comment["parent_id"] is None
    assert comment["author"]["id"] == "lindenhof"
    assert comment["page"]["id"] == "tagblatt"


async def test_replies_nest(town: Town) -> None:
    post = await town.post()
    first = await town.comment(post, "eins")
    second = await town.comment(first, "zwei")
    third = await town.comment(second, "drei")
    thread = await town.client.get(f"/api/threads/{post}", headers=bearer("lindenhof-token"))
    parents = {c["id"]: c["parent_id"] for c in thread.json()["comments"]}
    assert parents == {first: None, second: first, third: second}


async def test_who_blocks_a_page_gets_no_reply_from_it(town: Town) -> None:
    author = await town.person()
    comment = await town.comment(await town.post(), "Lasst mich", by=author)
    assert (await town.call("PUT", "/api/blocks/lindenhof", author)).status_code == 204
    network = town.network()
    standing = await network.read(comment)
    assert standing is not None
    assert (standing.can_reply, standing.why_not) == (False, "blocked")
    with pytest.raises(Refused) as refusal:
        await network.reply(outgoing(parent_id=comment, text="Aber", key="b"))
    assert refusal.value.code == "blocked"
    await town.call("DELETE", "/api/blocks/lindenhof", author)
    await network.reply(outgoing(parent_id=comment, text="Danke", key="b"))
    await network.close()


async def test_a_locked_thread_takes_no_comments_until_it_is_unlocked(town: Town) -> None:
    post = await town.post()
    comment = await town.comment(post, "Noch schnell")
    network = town.network()
    lock, unlock = f"/api/threads/{post}/lock", f"/api/threads/{post}/unlock"
    assert refused(await town.call("POST", lock, "tagblatt")) == (403, "scope")
    assert (await town.call("POST", lock, "lindenhof")).status_code == 204
    standing = await network.read(comment)
    assert standing is not None
    assert standing.why_not == "locked"
    with pytest.raises(Refused) as refusal:
        await network.reply(outgoing(parent_id=comment, text="Zu", key="l"))
    assert refusal.value.code == "locked"
    await town.call("POST", unlock, "lindenhof")
    await network.reply(outgoing(parent_id=comment, text="Auf", key="l"))
    await network.close()


async def test_the_page_hides_a_comment_and_shows_it_again(town: Town) -> None:
    comment = await town.comment(await town.post(), "Unschön")
    hide, unhide = f"/api/comments/{comment}/hide", f"/api/comments/{comment}/unhide"
    assert refused(await town.call("POST", hide, "tagblatt")) == (403, "scope")
    assert (await town.call("POST", hide, "lindenhof")).json()["state"] == "hidden"
    ours, theirs = town.network(), town.network("tagblatt")
    standing = await ours.read(comment)
    assert standing is not None
    assert standing.why_not == "hidden"
    assert await theirs.read(comment) is None
    with pytest.raises(Refused):
        await ours.reply(outgoing(parent_id=comment, text="Oh", key="h"))
    await town.call("POST", unhide, "lindenhof")
    assert await theirs.read(comment) is not None
    await ours.close()
    await theirs.close()


async def test_only_its_author_changes_a_comment(town: Town) -> None:
    author = await town.person()
    comment = await town.comment(await town.post(), "Meins", by=author)
    path = f"/api/comments/{comment}"
    for other in ("lindenhof", await town.person()):
        assert refused(await town.call("PUT", path, other, {"text": "Deins"})) == (403, "scope")
        assert refused(await town.call("DELETE", path, other)) == (403, "scope")
    assert (await town.call("PUT", path, author, {"text": "Meins"})).json()["revision"] == 1
    assert (await town.call("PUT", path, author, {"text": "Meins!"})).json()["revision"] == 2
    assert (await town.call("DELETE", path, author)).status_code == 204
    assert refused(await town.call("DELETE", path, author)) == (404, "gone")


async def test_a_hundred_replies_at_once_with_one_key_are_one_reply(town: Town) -> None:
    """INVARIANT: one key, one reply, however many try at the same time."""
    comment = await town.comment(await town.post(), "Wie oft?")
    network = town.network()
    posted = await asyncio.gather(
        *(
            network.reply(outgoing(parent_id=comment, text="Einmal.", key="hundert"))
            for _ in range(100)
        )
    )
    await network.close()
    assert len({reply.native_id for reply in posted}) == 1
    assert [reply["text"] for reply in await town.replies(comment)] == ["Einmal."]


async def test_a_key_belongs_to_one_page_one_text_and_one_comment(town: Town) -> None:
    post = await town.post("tagblatt")
    comment, other = await town.comment(post, "A"), await town.comment(post, "B")

    async def reply(page: str, under: str, text: str) -> httpx.Response:
        return await town.client.post(
            f"/api/comments/{under}/replies",
            json={"text": text},
            headers=bearer(f"{page}-token") | {"Idempotency-Key": f"key-{comment}"},
        )

    first = await reply("lindenhof", comment, "Ja")
    assert first.status_code == 201
    assert (await reply("lindenhof", comment, " Ja\r\n")).status_code == 200
    assert refused(await reply("lindenhof", comment, "Nein")) == (422, "key_reused")
    assert refused(await reply("lindenhof", other, "Ja")) == (422, "key_reused")
    assert (await reply("radhaus", comment, "Ja")).status_code == 201
    mine = await town.replies(comment, "lindenhof")
    assert [r["idempotency_key"] for r in mine] == [f"key-{comment}", None]


async def test_a_deleted_reply_is_not_posted_again_under_its_key(town: Town) -> None:
    """INVARIANT: what was taken back does not come back through a retry."""
    comment = await town.comment(await town.post(), "Und?")
    network = town.network()
    posted = await network.reply(outgoing(parent_id=comment, text="Ups", key="ups"))
    await network.delete(posted.native_id)
    with pytest.raises(Refused) as refusal:
        await network.reply(outgoing(parent_id=comment, text="Ups", key="ups"))
    await network.close()
    assert refusal.value.code == "gone"
    assert await town.replies(comment) == []


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("ü" * 500, 201),
        ("👩‍👩‍👧‍👦" * 71, 201),
        ("👩‍👩‍👧‍👦" * 72, 422),
        (" \r\n" + "x\r\n" * 250, 201),
        ("x" * 501, 422),
    ],
)
async def test_length_is_counted_in_characters(town: Town, text: str, status: int) -> None:
    post = await town.post()
    answer = await town.call(
        "POST", f"/api/comments/{post}/replies", await town.person(), {"text": text}
    )
    assert answer.status_code == status
    if status == 422:
        assert answer.json()["code"] == "too_long"


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b"", 422),
        (b"{", 400),
        (b"[1, 2]", 422),
        (b"[" * 50_000, 400),
        (b'{"text": 7}', 422),
        (b'{"text": null}', 422),
        (b'{"text": " \\n\\u0000 "}', 422),
        (b'{"text": "\\ud800"}', 400),
        (b'{"text": "\xff"}', 400),
        (b'{"text": "x", "visibility": "followers"}', 422),
        (b'{"text": "x", "visibility": "loud"}', 422),
        (b'{"text": "' + b"x" * 70_000 + b'"}', 413),
    ],
)
async def test_bad_bodies_are_refused_in_words(town: Town, content: bytes, status: int) -> None:
    post = await town.post()
    answer = await town.client.post(
        f"/api/comments/{post}/replies", content=content, headers=bearer("lindenhof-token")
    )
    assert refused(answer)[0] == status
    assert await town.replies(post) == []


async def test_an_endless_body_is_cut_off(town: Town) -> None:
    async def endless() -> Any:
        for _ in range(10_000):
            yield b"x" * 1024

    post = await town.post()
    try:
        answer = await town.client.post(
            f"/api/comments/{post}/replies", content=endless(), headers=bearer("lindenhof-token")
        )
    except httpx.WriteError:
        return
    assert answer.status_code == 413


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/api/events?after=-1", (422, "invalid")),
        ("/api/events?after=99999999999999999999", (422, "invalid")),
        ("/api/events?after=abc", (422, "invalid")),
        ("/api/events?wait=nan", (422, "invalid")),
        ("/api/events?limit=0", (422, "invalid")),
        ("/api/comments/nothing", (404, "gone")),
        ("/api/comments/%00", (404, "gone")),
        ("/api/comments/%ff%fe/replies", (404, "gone")),
        ("/api/threads/nothing", (404, "gone")),
        ("/api/nothing", (404, "gone")),
        ("/api/posts", (405, "invalid")),
    ],
)
async def test_bad_questions_are_refused_in_words(
    town: Town, path: str, expected: tuple[int, str]
) -> None:
    assert refused(await town.client.get(path, headers=bearer("lindenhof-token"))) == expected


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Bearer"},
        {"Authorization": "Basic bGluZGVuaG9m"},
        {"Authorization": "Bearer lindenhof"},
        {"Authorization": "Bearer lindenhof-token2"},
        {"Authorization": f"Bearer {ADMIN}"},
        {"Authorization": "Bearer wrong", "X-Act-As": "lindenhof"},
    ],
)
async def test_without_a_known_token_nothing_opens(town: Town, headers: dict[str, str]) -> None:
    for path in ("/api/events", "/api/comments/x", "/api/threads/x"):
        assert refused(await town.client.get(path, headers=headers)) == (401, "token")
    answer = await town.client.post("/api/posts", json={}, headers=headers)
    assert refused(answer) == (401, "token")


async def test_administration_needs_its_own_token(town: Town, tmp_path: Path) -> None:
    """INVARIANT: a page's token neither seeds, acts for others nor orders faults."""
    page = bearer("lindenhof-token")
    for path in ("/api/admin/seed", "/api/admin/faults"):
        assert refused(await town.client.post(path, json={}, headers=page)) == (401, "token")
    answer = await town.client.get("/api/events", headers=page | {"X-Act-As": "tagblatt"})
    assert (
        answer.json()["events"]
        == (await town.client.get("/api/events", headers=page)).json()["events"]
    )
    closed = create_app(town_settings(tmp_path, admin_token=None))
    async with running(closed) as url, httpx.AsyncClient(trust_env=False, timeout=30) as client:
        answer = await client.post(f"{url}/api/admin/seed", json={}, headers=bearer(ADMIN))
        assert answer.status_code == 401
