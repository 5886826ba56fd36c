import asyncio
import re
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from fastapi.routing import iter_route_contexts

from services.kit.db import Pool, transaction
from services.review.app import create_app
from services.review.passwords import Passwords, UnfitName, UnfitPassword, fit_password
from services.review.people import create
from services.review.refusals import Refused
from services.review.security import safe_path, same_origin
from services.review.throttle import ADDRESS, NAME, PAIR, Throttle, pause
from services.store.accounts import find_account
from tests.review.reading import rows
from tests.review.room import ORIGIN, PASSWORD, Room, Visitor, make_desk
from tests.world import World

DOORS = ("/sign-in", "/invitation/")
"""Their forms are sent by people without a session; the origin protects them."""
OPEN = {
    ("GET", "/sign-in"), ("POST", "/sign-in"), ("POST", "/language"),
}  # fmt: skip


def routes(room: Room) -> list[tuple[str, str]]:
    """Return method and a sample path of every route of the desk."""
    found = [
        (method, re.sub(r"\{[^}]*\}", "0" * 32, context.path))
        for context in iter_route_contexts(room.app.routes)
        if isinstance(context.path, str)
        for method in sorted(context.methods or ())
    ]
    assert len(found) > 15
    return found


async def test_nobody_gets_anywhere_without_signing_in(room: Room) -> None:
    """INVARIANT: a route is shut unless it is named among the open ones."""
    visitor = room.visitor()
    for method, path in routes(room):
        if (method, path) in OPEN or path.startswith(("/invitation/", "/sign-in/")):
            continue
        answer = await visitor.http.request(method, path, headers={"origin": ORIGIN})
        assert (answer.status_code, answer.text) == (303, ""), path
        assert answer.headers["location"].startswith("/sign-in"), path
        for live in ({"hx-request": "true"}, {}):
            visitor.http.cookies.set("dialogwerk", "made-up")
            answer = await visitor.http.request(method, path, headers={"origin": ORIGIN, **live})
            assert answer.status_code == (401 if live else 303), path


async def test_no_form_is_taken_without_its_token_or_from_elsewhere(room: Room) -> None:
    """INVARIANT: another site cannot make a signed-in browser decide anything."""
    jule = await room.colleague()
    posts = [
        path for method, path in routes(room) if method == "POST" and not path.startswith(DOORS)
    ]
    for path in posts:
        for sent in (
            {},
            {"csrf": ""},
            {"csrf": "wrong"},
            {"csrf": "ü\ud800".encode("utf-8", "replace")},
        ):
            answer = await jule.http.post(path, data=sent, headers={"origin": ORIGIN})
            assert answer.status_code in (400, 403), path
        for origin in ("http://evil.test", "null", "http://desk.test.evil.test", ""):
            answer = await jule.http.post(
                path, data={"csrf": jule.csrf}, headers={"origin": origin} if origin else {}
            )
            assert answer.status_code == 403, (path, origin)
    assert await rows(room.pool, "select count(*) from decisions") == [(0,)]


async def test_signing_in_leads_on_and_signing_out_ends_the_session(room: Room) -> None:
    await room.account()
    visitor = room.visitor()
    answer = await visitor.get("/items/" + "0" * 32)
    assert answer.headers["location"] == "/sign-in?next=%2Fitems%2F" + "0" * 32
    answer = await visitor.post("/sign-in", name=" jULE ", password=PASSWORD, next="/muted")
    assert (answer.status_code, answer.headers["location"]) == (303, "/muted")
    token = visitor.http.cookies["dialogwerk"]
    assert (await visitor.sign_in("Jule")).status_code == 303
    assert token not in str(await rows(room.pool, "select * from sessions"))
    assert (await visitor.post("/sign-out")).status_code == 303
    stolen = {"cookie": f"dialogwerk={visitor.http.cookies.get('dialogwerk', '')}"}
    assert (await visitor.get("/", **stolen)).status_code == 303


async def test_a_form_sent_after_the_session_ended_leads_back_to_its_page(room: Room) -> None:
    visitor = room.visitor()
    page = "/items/" + "0" * 32
    answer = await visitor.http.post(
        page + "/approve",
        data={"text": "a"},
        headers={"origin": ORIGIN, "referer": f"{ORIGIN}{page}?lane=all"},
    )
    expected = "/sign-in?next=" + page.replace("/", "%2F") + "%3Flane%3Dall"
    assert answer.headers["location"] == expected


async def test_a_session_ends_after_its_hours_and_with_its_account(room: Room) -> None:
    jule, emre = await room.colleague("Jule"), await room.colleague("Emre")
    async with transaction(room.pool) as connection:
        await connection.execute("update accounts set disabled_at = now() where name = 'Emre'")
    assert (await emre.get("/")).status_code == 303
    assert (await emre.sign_in("Emre")).status_code == 401
    assert (await jule.get("/")).status_code == 200
    async with transaction(room.pool) as connection:
        await connection.execute("update sessions set expires_at = now()")
    assert (await jule.get("/")).status_code == 303
    assert (await jule.sign_in("Jule")).status_code == 303
    assert await rows(room.pool, "select count(*) from sessions") == [(1,)]


async def test_a_wrong_name_and_a_wrong_password_look_the_same(room: Room) -> None:
    await room.account()
    visitor = room.visitor()
    pages = [
        (await visitor.sign_in(name, "wrong password")).text for name in ("Jule", "Nobody", "\x00")
    ]
    assert len(set(pages)) == 1
    assert "Name oder Passwort stimmt nicht" in pages[0]


async def test_guessing_is_slowed_down_even_when_all_guesses_come_at_once(room: Room) -> None:
    """INVARIANT: after five failures a guess costs waiting, also with the right password."""
    await room.account()
    visitor = room.visitor()
    answers = await asyncio.gather(*(visitor.sign_in("Jule", f"guess {n}") for n in range(12)))
    assert sorted(answer.status_code for answer in answers) == [401] * 5 + [429] * 7
    answer = await visitor.sign_in("Jule")
    assert answer.status_code == 429
    assert 0 < int(answer.headers["retry-after"]) <= 5
    async with transaction(room.pool) as connection:
        await connection.execute("update sign_in_failures set blocked_until = now()")
    assert (await visitor.sign_in("Jule")).status_code == 303
    left = await rows(room.pool, "select failures from sign_in_failures")
    assert left == [(5,)]


async def test_a_stranger_elsewhere_does_not_lock_a_name(pool: Pool) -> None:
    now = datetime.now(UTC)
    for _ in range(30):
        await Throttle.of_sign_in("Jule", "203.0.113.9").enter(pool, now)
    assert await Throttle.of_sign_in("Jule", "203.0.113.9").enter(pool, now) > 0
    assert await Throttle.of_sign_in("Jule", "198.51.100.7").enter(pool, now) == 0


async def test_a_free_try_waits_for_no_other(pool: Pool) -> None:
    """Of two at the same moment, the one that began first may be counted last."""
    now = datetime.now(UTC)
    throttle = Throttle.of_codes("an account", "203.0.113.9")
    assert await throttle.enter(pool, now + timedelta(seconds=1)) == 0
    assert await throttle.enter(pool, now) == 0


async def test_old_failures_are_forgotten(pool: Pool) -> None:
    long_ago = datetime.now(UTC) - timedelta(days=1)
    for _ in range(8):
        await Throttle.of_sign_in("Jule", "203.0.113.9").enter(pool, long_ago)
    assert await Throttle.of_sign_in("Jule", "203.0.113.9").enter(pool, long_ago) > 0
    assert await Throttle.of_sign_in("Jule", "203.0.113.9").enter(pool, datetime.now(UTC)) == 0
    assert await rows(pool, "select max(failures) from sign_in_failures") == [(1,)]


def test_the_wait_grows_up_to_a_bound() -> None:
    assert [pause(PAIR, failures) for failures in (4, 5, 6, 7)] == [0, 5, 10, 20]
    assert (pause(PAIR, 500), pause(ADDRESS, 500), pause(NAME, 500)) == (900, 900, 60)
    assert pause(NAME, 49) == pause(ADDRESS, 19) == 0


async def test_an_account_needs_a_name_of_its_own(pool: Pool) -> None:
    async with transaction(pool) as connection:
        for name in ("", "  ", "a\u202eb", "x" * 81):
            with pytest.raises(UnfitName):
                await create(connection, name=name, role="moderator", by=None)
        await create(connection, name="  Jule   Berg ", role="moderator", language="en", by=None)
        found = await find_account(connection, "jule berg")
        assert found is not None
        assert (found.name, found.language, found.password_hash) == ("Jule Berg", "en", None)
        with pytest.raises(Refused):
            await create(connection, name="JULE BERG", role="moderator", by=None)


async def test_passwords_are_long_and_hashed_with_argon2id(pool: Pool) -> None:
    """INVARIANT: what is stored of a password is an Argon2id hash at today's strength."""
    for password in ("short", "x" * 257):
        with pytest.raises(UnfitPassword):
            fit_password(password)
    passwords = Passwords()
    stored = await passwords.hash(PASSWORD)
    assert stored.startswith("$argon2id$v=19$m=65536,t=3,")
    assert await passwords.fits(PASSWORD, stored)
    assert not await passwords.fits(PASSWORD + "x", stored)
    assert not passwords.outdated(stored)


async def test_every_answer_carries_the_headers_that_protect_it(room: Room) -> None:
    jule = await room.colleague()
    for path in ("/", "/sign-in", "/nowhere", "/items/" + "0" * 32, "/static/desk.css"):
        headers = (await jule.get(path)).headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert (headers["cache-control"] == "no-store") != path.startswith("/static/")


async def test_over_https_cookies_are_secure(pool: Pool, database_url: str) -> None:
    desk = make_desk(pool, database_url, public_url="https://desk.example")
    app = create_app(desk, version="test", routes=[])
    transport = httpx.ASGITransport(app)
    room = Room(desk, pool, app, World(pool))
    await room.account()
    async with httpx.AsyncClient(transport=transport, base_url="https://desk.example") as client:
        answer = await client.post(
            "/sign-in",
            data={"name": "Jule", "password": PASSWORD},
            headers={"origin": "https://desk.example"},
        )
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("__Host-dialogwerk=")
    for flag in ("HttpOnly", "Secure", "SameSite=lax", "Path=/", "Max-Age=43200"):
        assert flag in cookie
    assert "strict-transport-security" in answer.headers


async def test_too_large_a_form_is_refused(room: Room) -> None:
    jule = await room.colleague()
    answer = await jule.post("/language", language="de", back="x" * 600_000)
    assert answer.status_code == 413


async def test_nonsense_in_a_form_is_a_page_and_no_crash(room: Room) -> None:
    jule = await room.colleague()
    for body in (b"csrf=%ff%fe&text=%00", b"%", b"csrf=" + b"&" * 500, b"\xff\xfe"):
        answer = await jule.http.post(
            "/items/" + "0" * 32 + "/approve",
            content=body,
            headers={"origin": ORIGIN, "content-type": "application/x-www-form-urlencoded"},
        )
        assert answer.status_code in (400, 403)
        assert "<html" in answer.text


@pytest.mark.parametrize(
    ("origin", "host", "public_url", "ours"),
    [
        ("http://desk.test", "desk.test", "", True),
        ("http://desk.test:8080", "desk.test:8080", "", True),
        ("https://desk.example", "10.0.0.7:8080", "https://desk.example/", True),
        ("http://evil.test", "desk.test", "", False),
        ("http://desk.test:81", "desk.test", "", False),
        ("null", "desk.test", "", False),
        ("", "", "", False),
        (None, "desk.test", "", False),
        ("http://desk.example", "10.0.0.7", "https://desk.example", False),
    ],
)
def test_whose_form_it_is(
    origin: str | None, host: str | None, public_url: str, ours: bool
) -> None:
    assert same_origin(origin, host, public_url) is ours


@pytest.mark.parametrize(
    "path",
    ["//evil.test", "/\\evil.test", "https://evil.test", "evil", "", "/a\r\nb", "/a\\b", "\t//x"],
)
def test_nobody_is_led_to_another_site(path: str) -> None:
    assert safe_path(path) == "/"


async def test_a_sign_in_cannot_lead_to_another_site(room: Room) -> None:
    await room.account()
    visitor: Visitor = room.visitor()
    for path in ("//evil.test", "https://evil.test/", "/\\evil.test"):
        answer = await visitor.post("/sign-in", name="Jule", password=PASSWORD, next=path)
        assert answer.headers["location"] == "/"
