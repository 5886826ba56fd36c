"""The work of operations in a real browser, with a real broker behind the board."""

import json
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import nats.errors
import pytest
from playwright.async_api import Page, expect

from schemas.streams import ROUTE_RECEIVED
from services.kit.bus import Bus
from services.kit.db import Pool, transaction
from services.kit.outbox import Relay
from services.kit.settings import Settings
from services.kit.telemetry import Telemetry
from services.review.alarm_rules import load_rules
from services.review.gauges import Gauges
from services.review.handlers import read_letter
from services.review.house_state import HouseReader
from services.review.sampling import Sampler
from services.store.dead_letters import add_dead_letter
from tests.browser.conftest import WIDE, Windows
from tests.kit.test_bus import received


@pytest.fixture
async def bus(nats_url: str) -> AsyncIterator[Bus]:
    bus = Bus(nats_url, service="review", telemetry=Telemetry("review"))
    await bus.broker.connect()
    yield bus
    with suppress(nats.errors.Error):
        await bus.broker.stop()


async def waiting(bus: Bus) -> int:
    """Return what waits to be sorted, as the broker says."""
    jetstream = bus.broker.connection.jetstream()
    info = await jetstream.consumer_info(ROUTE_RECEIVED.stream, ROUTE_RECEIVED.name)
    return info.num_pending or 0


async def shown(page: Page) -> str:
    """Return the row of what waits to be sorted."""
    await page.goto("/queues")
    row = page.locator("tr", has_text="Neue Kommentare, die sortiert werden")
    await expect(row).to_be_visible()
    return " ".join((await row.inner_text()).split())


async def test_a_dead_letter_is_found_read_and_sent_again(
    windows: Windows, pool: Pool, database_url: str, bus: Bus, artefacts: Path
) -> None:
    """From the alarm to the letter, from the letter to the queue; the numbers are the broker's."""
    now = datetime.now(UTC)
    await bus.publish(received("1" * 32))
    await bus.publish(received("2" * 32))
    body = json.dumps({"words": "nur für die Person, die es darf"}).encode()
    headers = {
        "Nats-Msg-Id": "route_received:comments:9", "Dead-Consumer": "route_received",
        "Dead-Stream": "comments", "Dead-Attempts": "5",
        "Dead-Reason": "invalid message: revision: Field required",
    }  # fmt: skip
    letter = read_letter("dead.comments.received.sandbox", headers, body, now)
    async with transaction(pool) as connection:
        await add_dead_letter(connection, letter)
    house = HouseReader(pool, Settings())
    sampler = Sampler(bus, pool, house, load_rules(""), (), Gauges(bus.telemetry))
    await sampler.look()

    page = await windows.sign_in("Ole", role="ops")
    assert await waiting(bus) == 2
    assert " 2 " in f" {await shown(page)} "
    await page.screenshot(path=artefacts / "ops-board.png", full_page=True)

    await page.get_by_role("link", name="Unzustellbar").first.click()
    await page.wait_for_url("**/dead")
    await page.set_viewport_size({"width": 390, "height": 844})
    wide = await page.evaluate("document.documentElement.scrollWidth")
    assert wide <= 390, "nothing is wider than a phone"
    await page.set_viewport_size(WIDE)
    card = page.locator("li.card", has_text="Field required")
    await card.get_by_text("Inhalt der Nachricht").click()
    assert "nur für die Person" not in await card.inner_text()
    note = card.get_by_placeholder("Notiz (optional)")
    await note.fill("Absender hat nachgebessert")
    await page.screenshot(path=artefacts / "ops-letters.png", full_page=True)
    await note.press("Enter")
    await expect(page.get_by_text("Nichts Unzustellbares.")).to_be_visible()
    await page.get_by_text("Erledigt (1)").click()
    await expect(page.get_by_text("Absender hat nachgebessert")).to_be_visible()

    assert await Relay(pool, bus, url=database_url).flush() == 1
    assert await waiting(bus) == 3
