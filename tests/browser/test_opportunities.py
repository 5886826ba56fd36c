"""A morning's opportunities, by keys alone."""

from tests.browser.conftest import Windows
from tests.outreach.scene import Street
from tests.review.reading import rows


async def test_a_morning_s_list_is_worked_through_with_keys(windows: Windows) -> None:
    street, pool = Street(windows.room.pool), windows.room.pool
    first = await street.offered("rundblick", text="In Sülzhagen wird es heiß.")
    second = await street.offered("warlewelle", text="Wer gießt die Linden?")
    page = await windows.sign_in()
    await page.goto("/opportunities")
    shown = await page.locator("#approve-form").get_attribute("data-item")
    other = second if shown == first.comment_key else first
    await page.keyboard.press("n")
    await page.wait_for_url("**done=going_judged**")
    assert await page.locator("#approve-form").get_attribute("data-item") == other.comment_key
    await page.keyboard.press("e")
    await page.keyboard.type("Dazu passt unsere Studie.")
    await page.keyboard.press("Escape")
    await page.wait_for_selector("body[data-armed]")
    await page.keyboard.press("a")
    await page.wait_for_url("**done=going_approve**")
    decided = await rows(
        pool, "select comment_key, action from opportunity_decisions order by number"
    )
    assert decided == [(shown, "not_useful"), (other.comment_key, "approve")]
    assert windows.complaints == []
