"""The connector against networks that ignore keys, choose visibilities or talk nonsense."""

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from services.networks.network import NetworkError, OutcomeUnknown, Refused, Temporary
from services.networks.sandbox.connector import SandboxNetwork
from services.networks.sandbox.server import create_app
from tests.networks.conftest import running
from tests.networks.sandbox_town import Town, town_settings
from tests.networks.stage import comments_in, outgoing

COMMENT: dict[str, Any] = {
    "id": "c1",
    "revision": 3,
    "page": {"id": "lindenhof", "name": "Lindenhof", "relation": "own", "url": "/p/lindenhof"},
    "root": {"id": "p1", "text": "Hoffest", "url": "/t/p1"},
    "author": {"id": "jana", "display_name": "Jana"},
    "text": "Wann?",
    "visibility": "public",
    "created_at": "2026-03-01T12:00:00+00:00",
    "url": "/t/p1#c-c1",
}


def event(seq: int, **changes: Any) -> dict[str, Any]:
    return {
        "seq": seq,
        "type": changes.pop("type", "comment.created"),
        "at": "2026-03-01T12:00:05+00:00",
        "comment": COMMENT | {"id": f"c{seq}"} | changes,
    }


@asynccontextmanager
async def answering(answer: Callable[[Request], Response]) -> AsyncIterator[SandboxNetwork]:
    """Connect to a network that gives this answer to everything."""

    async def endpoint(request: Request) -> Response:
        return answer(request)

    app = Starlette(routes=[Route("/{path:path}", endpoint, methods=["GET", "POST", "DELETE"])])
    async with running(app) as url, httpx.AsyncClient(trust_env=False, timeout=30) as client:
        yield SandboxNetwork(f"{url}/", "t", "lindenhof", client)


async def post(network: SandboxNetwork) -> Any:
    return await network.reply(outgoing(parent_id="c1", text="Um acht.", key="k"))


async def test_what_is_new_or_broken_in_the_feed_stops_nothing() -> None:
    """INVARIANT: an event that cannot be read is handed on as such and holds up nobody."""
    events = [
        event(1, mood="sunny", page=COMMENT["page"] | {"colour": "green"}),
        event(2, type="comment.applauded"),
        event(3, text=""),
        event(4, created_at="yesterday"),
        {"seq": 5, "type": "comment.created"},
        event(6, visibility="cosmic"),
        event(7, page=COMMENT["page"] | {"relation": "sponsor"}),
        event(8, type="comment.deleted", text=""),
    ]
    said = {"events": events, "cursor": 8, "weather": "fine"}
    async with answering(lambda _request: JSONResponse(said)) as network:
        batch = await anext(network.listen(None))
    assert batch.cursor == "8"
    heard = comments_in(batch)
    assert [one.id for one in heard] == ["c1#3", "c6#3", "c7#3", "c8#del"]
    assert heard[0].data.url is not None
    assert heard[0].data.url.endswith("/t/p1#c-c1")
    assert heard[0].data.url.startswith("http://127.0.0.1:")
    assert heard[1].data.visibility == "unknown"
    assert heard[2].data.page.relation == "news"
    assert [json.loads(one.raw)["seq"] for one in batch.unreadable] == [3, 4, 5]
    assert all("cannot be read" in one.reason for one in batch.unreadable)
    assert not any("Wann?" in one.reason for one in batch.unreadable)


@pytest.mark.parametrize(
    ("answer", "written", "read"),
    [
        (PlainTextResponse("<html>"), OutcomeUnknown, Temporary),
        (JSONResponse({"id": "c2"}, status_code=201), OutcomeUnknown, Temporary),
        (JSONResponse(["?"]), OutcomeUnknown, Temporary),
        (PlainTextResponse("oops", status_code=500), OutcomeUnknown, Temporary),
        (PlainTextResponse("gateway", status_code=502), OutcomeUnknown, Temporary),
        (PlainTextResponse("gateway", status_code=504), OutcomeUnknown, Temporary),
        (PlainTextResponse("later", status_code=503), Temporary, Temporary),
        (PlainTextResponse("slow", status_code=429), Temporary, Temporary),
        (PlainTextResponse("no", status_code=400), Refused, Refused),
        (PlainTextResponse("no", status_code=403), Refused, Refused),
        (RedirectResponse("/elsewhere"), Refused, Refused),
    ],
)
async def test_no_answer_is_taken_for_more_than_it_says(
    answer: Response, written: type[NetworkError], read: type[NetworkError]
) -> None:
    """INVARIANT: only a clear no counts as not done; everything else is looked up first."""
    async with answering(lambda _request: answer) as network:
        with pytest.raises(written):
            await post(network)
        with pytest.raises(read):
            await network.read("c1")
        with pytest.raises(read):
            await network.find_reply(outgoing(parent_id="c1", key="k", text="Um acht."))
        with pytest.raises(read):
            await anext(network.listen("7"))


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("12", 12.0), ("-3", None), ("soon", None), ("²", None), ("Sun, 01 Mar 2026 12:00:00", None)],
)
async def test_when_to_come_back_is_read_with_care(header: str, seconds: float | None) -> None:
    answer = PlainTextResponse("slow", status_code=429)
    answer.raw_headers.append((b"retry-after", header.encode("latin-1")))
    async with answering(lambda _request: answer) as network:
        with pytest.raises(Temporary) as too_early:
            await post(network)
    assert too_early.value.retry_after == seconds


async def test_what_cannot_be_sent_at_all_is_refused() -> None:
    async with answering(lambda _request: JSONResponse({})) as network:
        with pytest.raises(Refused) as refusal:
            await network.reply(outgoing(parent_id="c1", text="x", key="two\nlines"))
    assert refusal.value.code == "invalid"


async def test_a_native_id_never_changes_the_address_that_is_asked() -> None:
    asked: list[bytes] = []

    def note(request: Request) -> Response:
        asked.append(request.scope["raw_path"])
        return PlainTextResponse("", status_code=404)

    async with answering(note) as network:
        assert await network.read("../admin/seed?x=1#y") is None
    assert asked == [b"/api/comments/..%2Fadmin%2Fseed%3Fx%3D1%23y"]


async def test_where_keys_are_ignored_a_reply_is_found_by_its_text(tmp_path: Path) -> None:
    """INVARIANT: on a network without keys a lost answer does not lead to a second reply."""
    app = create_app(town_settings(tmp_path, honours_keys=False))
    async with running(app) as url, Town.at(url) as town:
        comment = await town.comment(await town.post(), "Und ohne Schlüssel?")
        network = town.network(client=town.client)
        text = "Erste Zeile\r\n\r\nzweite  Zeile "
        await town.fault("accept_then_drop")
        with pytest.raises(OutcomeUnknown):
            await network.reply(outgoing(parent_id=comment, text=text, key="k1"))
        found = await network.find_reply(outgoing(parent_id=comment, key="k1", text=text))
        assert found is not None
        assert (
            await network.find_reply(outgoing(parent_id=comment, key="k1", text="Anderes")) is None
        )
        await network.reply(outgoing(parent_id=comment, text=text, key="k1"))
        assert len(await town.replies(comment)) == 2


async def test_the_same_text_under_another_key_is_another_reply(tmp_path: Path) -> None:
    async with running(create_app(town_settings(tmp_path))) as url, Town.at(url) as town:
        comment = await town.comment(await town.post(), "Zweimal danke?")
        network = town.network(client=town.client)
        await network.reply(outgoing(parent_id=comment, text="Danke", key="k1"))
        assert await network.find_reply(outgoing(parent_id=comment, key="k2", text="Danke")) is None


async def test_a_reply_published_too_widely_is_taken_down(tmp_path: Path) -> None:
    """INVARIANT: what was meant to be private does not stay public."""
    app = create_app(town_settings(tmp_path, forced_visibility="public"))
    async with running(app) as url, Town.at(url) as town:
        message = await town.message("lindenhof", "Unter uns")
        network = town.network(client=town.client)
        with pytest.raises(Refused, match="taken down") as refusal:
            await network.reply(
                outgoing(parent_id=message, text="Leise", key="leise", visibility="direct")
            )
        assert refusal.value.code == "invalid"
        assert await town.replies(message, "tagblatt") == []
        assert "Leise" not in str(await town.events("lindenhof"))


async def test_if_it_cannot_be_taken_down_the_outcome_is_unknown() -> None:
    def stubborn(request: Request) -> Response:
        if request.method == "DELETE":
            return PlainTextResponse("busy", status_code=503)
        return JSONResponse(COMMENT, status_code=201)

    async with answering(stubborn) as network:
        with pytest.raises(OutcomeUnknown, match="may still stand"):
            await network.reply(
                outgoing(parent_id="c0", text="Leise", key="k", visibility="direct")
            )


async def test_permalinks_begin_at_the_public_address(tmp_path: Path) -> None:
    settings = town_settings(tmp_path, public_url="https://sandbox.example/")
    async with running(create_app(settings)) as url, Town.at(url) as town:
        post_id = await town.post()
        await town.comment(post_id, "Hallo")
        batch = await anext(town.network(client=town.client).listen(None))
        (heard,) = comments_in(batch)
        assert heard.data.url == f"https://sandbox.example/t/{post_id}#c-{heard.data.native_id}"
        assert heard.data.root.url == f"https://sandbox.example/t/{post_id}"
        assert heard.data.page.url == "https://sandbox.example/p/lindenhof"


async def test_a_client_of_its_own_is_closed_a_borrowed_one_is_not(tmp_path: Path) -> None:
    async with running(create_app(town_settings(tmp_path))) as url, Town.at(url) as town:
        own, borrowing = town.network(), town.network(client=town.client)
        await own.read("x")
        await own.close()
        await borrowing.close()
        assert await borrowing.read("x") is None
        with pytest.raises(RuntimeError, match="closed"):
            await own.read("x")
