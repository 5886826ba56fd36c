"""A question that nothing answers, by keyboard: a text is handed in and followed without reload."""

from pathlib import Path

from tests.browser.conftest import Windows
from tests.browser.test_accessibility import violations
from tests.browser.test_asking import shoot
from tests.review.reading import rows
from tests.review.test_gap_texts import TEXT
from tests.review.test_gaps import BEES, ask
from tests.review.test_shelf import read_all


async def test_a_text_for_a_question_by_keyboard_alone(windows: Windows, artefacts: Path) -> None:
    await ask(windows.room, BEES, "b" * 32)
    await ask(windows.room, "Gibt es Kuchen?", "a" * 32)
    page, shelf = await windows.sign_in("Jule"), await windows.sign_in("Emre")
    await shelf.goto("/publications")
    await shelf.wait_for_selector("body[data-live=on]")
    await page.goto("/gaps")
    await page.wait_for_selector("body[data-live=on]")
    await page.keyboard.press("w")
    assert await page.locator("#gap-" + "b" * 32).count(), "without a chosen question it is no key"
    await page.keyboard.press("j")
    await page.keyboard.press("j")
    assert await page.inner_text(":focus") == BEES
    await page.keyboard.press("t")
    await page.keyboard.type("Bienen im Hof")
    await page.keyboard.press("Tab")
    await page.keyboard.type(TEXT)
    assert await violations(page) == []
    await shoot(page, artefacts, "gaps")
    await page.click("details[open] button.primary")
    await page.wait_for_url("**done=handed_in**")
    await page.wait_for_selector("body[data-live=on]")
    assert "Wartet aufs Lesen" in await page.inner_text("#texts-" + "b" * 32)
    await read_all(windows.room)
    await page.wait_for_selector(f"#texts-{'b' * 32} .chip.good")
    await shelf.wait_for_selector("#shelf >> text=Bienen im Hof")
    await shelf.wait_for_selector("#arrivals .chip.good")
    await page.focus("#ask-" + "a" * 32)
    await page.keyboard.press("n")
    await page.wait_for_selector("#gap-" + "a" * 32, state="detached")
    said = await rows(windows.room.pool, "select gap_id, verdict from gap_verdicts")
    assert said == [("a" * 32, "not_ours")]
