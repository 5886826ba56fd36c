"""The signed webhook over HTTP: who may speak, and what becomes of what they say."""

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import nats
import pytest
import pytest_asyncio
from pydantic import SecretStr
from starlette.applications import Starlette

from schemas.inbound import Inbound
from services.ingest.intake import Intake, Result
from services.ingest.main import build
from services.ingest.webhook import MAX_BODY, MAX_EVENTS, Take, webhook_route
from services.kit.db import Pool
from services.kit.service import hosting
from services.kit.settings import Settings
from services.kit.signature import HEADER, sign
from services.kit.web import listening_socket, serving
from tests.ingest.events import as_json, count, everything, promised, stored

NEW, OLD, FOREIGN = b"the new key", b"the old key", b"somebody else's key"


@dataclass
class Hook:
    """Posts to the webhook."""

    client: httpx.AsyncClient

    async def post(
        self, content: Any, *, key: bytes = NEW, ago: float = 0, signed: Any = None
    ) -> httpx.Response:
        """Send content, signed `ago` seconds ago; `signed` is what was signed in its place."""
        body = encoded(content)
        at = datetime.now(UTC) - timedelta(seconds=ago)
        header = sign(body if signed is None else encoded(signed), key, at)
        return await self.client.post("/webhook", content=body, headers={HEADER: header})


def encoded(content: Any) -> bytes:
    return content if isinstance(content, bytes) else json.dumps(content).encode()


async def nobody_takes(events: Sequence[Inbound]) -> Result:
    assert not events
    return Result()


@asynccontextmanager
async def hooked(take: Take) -> AsyncIterator[Hook]:
    app = Starlette(routes=[webhook_route(take, [NEW, OLD])])
    with listening_socket() as listener:
        async with (
            serving(app, listener, before_stop=lambda: None) as url,
            httpx.AsyncClient(base_url=url, trust_env=False, timeout=30) as client,
        ):
            yield Hook(client)


@pytest.fixture
async def hook(intake: Intake) -> AsyncIterator[Hook]:
    async with hooked(intake.take) as opened:
        yield opened


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shut() -> AsyncIterator[Hook]:
    """A webhook through which nothing may come."""
    async with hooked(nobody_takes) as opened:
        yield opened


@pytest.mark.parametrize("key", [NEW, OLD])
async def test_either_key_opens_during_a_rollover(hook: Hook, pool: Pool, key: bytes) -> None:
    answer = await hook.post(as_json(), key=key)
    assert answer.status_code == 202
    assert answer.json() == {"taken": {"received": 1}, "errors": []}
    assert await promised(pool) == [("CommentReceived", 1)]


async def test_a_body_sent_again_is_taken_once(hook: Hook, pool: Pool) -> None:
    """INVARIANT: a replayed webhook changes nothing."""
    for outcome in ("received", "duplicate", "duplicate"):
        assert (await hook.post(as_json())).json()["taken"] == {outcome: 1}
    assert await promised(pool) == [("CommentReceived", 1)]


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize(
    ("sent", "reason"),
    [
        ({"key": FOREIGN}, "does not match"),
        ({"signed": as_json(text="something else")}, "does not match"),
        ({"ago": 310}, "300 s are allowed"),
        ({"ago": -310}, "check the sender's clock"),
        ({"ago": 10**9}, "away from our clock"),
    ],
)
async def test_what_nobody_of_ours_signed_just_now_is_refused(
    shut: Hook, sent: dict[str, Any], reason: str
) -> None:
    """INVARIANT: without a fresh signature of exactly this body nothing comes in."""
    answer = await shut.post(as_json(), **sent)
    assert answer.status_code == 401
    assert reason in answer.json()["error"]


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize(
    "header",
    [
        None, "", "t=,v1=", "t=1", "v1=abc", "t=-5,v1=abc", "t=99999999999999999999,v1=0",
        "t=\xb2,v1=0", "t=1e3,v1=0", "nonsense", "=,=", "t=0,v1=\xff",
    ],
)  # fmt: skip
async def test_a_malformed_signature_is_refused(shut: Hook, header: str | None) -> None:
    headers = [] if header is None else [(HEADER.encode(), header.encode("latin-1"))]
    answer = await shut.client.post("/webhook", content=encoded(as_json()), headers=headers)
    assert answer.status_code == 401
    assert answer.json()["error"]


async def test_without_a_key_of_ours_the_webhook_is_shut() -> None:
    """INVARIANT: an installation that set no key cannot be spoken to with an empty one."""
    app = Starlette(routes=[webhook_route(nobody_takes, [])])
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        answer = await Hook(client).post(as_json(), key=b"")
    assert answer.status_code == 401
    assert "WEBHOOK_SECRETS" in answer.json()["error"]


async def test_a_bad_entry_spoils_no_other(hook: Hook, pool: Pool) -> None:
    """INVARIANT: of a list everything that can be taken is taken, and the rest is named."""
    entries = [
        as_json(native_id="a"),
        {**as_json(), "type": "comment.liked.v1"},
        as_json(native_id="b\x00"),
        as_json(native_id="c", text="x" * 20_001),
        17,
        as_json(native_id="d"),
    ]
    answer = await hook.post(entries)
    assert answer.status_code == 207
    told = answer.json()
    assert told["taken"] == {"received": 2}
    assert [error["index"] for error in told["errors"]] == [1, 2, 3, 4]
    assert told["errors"][0]["error"].startswith("type: Input should be")
    assert told["errors"][1]["error"].startswith("id holds characters")
    assert "at most 20000 characters" in told["errors"][2]["error"]
    assert "xxx" not in answer.text
    assert await count(pool, "comments") == 2


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b"\xff\xfe\xfd", 400),
        (b"[" * 100_000, 400),
        (b"9" * 5_000, 400),
        (b"[" + b"0," * MAX_EVENTS + b"0]", 400),
        (b"[" * 900 + b"]" * 900, 422),
        (b"null", 422),
        (b'"words"', 422),
        (b"[[]]", 422),
        (b"NaN", 422),
        (encoded(as_json(network="Bad Name!")), 422),
        (encoded(as_json(created_at="2024-01-01T00:00:00")), 422),
        (encoded(as_json(text=" \n ")), 422),
        (b"[]", 202),
    ],
)
async def test_nonsense_is_answered_with_a_reason(shut: Hook, body: bytes, status: int) -> None:
    answer = await shut.post(body)
    assert answer.status_code == status
    assert status == 202 or answer.json().get("error") or answer.json()["errors"][0]["error"]


@pytest.mark.asyncio(loop_scope="module")
async def test_a_body_too_large_is_refused(shut: Hook) -> None:
    answer = await shut.post(encoded([as_json(text="x" * 15_000)] * (MAX_BODY // 15_000 + 1)))
    assert answer.status_code == 413
    assert str(MAX_BODY) in answer.json()["error"]


async def test_text_no_table_can_hold_is_mended(hook: Hook, pool: Pool) -> None:
    """INVARIANT: a broken character costs a character, not the comment."""
    body = encoded(as_json(text="MARK")).replace(b"MARK", b"NUL \\u0000, half \\ud83d emoji")
    answer = await hook.post(body)
    assert answer.status_code == 202
    kept = await stored(pool)
    assert kept is not None
    assert kept.text == "NUL \ufffd, half \ufffd emoji"


async def test_half_a_character_in_an_id_is_refused(hook: Hook) -> None:
    body = encoded(as_json(native_id="MARK")).replace(b"MARK", b"a\\udfff")
    answer = await hook.post(body)
    assert answer.status_code == 422
    assert "holds characters that no id may have" in answer.json()["errors"][0]["error"]


async def test_an_unknown_network_is_refused(hook: Hook, pool: Pool) -> None:
    answer = await hook.post(as_json(network="newspaper-forum"))
    assert answer.status_code == 422
    assert "newspaper-forum is unknown, known are: bluesky, " in answer.json()["errors"][0]["error"]
    assert await promised(pool) == []


async def test_private_messages_are_counted_and_not_kept(hook: Hook, pool: Pool) -> None:
    answer = await hook.post(as_json(text="Zarathustra", visibility="direct"))
    assert answer.json()["taken"] == {"private": 1}
    assert "Zarathustra" not in await everything(pool)


async def test_a_database_that_is_away_asks_the_sender_to_come_back(hook: Hook, pool: Pool) -> None:
    """INVARIANT: what we could not store is never acknowledged."""
    await pool.close()
    answer = await hook.post(as_json())
    assert answer.status_code == 503
    assert answer.headers["Retry-After"]


async def test_a_sender_who_hangs_up_does_no_harm(hook: Hook) -> None:
    async def halting() -> AsyncIterator[bytes]:
        yield b"{"
        raise ConnectionAbortedError

    with pytest.raises(ConnectionAbortedError):
        await hook.client.post("/webhook", content=halting())
    assert (await hook.post(as_json())).status_code == 202


async def test_the_service_publishes_what_the_webhook_took(
    database_url: str, nats_url: str
) -> None:
    """INVARIANT: an acknowledged webhook reaches the bus."""
    settings = Settings(
        nats_url=nats_url, database_url=database_url, webhook_secrets=(SecretStr(NEW.decode()),),
        pseudonym_key=SecretStr("for tests only, long enough"),
    )  # fmt: skip
    connection = await nats.connect(nats_url)
    try:
        heard = await connection.jetstream().subscribe("comments.received.>")
        service = build(settings, [])
        async with (
            hosting([service], host="127.0.0.1", first_port=0) as ports,
            httpx.AsyncClient(base_url=f"http://127.0.0.1:{ports['ingest']}", timeout=30) as client,
        ):
            assert (await Hook(client).post(as_json())).status_code == 202
            message = await heard.next_msg(timeout=30)
            metrics = (await client.get("/metrics")).text
    finally:
        await connection.close()
    assert message.subject.startswith("comments.received.sandbox.")
    assert b"Fest" not in message.data
    counted = 'dialogwerk_taken_total{network="sandbox",outcome="received",service="ingest"} 1.0'
    assert counted in metrics
