"""Real browsers at a real desk; only the bus is left out."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import (
    Browser,
    ConsoleMessage,
    Page,
    ViewportSize,
    async_playwright,
    expect,
)

from services.kit.db import Pool
from services.kit.service import background
from services.kit.web import listening_socket, serving
from services.review.app import create_app
from services.store.accounts import Role
from tests.conftest import require
from tests.review.room import PASSWORD, Room, make_desk
from tests.world import World

CHROMIUM = Path("/usr/bin/chromium")
SWITCHES = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
WIDE: ViewportSize = {"width": 1440, "height": 900}

expect.set_options(timeout=30_000)  # as patient as the pages: a busy machine draws slowly


@dataclass
class Windows:
    """Opens browser windows at the desk; remembers what their consoles complained about."""

    browser: Browser
    address: str
    room: Room
    complaints: list[str] = field(default_factory=list)

    async def open(self, *, size: ViewportSize = WIDE, **options: Any) -> Page:
        """Return a page with cookies of its own."""
        context = await self.browser.new_context(
            viewport=size, base_url=self.address, **{"locale": "de-DE", **options}
        )
        context.set_default_timeout(30_000)
        page = await context.new_page()
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", self._note)
        return page

    def _note(self, line: ConsoleMessage) -> None:
        refused = line.text.startswith("Failed to load resource")
        if line.type == "error" and not refused:
            self.complaints.append(line.text)

    async def sign_in(self, name: str = "Jule", role: Role = "admin", **options: Any) -> Page:
        """Return the page of somebody new who has signed in and hears of changes."""
        await self.room.account(name, role=role)
        page = await self.open(**options)
        await page.goto("/sign-in")
        await page.fill("#name", name)
        await page.fill("#password", PASSWORD)
        await page.press("#password", "Enter")
        await page.wait_for_url(lambda url: not url.endswith("/sign-in"))
        if options.get("java_script_enabled", True):
            await page.wait_for_selector("body[data-live=on]")
        return page


@pytest.fixture
def program() -> Path:
    """The browser's program; without it the test is skipped, on CI it fails."""
    require(CHROMIUM.exists(), f"no Chromium at {CHROMIUM}")
    return CHROMIUM


@pytest.fixture
async def chromium(program: Path) -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=program, args=SWITCHES)
        yield browser
        await browser.close()


@pytest.fixture
async def windows(chromium: Browser, pool: Pool, database_url: str) -> AsyncIterator[Windows]:
    """A desk that is served, and browsers to look at it; complaints of a console fail the test."""
    desk = make_desk(pool, database_url)
    app = create_app(desk, version="test", routes=[])
    async with background(desk.live.run()):
        await desk.live.listening.wait()
        listener = listening_socket()
        async with serving(app, listener, before_stop=desk.stopping.set) as address:
            opened = Windows(chromium, address, Room(desk, pool, app, World(pool)))
            yield opened
            for context in chromium.contexts:
                await context.close()
    assert opened.complaints == []


@pytest.fixture
def artefacts() -> Path:
    """The folder for pictures, outside of version control."""
    folder = Path(__file__).parents[2] / "artefacts"
    folder.mkdir(exist_ok=True)
    return folder
