"""A question tried out in a real browser: asked, found, drafted, without touching the page."""

from dataclasses import replace
from pathlib import Path

from playwright.async_api import Page

from services.answer.make import Drafting
from services.answer.tried import answer_trial
from tests.answer.asking import ANSWER, ASKED
from tests.answer.conftest import library, llm, quoting, writing
from tests.browser.conftest import Windows
from tests.browser.test_accessibility import violations
from tests.kit.scripted_llm import ScriptedLLM, answers
from tests.review.reading import rows

__all__ = ["library", "llm", "quoting", "writing"]
PHONE = {"width": 380, "height": 780}


async def shoot(page: Page, artefacts: Path, name: str) -> None:
    """Take the page light, dark and on a phone; nothing of it may be wider than the screen."""
    for scheme in ("light", "dark"):
        await page.emulate_media(color_scheme=scheme)
        await page.screenshot(path=artefacts / f"{name}-{scheme}.png", full_page=True)
    await page.set_viewport_size(PHONE)  # type: ignore[arg-type]  # a size
    assert await page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    await page.screenshot(path=artefacts / f"{name}-phone.png", full_page=True)
    await page.set_viewport_size({"width": 1440, "height": 900})
    await page.emulate_media(color_scheme="light")


async def test_a_question_is_asked_and_its_answer_comes_by_itself(
    windows: Windows, writing: Drafting, llm: ScriptedLLM, artefacts: Path
) -> None:
    page = await windows.sign_in()
    await page.goto("/publications")
    await page.click("text=Förderrichtlinien Hofwende 2027")
    await page.click("text=Dazu etwas fragen")
    await page.wait_for_selector("body[data-live=on]")
    await page.keyboard.type(ASKED)
    await shoot(page, artefacts, "ask")
    await page.focus("#question")
    await page.keyboard.press("Control+Enter")
    await page.wait_for_selector("#trial .busy")
    await page.wait_for_selector("body[data-live=on]")
    await page.reload()
    assert ASKED in await page.inner_text("h1"), "it survives a reload"
    await page.wait_for_selector("body[data-live=on]")
    ((trial_id,),) = await rows(windows.room.pool, "select trial_id from trials")
    llm.will(answers(ANSWER))
    await answer_trial(replace(writing, pool=windows.room.pool), trial_id)
    await page.wait_for_selector("#trial .sentences")
    drafted = await page.inner_text(".draft")
    assert "höchstens 65 Prozent der anerkannten Kosten" in drafted
    assert "Die Schwelle ist erreicht" in drafted
    found = await page.inner_text(".sources")
    assert "2 von 4 Textstellen" in found
    assert "Seite 1" in found
    assert await page.inner_text(".source mark")
    await page.keyboard.press("1")
    assert await page.evaluate("location.hash") == "#source-1"
    assert await violations(page) == []
    await shoot(page, artefacts, "trial")
    await page.click("text=Eine Frage stellen")
    assert "Entwurf bereit" in await page.inner_text(".rows")
