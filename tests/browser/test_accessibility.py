"""What axe-core finds on every page of the menu, on an item and at the door."""

from collections.abc import Mapping
from typing import Any

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page

from services.review.areas import AREAS
from tests.browser.conftest import WIDE, Windows
from tests.browser.scene import set_scene
from tests.review.replaying import replayed

WCAG_22_AA = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
OPTIONS: Mapping[str, Any] = {
    "resultTypes": ["violations"],
    "runOnly": {"type": "tag", "values": [*WCAG_22_AA, "best-practice"]},
}
COLOURS: Mapping[str, Any] = {
    "resultTypes": ["violations"],
    "runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]},
}
"""The rules that look at colours; to the others a dark page is the same page."""
PHONE = {"width": 380, "height": 780}


async def violations(page: Page, *, dark: bool = False) -> list[str]:
    """Return what axe complains about, with the elements meant; `dark` looks at both colours."""
    found = await complaints(page, OPTIONS)
    if dark:
        await page.emulate_media(color_scheme="dark")
        found += await complaints(page, COLOURS)
        await page.emulate_media(color_scheme="light")
    return found


async def complaints(page: Page, options: Mapping[str, Any]) -> list[str]:
    found = await Axe().run(page, options=dict(options))
    return [
        f"{page.url}: {one['id']}: {one['help']}: {node['target']} {node['html'][:200]}"
        for one in found.response["violations"]
        for node in one["nodes"]
    ]


@pytest.mark.parametrize(
    ("options", "dark"),
    [
        pytest.param({"size": WIDE, "color_scheme": "light"}, True, id="wide"),
        pytest.param({"size": PHONE, "is_mobile": True, "has_touch": True}, False, id="phone"),
    ],
)
async def test_no_page_has_a_barrier(
    windows: Windows, options: dict[str, Any], *, dark: bool
) -> None:
    """INVARIANT: axe-core finds no violation of WCAG 2.2 AA nor of good practice on any page."""
    room = windows.room
    question = await set_scene(room.world, await room.account("Ines"), await room.account("Emre"))
    outside = await windows.open(**options)
    await outside.goto("/sign-in")
    found = await violations(outside, dark=dark)
    page = await windows.sign_in(**options)
    item = f"/items/{question.comment_key}?lane=answer"
    replay = f"/replays/{await replayed(room, {question: 'text'})}"
    behind = [replay, f"{replay}/{question.comment_key}", item]
    for path in [entry.path for area in AREAS for entry in area.pages] + behind:
        await page.goto(path)
        await page.wait_for_selector("body[data-live=on]")
        found += await violations(page, dark=dark)
    await page.keyboard.press("r")
    await page.wait_for_selector("details[open]")
    found += await violations(page, dark=dark)
    await page.keyboard.press("Escape")
    await page.keyboard.press("?")
    await page.wait_for_selector("dialog[open]")
    found += await violations(page, dark=dark)
    assert found == []
