"""Through the organisation's provider and back, with a second factor, and out from both ends."""

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
from playwright.async_api import Browser, Page, expect

from services.kit import totp
from services.kit.db import Pool, transaction
from services.kit.web import serving
from services.review.app import create_app
from tests.browser.conftest import Windows
from tests.review.openid import Wire, the_openid
from tests.review.provider_house import ADA, House
from tests.review.room import Room, make_desk
from tests.review.test_second_factor import KEY, set_up
from tests.world import World


@pytest.fixture
async def house(
    request: pytest.FixtureRequest, chromium: Browser, pool: Pool, database_url: str
) -> AsyncIterator[tuple[House, Windows]]:
    """A desk that is served where its provider believes it to be."""
    openid, wire = the_openid(request), Wire()
    desk = make_desk(pool, database_url, ask=wire, secret_keys=KEY, **openid.settings)
    app = create_app(desk, version="test", routes=[])
    async with serving(app, openid.desk_socket(), before_stop=desk.stopping.set):
        room = Room(desk, pool, app, World(pool))
        windows = Windows(chromium, openid.desk, room)
        yield House(room, openid, wire), windows
        for context in chromium.contexts:
            await context.close()
    for client in room.clients:
        await client.aclose()
    await wire.close()
    assert windows.complaints == []


async def test_in_with_a_code_and_out_from_both_ends(house: tuple[House, Windows]) -> None:
    """INVARIANT: our own policies for browsers let the way to the provider and back through."""
    at, windows = house
    await at.openid.knows(ada=ADA)
    await at.account(role="admin")
    visitor = at.room.visitor()
    await visitor.sign_in("Ada")
    secret, _ = await set_up(visitor)
    page = await windows.open(locale="en-GB")

    async def come_in(ahead: int) -> None:
        await page.get_by_role("link", name="Sign in with Regenlinde-Konto").click()
        await page.fill("[name=login]", "ada")
        await page.get_by_role("button", name="Sign in").click()
        await page.fill("#code", totp.code_of(secret, totp.step_of(datetime.now(UTC)) + ahead))
        await page.get_by_role("button", name="Sign in").click()
        await expect(page.get_by_role("heading", name="Books")).to_be_visible()

    await page.goto("/books")
    await come_in(1)
    # signed out at the provider: it tells the desk, whose open page leads to the door
    elsewhere = await page.context.new_page()
    await elsewhere.goto(f"{at.openid.issuer}/session/end?client_id=dialogwerk")
    await elsewhere.get_by_role("button", name="Yes, sign me out").click()
    await expect(elsewhere.get_by_role("heading", name="Sign-out Success")).to_be_visible()
    await elsewhere.close()
    await page.goto("/books")
    await page.wait_for_url(re.compile("/sign-in"))
    # and out from the desk; the code of this half minute may be used once more
    async with transaction(at.room.pool) as connection:
        await connection.execute("update accounts set totp_step = 0")
    await come_in(0)
    await _sign_out(page)
    await page.get_by_role("link", name="Sign out of Regenlinde-Konto too").click()
    await page.get_by_role("button", name="Yes, sign me out").click()
    await page.wait_for_url(f"{at.openid.desk}/sign-in*")
    await page.get_by_role("link", name="Sign in with Regenlinde-Konto").click()
    await expect(page.locator("[name=login]")).to_be_visible()


async def _sign_out(page: Page) -> None:
    await page.get_by_role("button", name="Sign out").click()
    await expect(page.get_by_role("heading", name="Signed out of the desk")).to_be_visible()
