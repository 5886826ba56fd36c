from playwright.async_api import Browser, expect

from services.kit.db import Pool
from services.kit.service import background
from services.kit.web import listening_socket, serving
from services.review.app import create_app
from tests.browser.conftest import Windows
from tests.review.room import Room, make_desk
from tests.world import World


async def test_a_browser_finds_back_after_a_restart_and_sees_what_it_missed(
    chromium: Browser, pool: Pool, database_url: str
) -> None:
    """INVARIANT: a restart of the desk costs nobody a reload or a change."""
    first, second = make_desk(pool, database_url), make_desk(pool, database_url)
    world = World(pool)
    listener = listening_socket()
    port = listener.getsockname()[1]
    app = create_app(first, version="test", routes=[])
    async with (
        background(first.live.run()),
        serving(app, listener, before_stop=first.stopping.set) as address,
    ):
        windows = Windows(chromium, address, Room(first, pool, app, world))
        page = await windows.sign_in()
        await expect(page.locator(".row")).to_have_count(0)
    await expect(page.locator("body")).to_have_attribute("data-live", "off")
    await world.item("Unterdessen?")
    app = create_app(second, version="test", routes=[])
    async with (
        background(second.live.run()),
        serving(app, listening_socket(port=port), before_stop=second.stopping.set),
    ):
        await expect(page.locator("body")).to_have_attribute("data-live", "on", timeout=30_000)
        await expect(page.locator(".row")).to_have_count(1)
        await page.context.close()
