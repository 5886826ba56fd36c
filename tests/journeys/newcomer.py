"""The README's first five minutes, in a real browser: approve an answer, find it, ask back."""

import re
from collections.abc import Sequence
from pathlib import Path

from playwright.async_api import Browser, Page, async_playwright, expect

from services.kit.pseudonym import long_key
from tests.browser.conftest import CHROMIUM, SWITCHES

PICTURES = Path(__file__).parents[2] / "artefacts"
LIVE = "body[data-live=on]"
QUESTION = "Fördert der Schattenfonds auch ein Sonnensegel für unseren Spielplatz?"


def told(said: Sequence[str], name: str) -> str:
    """Return what the demo printed behind a name."""
    found = re.search(rf"{name}\s+(\S.*\S)", "".join(said))
    assert found, said
    return found[1]


async def open_page(browser: Browser) -> Page:
    context = await browser.new_context(locale="de-DE", viewport={"width": 1440, "height": 960})
    context.set_default_timeout(30_000)
    return await context.new_page()


async def first_five_minutes(said: Sequence[str]) -> None:
    """Approve an answer, find it, ask back, mute the thread; `said` is what the demo printed."""
    PICTURES.mkdir(exist_ok=True)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=str(CHROMIUM), args=list(SWITCHES)
        )
        desk, town = await open_page(browser), await open_page(browser)
        await sign_in(desk, said)

        await desk.goto(f"{told(said, 'The desk')}/?lane=answer&draft=ready")
        await desk.wait_for_selector(LIVE)
        await desk.keyboard.press("j")
        await desk.keyboard.press("Enter")
        await desk.wait_for_url("**/items/**")
        await desk.wait_for_selector(f"{LIVE}[data-armed]")
        text = await desk.locator("#text").input_value()
        await desk.screenshot(path=PICTURES / "newcomer-item.png")
        comment = desk.get_by_role("link", name=re.compile("Im Netzwerk")).first
        thread = await comment.get_attribute("href")
        assert thread
        await desk.keyboard.press("a")
        await desk.wait_for_url(re.compile("done=approve"))

        await town.goto(thread)
        line = max(text.splitlines(), key=len)[:80]
        await expect(town.locator(".by-page", has_text=line)).to_have_count(1, timeout=60_000)
        await town.screenshot(path=PICTURES / "newcomer-reply.png")

        await desk.goto(told(said, "The desk"))
        await desk.wait_for_selector(LIVE)
        waiting = int(await desk.locator("#lane-answer strong").inner_text())
        await town.goto(f"{told(said, 'The network')}/t/p03")
        form = town.locator("#write")
        await form.locator("input[name=display_name]").fill("Nora Newcomer")
        await form.locator("textarea").fill(QUESTION)
        await form.locator("button").first.click()
        await expect(desk.locator("#lane-answer strong")).to_have_text(
            str(waiting + 1), timeout=30_000
        )
        mine = await town.locator("li.comment", has_text=QUESTION).get_attribute("id")
        assert mine
        comment_key = long_key("sandbox", mine.removeprefix("c-"))
        await desk.goto(f"{told(said, 'The desk')}/items/{comment_key}")
        await expect(desk.locator("#text")).to_have_value(
            re.compile("Schattenfonds"), timeout=30_000
        )
        await desk.screenshot(path=PICTURES / "newcomer-arrived.png")

        await mute(desk)
        later = "Und was kostet so ein Sonnensegel beim Schattenfonds ungefähr?"
        await town.locator("#write textarea").fill(later)
        await town.locator("#write button").first.click()
        held = await town.locator("li.comment", has_text=later).get_attribute("id")
        assert held
        silent = f"{told(said, 'The desk')}/items/{long_key('sandbox', held.removeprefix('c-'))}"
        await expect_status(desk, silent, "stumm")
        await desk.screenshot(path=PICTURES / "newcomer-muted.png")
        await desk.goto(f"{told(said, 'The desk')}/muted")
        await desk.locator("form.inline button").first.click()
        await desk.goto(silent)
        await expect(desk.locator("#text")).to_have_value(
            re.compile("Schattenfonds"), timeout=30_000
        )
        await browser.close()


async def mute(desk: Page) -> None:
    """Mute the thread of the open item."""
    await desk.wait_for_selector(f"{LIVE}[data-armed]")
    await desk.keyboard.press("m")
    await desk.fill("#mute-reason", "Dreht sich im Kreis")
    await desk.press("#mute-reason", "Enter")
    await desk.wait_for_url(re.compile("done=mute"))


async def expect_status(desk: Page, address: str, word: str) -> None:
    """Open an item again and again until it is there, and says this."""
    for _ in range(40):
        answer = await desk.goto(address)
        if answer is not None and answer.ok:
            break
        await desk.wait_for_timeout(250)
    await expect(desk.locator("main")).to_contain_text(re.compile(word, re.IGNORECASE))
    await expect(desk.locator("#text")).to_have_count(0)


async def sign_in(desk: Page, said: Sequence[str]) -> None:
    password = told(said, "password")
    await desk.goto(told(said, "The desk"))
    await desk.fill("#name", "demo")
    await desk.fill("#password", password)
    await desk.press("#password", "Enter")
    await desk.wait_for_selector(LIVE)
