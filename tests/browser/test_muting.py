"""Muting on an open page: what comes while somebody reads or writes; and what the account said."""

from datetime import timedelta

from services.kit.db import transaction
from services.store.items import tell_desks
from tests.browser.conftest import Windows
from tests.review.test_muting import suggest


async def test_a_suggestion_comes_up_by_itself_and_takes_no_typed_word(windows: Windows) -> None:
    """INVARIANT: news about muting never overwrites the closing words somebody is typing."""
    world, pool = windows.room.world, windows.room.pool
    await world.item("Wann war das?", author="Klaus", thread="post-0", ago=timedelta(days=3))
    troll = await world.item("Alles gelogen!", author="Klaus", lane="discuss", kind="attack")
    await world.comment("Nein, hier steht es.", parent=troll, is_self=True)

    async def news() -> None:
        await suggest(pool, troll, strict=False)
        async with transaction(pool) as connection:
            await tell_desks(connection, troll.thread_key)

    page = await windows.sign_in()
    await page.goto(f"/items/{troll.comment_key}")
    await page.wait_for_selector("body[data-live=on]")
    await page.keyboard.press("p")
    await page.wait_for_selector("#remarks >> text=Wann war das?")
    await news()
    await page.wait_for_selector("#suggestion-title")
    await page.keyboard.press("q")
    await page.fill("#leave-text", "Das war es von uns.")
    await news()
    await page.wait_for_selector("#news:not([hidden])")
    assert await page.input_value("#leave-text") == "Das war es von uns."
