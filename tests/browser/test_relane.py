"""The menu of kinds, by its keys alone."""

from tests.browser.conftest import Windows
from tests.review.reading import read_item


async def test_a_kind_is_said_with_two_keys(windows: Windows) -> None:
    comment = await windows.room.world.item("Wie hoch?")
    page = await windows.sign_in()
    await page.goto(f"/items/{comment.comment_key}")
    await page.keyboard.press("1")
    assert "#source-1" in page.url, "a digit shows a source while the menu is closed"
    await page.keyboard.press("s")
    await page.keyboard.press("3")
    await page.wait_for_url("**done=relane")
    item = await read_item(windows.room.pool, comment.comment_key)
    assert (item.kind, item.lane) == ("praise", "acknowledge")
