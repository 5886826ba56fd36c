"""The sandbox in a real browser: fresh without reloading, and deaf to code in comments."""

import shutil
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, async_playwright, expect

from tests.networks.sandbox_town import ATTACKS, Town
from tests.networks.stage import outgoing

_CHROMIUM = shutil.which("chromium")

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.skipif(_CHROMIUM is None, reason="no Chromium on this machine"),
]

_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def chromium() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=_CHROMIUM, args=_FLAGS)
        yield browser
        await browser.close()


@pytest_asyncio.fixture(loop_scope="module")
async def page(chromium: Browser) -> AsyncIterator[Page]:
    context = await chromium.new_context(locale="de-DE")
    yield await context.new_page()
    await context.close()


async def test_code_in_comments_does_not_run(town: Town, page: Page) -> None:
    """INVARIANT: no name and no text runs in a reader's browser."""
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("dialog", lambda dialog: said.append(dialog.message))
    post = await town.post(text=ATTACKS[0])
    for attack in ATTACKS:
        await town.comment(post, attack, by=await town.person(attack[:60]))
    await page.goto(f"{town.url}/t/{post}")
    assert await page.locator(".comment .text").all_inner_texts() == ATTACKS
    for link in await page.locator(".comment .text a").all():
        await link.hover()
    assert await page.title() != "owned"
    assert said == []


async def test_a_newcomer_writes_and_sees_the_answer_without_reloading(
    town: Town, page: Page
) -> None:
    post = await town.post()
    await page.goto(f"{town.url}/t/{post}")
    await page.get_by_label("Dein Name").fill("Lea Sommer")
    await page.get_by_label("Dein Kommentar").fill("Gibt es noch Karten?")
    await page.get_by_role("button", name="Kommentieren").click()
    await expect(page.locator(".comment")).to_have_count(1)
    (comment,) = await town.replies(post)
    await town.network(client=town.client).reply(
        outgoing(parent_id=comment["id"], text="Ja, an der Kasse.", key=post)
    )
    await expect(page.locator(".by-page .text")).to_have_text("Ja, an der Kasse.")


async def test_news_do_not_take_away_what_somebody_is_writing(town: Town, page: Page) -> None:
    post = await town.post()
    await page.goto(f"{town.url}/t/{post}")
    await page.get_by_label("Dein Kommentar").fill("Halb fertig")
    await town.comment(post, "Schneller")
    await expect(page.locator(".fresh")).to_be_visible()
    await expect(page.get_by_label("Dein Kommentar")).to_have_value("Halb fertig")
    await page.locator(".fresh a").click()
    await expect(page.locator(".comment .text")).to_have_text("Schneller")
