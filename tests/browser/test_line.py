"""The line to the desk breaks: what is typed stays, nothing is sent twice, the person goes on."""

from datetime import timedelta

from playwright.async_api import Page, Route, expect

from services.kit.db import transaction
from services.review.claims import take_over
from services.store.item_claims import Visit
from tests.browser.conftest import Windows
from tests.browser.test_desk import armed
from tests.chaos.proxy import Proxy, proxied
from tests.review.reading import rows
from tests.review.room import PASSWORD
from tests.world import Seeded

PATIENCE = 60_000
"""Milliseconds for what happens on a busy machine."""
TYPED = "Mein halb fertiger Satz."


async def write(page: Page, key: str, text: str = TYPED) -> None:
    """Write at an item, and leave the field, so that keys work."""
    await page.goto(f"/items/{key}")
    await page.wait_for_selector("body[data-live=on]")
    await page.fill("#text", text)
    await page.locator("#text").press("Escape")
    await armed(page)


async def cut_off(proxy: Proxy, page: Page) -> None:
    proxy.cut()
    await says(page, "Keine Verbindung")


async def says(page: Page, words: str) -> None:
    await expect(page.locator("#line p:visible")).to_contain_text(words, timeout=PATIENCE)


async def decided(windows: Windows) -> list[tuple[object, ...]]:
    return await rows(
        windows.room.pool,
        "select action, text from decisions where action <> 'take_over' order by number",
    )


async def edited(windows: Windows, comment: Seeded) -> None:
    """Let a comment be edited on its network while nobody hears of it."""
    newer = await windows.room.world.edit(comment, "Jetzt frage ich etwas anderes!")
    await windows.room.world.route(newer)
    await windows.room.world.show(newer)


async def test_a_line_that_breaks_takes_no_word_and_decides_nothing(windows: Windows) -> None:
    """INVARIANT: away and back, the words are there and the item is looked at anew."""
    host, port = windows.address.removeprefix("http://").split(":")
    comment = await windows.room.world.item()
    async with proxied(host, int(port)) as proxy:
        windows.address = f"http://127.0.0.1:{proxy.port}"
        page = await windows.sign_in()
        await write(page, comment.comment_key)
        await cut_off(proxy, page)
        await page.keyboard.press("a")
        await page.keyboard.press("x")
        await says(page, "Nicht gesendet")
        assert await decided(windows) == []
        await edited(windows, comment)
        proxy.heal()
        await says(page, "Die Verbindung ist wieder da")
        await expect(page.locator("body")).to_have_attribute("data-live", "on", timeout=PATIENCE)
        await expect(page.locator("#this")).to_contain_text("etwas anderes", timeout=PATIENCE)
        await expect(page.locator("#news")).to_be_visible()
        assert await page.input_value("#text") == TYPED
        await page.keyboard.press("a")
        await expect(page.get_by_role("alert")).to_contain_text(
            "Der Kommentar wurde geändert", timeout=PATIENCE
        )
        assert await page.input_value("#text") == TYPED
        await cut_off(proxy, page)
        elsewhere = Visit(await windows.room.account("Emre"), "b", "v", timedelta(hours=1))
        await take_over(windows.room.pool, comment.comment_key, elsewhere, even_live=True)
        proxy.heal()
        await expect(page.locator(".held")).to_contain_text("Emre arbeitet daran", timeout=PATIENCE)
        assert await page.input_value("#text") == TYPED
        assert await decided(windows) == []
        await page.context.close()
    windows.complaints.clear()


async def test_a_decision_whose_answer_is_lost_is_made_once(windows: Windows) -> None:
    """INVARIANT: whatever the line loses, one press of a key is one decision."""
    first = await windows.room.world.item("Erste?", ago=timedelta(hours=1))
    second = await windows.room.world.item("Zweite?", author="Nora Feld")
    page = await windows.sign_in()
    await write(page, first.comment_key)

    async def lose_the_question(route: Route) -> None:
        await route.abort("connectionreset")

    async def lose_the_answer(route: Route) -> None:
        await route.fetch()
        await route.abort("connectionreset")

    await page.route("**/approve", lose_the_question, times=1)
    await page.keyboard.press("a")
    await says(page, "nachgesehen")
    await page.keyboard.press("a")
    await says(page, "war nicht angekommen")
    assert await decided(windows) == []
    assert await page.input_value("#text") == TYPED
    await page.route("**/approve", lose_the_answer, times=1)
    await page.keyboard.press("a")
    await page.wait_for_url(f"**/items/{second.comment_key}**done=arrived", timeout=PATIENCE)
    assert await decided(windows) == [("approve", TYPED)]
    await expect(page.locator(".flash")).to_contain_text("schon angekommen")
    kept = await page.evaluate("Object.keys(localStorage)")
    assert kept == []
    windows.complaints.clear()


async def test_words_outlive_the_session_and_the_tab_for_one_person_only(
    windows: Windows,
) -> None:
    """INVARIANT: at a shared machine nobody finds another person's words."""
    comment = await windows.room.world.item()
    pool, key = windows.room.pool, comment.comment_key
    page = await windows.sign_in()
    await write(page, key)
    async with transaction(pool) as connection:
        await connection.execute("delete from sessions")
    await page.keyboard.press("a")
    await says(page, "Sie sind abgemeldet")
    assert await page.input_value("#text") == TYPED
    await page.locator("#line").get_by_role("link", name="Anmelden").click()
    await enter(page, "Jule")
    await page.wait_for_url(f"**/items/{key}**")
    await expect(page.locator("#text")).to_have_value(TYPED)
    assert await decided(windows) == []
    tab = await page.context.new_page()
    await page.close()
    await tab.goto(f"/items/{key}")
    await expect(tab.locator("#unsent")).to_contain_text(TYPED)
    assert await tab.input_value("#text") != TYPED
    await tab.get_by_role("button", name="Wieder in das Feld setzen").click()
    await expect(tab.locator("#text")).to_have_value(TYPED)
    async with transaction(pool) as connection:
        await connection.execute("delete from sessions")
    await windows.room.account("Emre")
    await tab.goto(f"/items/{key}")
    await enter(tab, "Emre")
    await tab.wait_for_url(f"**/items/{key}**")
    assert await tab.input_value("#text") != TYPED
    await expect(tab.locator("#unsent")).to_be_hidden()
    assert await tab.evaluate("Object.keys(localStorage)") == []
    async with transaction(pool) as connection:
        await connection.execute("delete from item_claims")
    await write(tab, key, "Was Emre schreibt.")
    assert await tab.evaluate("Object.keys(localStorage).length") == 1
    await tab.get_by_role("button", name="Abmelden").click()
    await tab.wait_for_url("**/sign-in")
    assert await tab.evaluate("Object.keys(localStorage)") == []
    windows.complaints.clear()


async def enter(page: Page, name: str) -> None:
    await page.fill("#name", name)
    await page.fill("#password", PASSWORD)
    await page.press("#password", "Enter")
