"""Every action as every role, and signed out, over HTTP."""

import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from fastapi import APIRouter, FastAPI
from fastapi.routing import iter_route_contexts
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Mount

from services.kit.db import transaction
from services.kit.web import listening_socket, serving
from services.review.app import create_app
from services.review.outline import outline
from services.review.rights import RIGHTS, ROLES, SIGNED_OUT, action_of, first_page, may
from services.review.security import OPEN_FOLDERS, OPEN_PATHS, digest, new_token
from services.store.accounts import Person, Role
from services.store.sessions import open_session
from tests.review.reading import path, rows
from tests.review.room import Room

SAMPLES = {"page_key": "0" * 16, "action": "check", "what": "sign_out"}
"""What stands in an address, where it is not 32 zeros."""


@dataclass(frozen=True)
class Route:
    """A route of the desk with an address to try."""

    method: str
    path: str
    action: str | None

    @property
    def address(self) -> str:
        return re.sub(r"\{(\w+)[^}]*\}", lambda found: SAMPLES.get(found[1], "0" * 32), self.path)


def routes_of(app: FastAPI) -> Iterator[Route]:
    for context in iter_route_contexts(app.routes):
        if isinstance(context.original_route, Mount):
            continue
        for method in sorted(context.methods or ()):
            yield Route(method, str(context.path), action_of(context.endpoint))


@asynccontextmanager
async def browser(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """Serve the desk on a port of its own and yield a client that names its origin."""
    async with (
        serving(app, listening_socket(), before_stop=lambda: None) as url,
        httpx.AsyncClient(base_url=url, headers={"origin": url}, timeout=60) as client,
    ):
        yield client


async def session_of(room: Room, account_id: str) -> tuple[dict[str, str], str]:
    """Open a session beside the sign-in; return its cookie and its token for forms."""
    token, csrf = new_token(), new_token()
    async with transaction(room.pool) as connection:
        await open_session(
            connection, token_hash=digest(token), account_id=account_id, csrf=csrf,
            expires_at=datetime.now(UTC) + timedelta(hours=1),
        )  # fmt: skip
    return {"cookie": f"dialogwerk={token}"}, csrf


async def status_of(
    client: httpx.AsyncClient, route: Route, headers: dict[str, str], csrf: str
) -> tuple[int, str]:
    """Return status and page; of an answer that never ends only the status."""
    data = {"csrf": csrf} if route.method == "POST" else None
    async with client.stream(route.method, route.address, headers=headers, data=data) as answer:
        if answer.headers.get("content-type", "").startswith("text/event-stream"):
            return answer.status_code, ""
        return answer.status_code, (await answer.aread()).decode()


@pytest.mark.parametrize("role", ROLES)
async def test_each_role_may_do_what_the_table_says_and_nothing_else(
    room: Room, role: Role
) -> None:
    """INVARIANT: rights are enforced by the server, for every route and every role."""
    account_id = await room.account("Jule", "en", role)
    async with browser(room.app) as client:
        for route in routes_of(room.app):
            headers, csrf = await session_of(room, account_id)
            status, page = await status_of(client, route, headers, csrf)
            refused = "<h1>Not allowed</h1>" in page
            if route.action == SIGNED_OUT or role in RIGHTS[str(route.action)]:
                assert not refused, route
                assert status < 500, route
            elif route.path == "/":
                assert status == 303, route
            else:
                assert (status, refused) == (403, True), route
            async with transaction(room.pool) as connection:
                await connection.execute("delete from sign_in_failures")


async def test_signed_out_only_the_door_is_open(room: Room) -> None:
    """INVARIANT: without a session every route but the door leads to the sign-in."""
    async with browser(room.app) as client:
        for route in routes_of(room.app):
            status, page = await status_of(client, route, {}, "")
            if route.action == SIGNED_OUT:
                assert route.path.startswith((*OPEN_PATHS, *OPEN_FOLDERS)), route
                assert "<h1>Not allowed</h1>" not in page, route
            else:
                assert (status, page) == (303, ""), route


async def test_a_route_that_names_no_action_is_shut_to_everybody(room: Room) -> None:
    """INVARIANT: who adds a route and forgets its right has shut it, not opened it."""
    router = APIRouter(default_response_class=Response)

    @router.get("/forgotten")
    async def forgotten() -> Response:
        return PlainTextResponse("secret")

    room.app.include_router(router)
    admin = await room.colleague(role="admin")
    answer = await admin.get("/forgotten")
    assert answer.status_code == 403
    assert "secret" not in answer.text
    with pytest.raises(KeyError):
        may("no.such.action")


def test_an_auditor_reads_everything_and_changes_nothing() -> None:
    """INVARIANT: what an auditor may do is exactly what only looks."""
    granted = {action for action, roles in RIGHTS.items() if "auditor" in roles}
    reading = {action for action in RIGHTS if action.partition(".")[2].startswith("read")}
    assert granted == reading | {"desk.use", "account.own"}


def test_an_admin_may_do_everything() -> None:
    assert all("admin" in roles for roles in RIGHTS.values())


async def test_reading_routes_only_read(room: Room) -> None:
    """INVARIANT: a form never hides behind a right to read, nor a page behind one to change."""
    for route in routes_of(create_app(room.desk, version="test", routes=[])):
        action = str(route.action)
        if route.method != "GET" and action not in (SIGNED_OUT, "account.own"):
            assert not action.partition(".")[2].startswith("read"), route


async def test_the_desk_shows_only_what_one_may_do(room: Room) -> None:
    seeded = await room.world.item("Was kostet das?")
    seen: dict[Role, tuple[str, str]] = {}
    for role in ROLES:
        visitor = await room.colleague(role, "en", role)
        menus = [(await visitor.get(f"/nav?at=/{at}")).text for at in ("dead", "muted")]
        seen[role] = (await visitor.get(path(seeded))).text, "".join(menus)
    for role, (item, nav) in seen.items():
        assert ('action="/items/' in item) == (role in RIGHTS["items.decide"]), role
        assert ('href="/dead"' in nav) == (role in RIGHTS["letters.read"]), role
        assert ('href="/muted"' in nav) == (role in RIGHTS["mutes.read"]), role
    assert "Was kostet das?" in seen["auditor"][0]
    assert "Was kostet das?" not in seen["ops"][0]


async def test_a_changed_role_counts_from_the_next_request_on(room: Room) -> None:
    """INVARIANT: who loses a role loses its rights at once, without signing in again."""
    jule = await room.colleague("Jule", "en", "admin")
    assert (await jule.get("/queues")).status_code == 200
    async with transaction(room.pool) as connection:
        await connection.execute("update accounts set role = 'moderator'")
    assert (await jule.get("/queues")).status_code == 403
    assert (await jule.get("/")).status_code == 200


async def test_who_reads_no_comments_begins_elsewhere(room: Room) -> None:
    ops = await room.colleague("Ole", "en", "ops")
    answer = await ops.get("/")
    assert (answer.status_code, answer.headers["location"]) == (303, "/queues")


def test_every_role_has_a_first_page_that_it_may_open() -> None:
    needed = {"/": "items.read", "/queues": "queues.read"}
    now = datetime.now(UTC)
    for role in ROLES:
        person = Person("1", "J", "de", role, "", "", now, now, has_second=False, by_provider=False)
        assert role in RIGHTS[needed[first_page(person)]]


def test_an_outline_holds_no_text_that_people_wrote() -> None:
    """INVARIANT: who mends queues does not read comments there."""
    body = (
        b'{"network": "sandbox", "comment_key": "00112233445566778899aabbccddeeff", "revision": 2,'
        b' "text": "Meine Adresse ist geheim", "author": {"name": "Kim", "Kim war hier": "x"},'
        b' "happened_at": "2026-11-22T10:00:00Z",'
        b' "reasons": [{"rule": "kim", "kind": "question"}]}'
    )
    shown = outline(body)
    for secret in ("geheim", "Kim", "kim"):
        assert secret not in shown
    for kept in ("sandbox", "00112233445566778899aabbccddeeff", "2026-11-22", "question", "‹24›"):
        assert kept in shown
    assert outline(b"\xffgeheim") == "‹7 bytes, no JSON›"
    assert outline(b"[" * 100_000).endswith("no JSON›")


async def test_dead_letters_show_ops_their_outline_only(room: Room) -> None:
    async with transaction(room.pool) as connection:
        await connection.execute(
            "insert into dead_letters (dead_id, stream, consumer, subject, body, reason, attempts,"
            " failed_at) values ('1', 'comments', 'route', 'comments.x', %s, 'E', 3, now())",
            [b'{"text": "sehr geheim"}'],
        )
    ops = await room.colleague("O", "en", "ops")
    auditor = await room.colleague("A", "en", "auditor")
    assert "sehr geheim" not in (await ops.get("/dead")).text
    assert "sehr geheim" in (await auditor.get("/dead")).text
    assert 'action="/dead/' in (await ops.get("/dead")).text
    assert 'action="/dead/' not in (await auditor.get("/dead")).text


async def test_only_seniors_lift_what_the_system_muted(room: Room) -> None:
    seeded = await room.world.comment("Nur Lärm.")
    async with transaction(room.pool) as connection:
        await connection.execute(
            "insert into mutes (mute_id, thread_key, account_id, reason, muted_at, expires_at)"
            " select %s, thread_key, 'system', '', now(), now() + interval '1 day' from comments"
            " where comment_key = %s",
            ["a" * 32, seeded.comment_key],
        )
    moderator = await room.colleague("Mo", "en", "moderator")
    senior = await room.colleague("Se", "en", "senior")
    lift = f"/mutes/{'a' * 32}/lift"
    assert lift not in (await moderator.get("/muted")).text
    assert (await moderator.post(lift)).status_code == 403
    assert await rows(room.pool, "select count(*) from mute_lifts") == [(0,)]
    assert lift in (await senior.get("/muted")).text
    assert (await senior.post(lift)).status_code == 303
    assert await rows(room.pool, "select count(*) from mute_lifts") == [(1,)]
