"""A working day at the desk, told by keys, clicks and two browsers."""

import asyncio
from datetime import timedelta

from playwright.async_api import Page, expect

from services.kit.db import transaction
from services.store.items import tell_desks
from tests.browser.conftest import Windows
from tests.review.reading import read_item, rows
from tests.world import Seeded

PHONE = {"width": 380, "height": 780}


async def happens(windows: Windows, seeded: Seeded) -> None:
    """Bring an item up to date and tell the desks, as the handlers do."""
    await windows.room.world.show(seeded)
    async with transaction(windows.room.pool) as connection:
        await tell_desks(connection, seeded.thread_key)


async def open_item(page: Page, author: str = "Mira Sonntag") -> None:
    await page.get_by_role("link", name=author).click()
    await page.wait_for_url("**/items/**")
    await page.wait_for_selector("body[data-live=on]")


async def armed(page: Page) -> None:
    """Wait until the keys that decide are taken: not in the first moment of a page."""
    await page.wait_for_selector("body[data-armed=yes]")


async def test_thirty_seconds_without_a_mouse(windows: Windows) -> None:
    world = windows.room.world
    first = await world.item("Erste Frage?", ago=timedelta(hours=2))
    second = await world.item("Zweite Frage?", author="Nora Feld", ago=timedelta(hours=1))
    page = await windows.sign_in()
    await page.keyboard.press("j")
    await page.keyboard.press("j")
    await page.keyboard.press("k")
    await page.keyboard.press("Enter")
    await page.wait_for_url(f"**/items/{first.comment_key}**")
    await page.keyboard.press("e")
    await page.keyboard.type(" Viel Erfolg!")
    await page.keyboard.press("Escape")
    await armed(page)
    await page.keyboard.press("a")
    await page.wait_for_url(f"**/items/{second.comment_key}**done=approve")
    await expect(page.locator(".flash")).to_have_text("Freigegeben. Die Antwort ist unterwegs.")
    await page.keyboard.press("r")
    await page.keyboard.type("Zu förmlich")
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/?done=reject")
    decided = await rows(
        windows.room.pool, "select action, text, reason from decisions order by number"
    )
    assert decided[0][0] == "approve"
    assert decided[0][1].endswith("angerechnet. Viel Erfolg!")
    assert decided[1] == ("reject", None, "Zu förmlich")


async def test_writing_and_sending_without_leaving_the_text(windows: Windows) -> None:
    comment = await windows.room.world.item(lane="acknowledge", kind="criticism")
    page = await windows.sign_in()
    await open_item(page)
    await page.keyboard.press("e")
    await page.keyboard.type("Danke, das nehmen wir mit. 🌳")
    await expect(page.locator("#count output")).to_have_text("28")
    await page.keyboard.press("Control+Enter")
    await page.wait_for_url("**/?**done=approve")
    assert (await read_item(windows.room.pool, comment.comment_key)).status == "decided"


async def test_a_second_press_does_not_decide_about_the_next_item(windows: Windows) -> None:
    """INVARIANT: nothing is approved that had no time to be read."""
    first = await windows.room.world.item("Erste?", ago=timedelta(hours=1))
    second = await windows.room.world.item("Zweite?", author="Nora Feld")
    page = await windows.sign_in()
    await page.goto(f"/items/{first.comment_key}")
    await armed(page)
    await page.keyboard.press("a")
    await page.wait_for_url(f"**/items/{second.comment_key}**")
    await page.evaluate(
        "() => { delete document.body.dataset.armed; for (const key of ['a', 'x'])"
        " document.body.dispatchEvent(new KeyboardEvent('keydown', {key, bubbles: true})) }"
    )
    assert await page.locator("form[data-sent]").count() == 0
    assert await rows(windows.room.pool, "select count(*) from decisions") == [(1,)]


async def test_what_one_browser_decides_another_sees_at_once(windows: Windows) -> None:
    world = windows.room.world
    await world.item("Erste Frage?")
    jule, emre = await windows.sign_in("Jule"), await windows.sign_in("Emre")
    await emre.evaluate("window.notReloaded = true")
    await open_item(jule)
    await armed(jule)
    await jule.keyboard.press("x")
    await expect(emre.locator(".row")).to_have_count(0)
    fresh = await world.item("Ganz neue Frage?", author="Nora Feld")
    await happens(windows, fresh)
    await expect(emre.get_by_role("link", name="Nora Feld")).to_be_visible()
    urgent = await world.item("Wartet nur.", lane="urgent", kind="threat", author="anonym")
    await happens(windows, urgent)
    await expect(emre.locator(".alarm")).to_have_text("1 dringend")
    await expect(jule.locator(".alarm")).to_have_text("1 dringend")
    assert await emre.evaluate("window.notReloaded") is True


async def test_typed_text_survives_what_happens_meanwhile(windows: Windows) -> None:
    """INVARIANT: no live update ever takes a person's words away."""
    world = windows.room.world
    comment = await world.item()
    page = await windows.sign_in()
    await open_item(page)
    await page.fill("#text", "Mein halb fertiger Satz")
    await page.locator("body").click(position={"x": 5, "y": 5})
    edited = await world.edit(comment, "Jetzt frage ich etwas anderes!")
    await world.route(edited)
    await world.draft(edited, "Ein neuer Entwurf.")
    await happens(windows, edited)
    await expect(page.locator("#this")).to_contain_text("Jetzt frage ich etwas anderes!")
    await expect(page.locator("#news")).to_be_visible()
    assert await page.input_value("#text") == "Mein halb fertiger Satz"
    await armed(page)
    await page.keyboard.press("a")
    await expect(page.get_by_role("alert")).to_contain_text("Der Kommentar wurde geändert")
    assert await page.input_value("#text") == "Mein halb fertiger Satz"
    await page.goto(f"/items/{comment.comment_key}")
    assert await page.input_value("#text") == "Mein halb fertiger Satz"


async def test_the_change_is_shown_when_the_person_wants_it(windows: Windows) -> None:
    world = windows.room.world
    comment = await world.item(draft=False)
    page = await windows.sign_in()
    await open_item(page)
    await page.fill("#text", "Mein Satz")
    await world.draft(comment, "Der fertige Entwurf.")
    await happens(windows, comment)
    await page.get_by_role("link", name="Änderung zeigen").click()
    await expect(page.locator("#text")).to_have_value("Der fertige Entwurf.")


async def test_a_draft_appears_by_itself_while_nobody_types(windows: Windows) -> None:
    comment = await windows.room.world.item(draft=False)
    page = await windows.sign_in()
    await open_item(page)
    await expect(page.get_by_text("Entwurf entsteht …")).to_be_visible()
    await windows.room.world.draft(comment, "Der fertige Entwurf.")
    await happens(windows, comment)
    await expect(page.locator("#text")).to_have_value("Der fertige Entwurf.")
    await expect(page.locator(".source mark")).to_be_visible()
    await expect(page.locator("#news")).to_be_hidden()
    await page.keyboard.press("1")
    await page.wait_for_url("**#source-1")


async def test_the_chosen_row_stays_chosen_when_the_list_is_refreshed(windows: Windows) -> None:
    world = windows.room.world
    kept = await world.item("Bleibt", ago=timedelta(hours=2))
    page = await windows.sign_in()
    await page.keyboard.press("j")
    await happens(windows, await world.item("Neu", author="Nora Feld"))
    await expect(page.locator(".row")).to_have_count(2)
    focused = page.locator(f"#row-{kept.comment_key}")
    await expect(focused).to_be_focused()


async def test_muting_and_unmuting_by_key(windows: Windows) -> None:
    world = windows.room.world
    comment = await world.item(lane="discuss", kind="attack")
    page = await windows.sign_in()
    await open_item(page)
    await page.keyboard.press("m")
    await page.keyboard.type("Nur noch Vorwürfe")
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/?**done=mute")
    await page.get_by_role("link", name="Stumm").click()
    await expect(page.locator("li.card")).to_contain_text("Nur noch Vorwürfe")
    await expect(page.locator("li.card")).to_contain_text("1 Kommentar zurückgehalten")
    await page.goto(f"/items/{comment.comment_key}")
    await page.keyboard.press("m")
    await page.wait_for_url("**done=unmute")
    await expect(page.locator("#text")).to_be_visible()
    assert (await read_item(windows.room.pool, comment.comment_key)).status == "open"


async def test_switching_the_language(windows: Windows) -> None:
    await windows.room.world.item()
    page = await windows.sign_in()
    await open_item(page)
    await page.get_by_role("button", name="English").click()
    await expect(page.get_by_role("button", name="Approve")).to_be_visible()
    await expect(page.locator("html")).to_have_attribute("lang", "en")
    await page.get_by_role("button", name="Deutsch").click()
    await expect(page.get_by_role("button", name="Freigeben")).to_be_visible()


async def test_the_help_names_the_keys(windows: Windows) -> None:
    page = await windows.sign_in()
    await page.keyboard.press("?")
    await expect(page.get_by_role("dialog", name="Tasten")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("dialog")).to_be_hidden()


async def test_everything_but_keys_and_live_works_without_scripts(windows: Windows) -> None:
    comment = await windows.room.world.item()
    page = await windows.sign_in(java_script_enabled=False)
    await page.get_by_role("link", name="Mira Sonntag").click()
    await page.fill("#text", "Ohne Skript beantwortet.")
    await page.get_by_role("button", name="Freigeben").click()
    await expect(page.locator(".flash")).to_be_visible()
    assert (await read_item(windows.room.pool, comment.comment_key)).status == "decided"


async def test_a_tab_that_nobody_looks_at_gives_its_connection_back(windows: Windows) -> None:
    world = windows.room.world
    page = await windows.sign_in()
    await page.evaluate(
        "Object.defineProperty(document, 'hidden', {get: () => window.away, configurable: true})"
    )
    look = "away => { window.away = away; document.dispatchEvent(new Event('visibilitychange')) }"
    async with page.expect_event("requestfailed", lambda request: "/events" in request.url):
        await page.evaluate(look, True)
    await happens(windows, await world.item("Unterdessen", author="Nora Feld"))
    async with page.expect_request("**/events"):
        await page.evaluate(look, False)
    await expect(page.get_by_role("link", name="Nora Feld")).to_be_visible()
    assert windows.complaints == ["[object Event]"], "htmx reports the connection that was closed"
    windows.complaints.clear()


async def test_a_phone_never_scrolls_sideways(windows: Windows) -> None:
    comment = await windows.room.world.item(
        "Donaudampfschifffahrtsgesellschaftskapitän" * 6 + " https://a.example/" + "x" * 200,
        author="Wolfeschlegelsteinhausenbergerdorff" * 3,
    )
    page = await windows.sign_in(size=PHONE)
    key = comment.comment_key
    for path in ("/", f"/items/{key}", "/muted", "/dead", "/books", "/publications"):
        await page.goto(path)
        width = await page.evaluate("document.documentElement.scrollWidth")
        assert (path, width) == (path, PHONE["width"])


async def test_a_double_click_decides_once(windows: Windows) -> None:
    await windows.room.world.item("Erste?", ago=timedelta(hours=1))
    await windows.room.world.item("Zweite?", author="Nora Feld")
    page = await windows.sign_in()
    await open_item(page)
    await page.get_by_role("button", name="Nichts zu tun").dblclick(no_wait_after=True)
    await page.wait_for_url("**done=close**")
    await asyncio.gather(page.wait_for_load_state(), page.wait_for_selector(".flash"))
    assert await rows(windows.room.pool, "select count(*) from decisions") == [(1,)]
