"""The second factor, from setting it up to losing the phone."""

import asyncio
import base64
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from services.kit import totp
from services.kit.db import Pool, transaction
from services.review.app import create_app
from services.review.second_factor import drawing
from tests.review.reading import rows
from tests.review.room import PASSWORD, Room, Visitor, make_desk
from tests.world import World

PAGE = "/account/second-factor"
KEY = base64.b64encode(b"k" * 32).decode()


@pytest.fixture
async def safe(pool: Pool, database_url: str) -> AsyncIterator[Room]:
    """A desk that can keep secrets and wants a second factor of its admins."""
    desk = make_desk(pool, database_url, secret_keys=KEY, second_factor_roles="admin")
    room = Room(desk, pool, create_app(desk, version="test", routes=[]), World(pool))
    yield room
    for client in room.clients:
        await client.aclose()


def code_now(secret: str, ahead: int = 0) -> str:
    return totp.code_of(secret, totp.step_of(datetime.now(UTC)) + ahead)


async def set_up(visitor: Visitor) -> tuple[str, list[str]]:
    """Set up a second factor as a person does; return its secret and the recovery codes."""
    assert (await visitor.post(f"{PAGE}/begin")).status_code == 303
    page = (await visitor.get(PAGE)).text
    found = re.search(r'class="secret">([A-Z2-7]{32})<', page)
    assert found is not None
    assert "<svg" in page
    done = await visitor.post(f"{PAGE}/confirm", code=code_now(found[1]))
    codes = re.findall(r"<li><code>([A-Z0-9-]{19})</code>", done.text)
    assert (done.status_code, len(codes)) == (200, 10)
    return found[1], codes


async def half_in(room: Room, name: str = "Jule") -> Visitor:
    """Return a browser whose password was right."""
    visitor = room.visitor()
    answer = await visitor.post("/sign-in", name=name, password=PASSWORD, next="/books")
    assert answer.headers["location"] == "/sign-in/code?next=%2Fbooks"
    return visitor


async def test_a_password_alone_opens_nothing_once_a_second_factor_is_set_up(safe: Room) -> None:
    """INVARIANT: between password and code there is no session, only a page for the code."""
    jule = await safe.colleague(role="moderator")
    secret, _ = await set_up(jule)
    stolen = await half_in(safe)
    for path in ("/", "/books", "/account", PAGE, "/events"):
        assert (await stolen.get(path)).status_code == 303, path
    half = stolen.http.cookies["dialogwerk_half"]
    assert (await stolen.get("/", cookie=f"dialogwerk={half}")).status_code == 303
    assert (await stolen.post("/sign-in/code", code="000000")).status_code == 401
    answer = await stolen.post("/sign-in/code", code=code_now(secret, 1), next="/books")
    assert (answer.status_code, answer.headers["location"]) == (303, "/books")
    assert (await stolen.get("/books")).status_code == 200
    assert "dialogwerk_half" not in stolen.http.cookies
    assert (await stolen.post("/sign-in/code", code=code_now(secret, 1))).status_code == 303


async def test_a_code_opens_the_desk_once_even_if_sent_twice_at_once(safe: Room) -> None:
    """INVARIANT: a code that somebody looked at over a shoulder is worth nothing."""
    secret, _ = await set_up(await safe.colleague(role="moderator"))
    two = [await half_in(safe), await half_in(safe)]
    code = code_now(secret, 1)
    answers = await asyncio.gather(*(one.post("/sign-in/code", code=code) for one in two))
    assert sorted(answer.status_code for answer in answers) == [303, 401]
    again = await half_in(safe)
    assert (await again.post("/sign-in/code", code=code)).status_code == 401
    assert (await again.post("/sign-in/code", code=code_now(secret, 0))).status_code == 401


async def test_a_recovery_code_opens_once_however_it_is_typed(safe: Room) -> None:
    """INVARIANT: recovery codes are stored as hashes and each works once."""
    _, codes = await set_up(await safe.colleague(role="moderator"))
    stored = str(await rows(safe.pool, "select * from recovery_codes"))
    assert not any(code in stored or code.replace("-", "") in stored for code in codes)
    typed = codes[0].lower().replace("-", " ")
    jule = await half_in(safe)
    assert (await jule.post("/sign-in/code", code=typed)).status_code == 303
    assert (await jule.get(PAGE)).text.count("9 Notfallcodes") == 1
    again = await half_in(safe)
    assert (await again.post("/sign-in/code", code=typed)).status_code == 401


async def test_guessing_codes_is_slowed_down_from_everywhere(safe: Room) -> None:
    """INVARIANT: whoever knows the password gets five codes, then waits."""
    secret, _ = await set_up(await safe.colleague(role="moderator"))
    thief = await half_in(safe)
    tries = [await thief.post("/sign-in/code", code=f"{n:06}") for n in range(8)]
    assert [one.status_code for one in tries] == [401] * 5 + [429] * 3
    right = await thief.post("/sign-in/code", code=code_now(secret, 1))
    assert (right.status_code, int(right.headers["retry-after"]) > 0) == (429, True)


async def test_the_secret_is_sealed_and_shown_only_until_it_is_confirmed(safe: Room) -> None:
    """INVARIANT: nobody reads a second factor's secret from the database or, later, the page."""
    jule = await safe.colleague(role="moderator")
    secret, _ = await set_up(jule)
    assert secret not in str(await rows(safe.pool, "select * from accounts"))
    assert secret not in (await jule.get(PAGE)).text
    await jule.post(f"{PAGE}/begin")
    assert await rows(safe.pool, "select totp_offered from accounts") == [(None,)]


async def test_a_role_that_needs_it_reaches_only_its_account_before(safe: Room) -> None:
    """INVARIANT: where a second factor is required the desk is shut until it is set up."""
    admin = await safe.colleague(role="admin")
    for path in ("/", "/people", "/books", "/events"):
        answer = await admin.get(path)
        assert (answer.status_code, answer.headers["location"]) == (303, PAGE), path
    assert (await admin.get("/nav", **{"hx-request": "true"})).status_code == 403
    assert (await admin.post("/people", name="Eve", role="admin")).status_code == 303
    assert await rows(safe.pool, "select name from accounts") == [("Jule",)]
    assert (await admin.get("/account")).status_code == 200
    secret, _ = await set_up(admin)
    assert (await admin.get("/people")).status_code == 200
    refused = await admin.post(f"{PAGE}/remove", code=code_now(secret, 1))
    assert refused.status_code == 422
    assert await rows(safe.pool, "select totp_secret is null from accounts") == [(False,)]


async def test_removing_and_renewing_need_a_code(safe: Room) -> None:
    jule = await safe.colleague(role="moderator")
    secret, codes = await set_up(jule)
    for form in ("remove", "recovery"):
        assert (await jule.post(f"{PAGE}/{form}", code="000000")).status_code == 422
    renewed = await jule.post(f"{PAGE}/recovery", code=code_now(secret, 1))
    fresh = re.findall(r"<li><code>([A-Z0-9-]{19})</code>", renewed.text)
    assert len(set(fresh) - set(codes)) == 10
    assert (await jule.post(f"{PAGE}/remove", code=codes[0])).status_code == 422
    assert (await jule.post(f"{PAGE}/remove", code=fresh[0])).status_code == 303
    assert await rows(safe.pool, "select count(*) from recovery_codes") == [(0,)]
    assert (await safe.visitor().sign_in("Jule")).headers["location"] == "/"


async def test_a_lost_second_factor_is_reset_by_who_manages_people(safe: Room) -> None:
    jule = await safe.colleague("Jule", "en", "moderator")
    await set_up(jule)
    admin = await safe.colleague("Ada", "en", "admin")
    await set_up(admin)
    (account_id,) = (await rows(safe.pool, "select account_id from accounts where name = 'Jule'"))[
        0
    ]
    assert (await admin.post(f"/people/{account_id}/forget_second")).status_code == 303
    assert (await jule.get("/")).status_code == 303
    assert (await safe.visitor().sign_in("Jule")).headers["location"] == "/"


async def test_without_keys_the_page_says_what_is_missing(room: Room) -> None:
    jule = await room.colleague("Jule", "en")
    assert "SECRET_KEYS" in (await jule.get(PAGE)).text
    await jule.post(f"{PAGE}/begin")
    assert await rows(room.pool, "select totp_offered from accounts") == [(None,)]


async def test_a_half_session_ends_after_minutes(safe: Room) -> None:
    secret, _ = await set_up(await safe.colleague(role="moderator"))
    late = await half_in(safe)
    async with transaction(safe.pool) as connection:
        await connection.execute("update sessions set expires_at = now() where stage = 'code'")
    answer = await late.post("/sign-in/code", code=code_now(secret, 1))
    assert answer.headers["location"] == "/sign-in"


def test_the_drawing_has_no_styles_or_scripts() -> None:
    """INVARIANT: the QR code obeys the desk's content security policy."""
    svg = drawing("otpauth://totp/Jule?secret=ABC")
    assert svg.startswith("<svg")
    assert "style" not in svg
    assert "script" not in svg
