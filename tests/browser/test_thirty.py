"""Thirty items by keyboard alone, and two browsers at one item."""

from datetime import timedelta

from playwright.async_api import expect

from tests.browser.conftest import Windows
from tests.browser.test_desk import armed, open_item
from tests.review.reading import read_item, rows

ITEMS = 30
PATIENCE = 60_000
"""Milliseconds for what happens on a busy machine."""


async def test_thirty_items_without_a_mouse(windows: Windows) -> None:
    """INVARIANT: whatever a moderator does in a day has a key."""
    world, pool = windows.room.world, windows.room.pool
    for n in range(ITEMS):
        harsh = n % 10 == 7
        await world.item(
            f"Frage {n}?", author=f"Person {n}", ago=timedelta(hours=ITEMS - n),
            thread=f"post-{n}", lane="discuss" if harsh else "answer",
            kind="attack" if harsh else "question",
        )  # fmt: skip
    page = await windows.sign_in()
    await page.keyboard.press("j")
    await page.keyboard.press("Enter")
    for n in range(ITEMS):
        await expect(page.locator(".standing h1")).to_have_text(f"Person {n}", timeout=PATIENCE)
        await armed(page)
        if n % 10 == 7:
            words = page.locator("#this .said")
            await expect(words).to_be_hidden()
            await page.keyboard.press("f")
            await expect(words).to_be_visible()
            await page.keyboard.press("x")
        elif n % 10 == 3:
            await page.keyboard.press("e")
            await page.keyboard.type(" Viel Erfolg!")
            await page.keyboard.press("Control+Enter")
        elif n % 10 == 5:
            await page.keyboard.press("r")
            await page.keyboard.type("Passt nicht")
            await page.keyboard.press("Enter")
        else:
            await page.keyboard.press("a")
    await page.wait_for_url("**/?**done=**")
    decided = await rows(pool, "select action, count(*) from decisions group by 1 order by 1")
    assert decided == [("approve", 24), ("close", 3), ("reject", 3)]
    assert await rows(pool, "select count(*) from decision_times") == [(ITEMS,)]
    last = (await rows(pool, "select comment_key from decisions order by number desc limit 1"))[0]
    await page.keyboard.press("u")
    await page.wait_for_url("**done=undo")
    assert (await read_item(pool, last[0])).status == "open"


async def test_two_browsers_at_one_item(windows: Windows) -> None:
    comment = await windows.room.world.item()
    jule, emre = await windows.sign_in("Jule"), await windows.sign_in("Emre")
    await open_item(jule)
    await expect(emre.get_by_text("Jule arbeitet daran")).to_be_visible(timeout=PATIENCE)
    await open_item(emre)
    await expect(emre.locator(".held")).to_contain_text(
        "Jule arbeitet daran seit", timeout=PATIENCE
    )
    await armed(emre)
    await emre.keyboard.press("a")
    await emre.keyboard.press("x")
    assert await rows(windows.room.pool, "select count(*) from decisions") == [(0,)]
    await jule.reload()
    await expect(jule.locator(".held")).to_have_count(0)
    await emre.keyboard.press("o")
    await emre.wait_for_url("**done=take_over")
    await expect(jule.locator(".held")).to_contain_text(
        "Emre arbeitet daran seit", timeout=PATIENCE
    )
    await expect(jule.locator("#text")).to_be_disabled()
    await armed(emre)
    await emre.keyboard.press("x")
    await emre.wait_for_url("**done=close")
    assert (await read_item(windows.room.pool, comment.comment_key)).status == "decided"
