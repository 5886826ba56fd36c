"""Joys and sorrows at the desk, by keys alone, in every light and on a phone."""

from tests.browser.conftest import Windows
from tests.outreach.radar_scene import ATTACK, AWARD, Partners
from tests.review.reading import rows


async def test_sorrow_and_joy_are_worked_through_with_keys(windows: Windows) -> None:
    partners = Partners(windows.room.pool)
    joy = await partners.tell("Radwerk", AWARD)
    sorrow = await partners.tell("Kulturbund", ATTACK)
    page = await windows.sign_in()
    await page.goto("/radar")
    assert await page.locator("#approve-form").get_attribute("data-item") == sorrow.comment_key
    assert "Wir stehen an Ihrer Seite" in await page.input_value("#text")
    await page.keyboard.press("e")
    await page.keyboard.press("Control+End")
    await page.keyboard.type(" Viel Kraft.")
    await page.keyboard.press("Escape")
    await page.wait_for_selector("body[data-armed]")
    await page.keyboard.press("a")
    await page.wait_for_url("**done=going_approve**")
    assert await page.locator("#approve-form").get_attribute("data-item") == joy.comment_key
    await page.keyboard.press("n")
    await page.wait_for_url("**done=going_passed**")
    decided = await rows(
        windows.room.pool, "select comment_key, action from opportunity_decisions order by number"
    )
    assert decided == [(sorrow.comment_key, "approve"), (joy.comment_key, "not_useful")]
    phone = await windows.sign_in("Tom", size={"width": 390, "height": 844}, color_scheme="dark")
    await phone.goto("/radar")
    wide = await phone.evaluate("document.documentElement.scrollWidth")
    assert wide <= 390, "nothing is wider than a phone"
