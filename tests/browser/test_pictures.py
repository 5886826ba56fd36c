"""Pictures of the desk for people to look at; what a picture can prove is asserted."""

from pathlib import Path
from typing import Any

import pytest

from tests.browser.conftest import WIDE, Windows
from tests.browser.scene import set_scene

PHONE = {"width": 380, "height": 780}


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("light", {"size": WIDE, "color_scheme": "light"}),
        ("dark", {"size": WIDE, "color_scheme": "dark"}),
        ("phone", {"size": PHONE, "device_scale_factor": 2, "is_mobile": True, "has_touch": True}),
    ],
)
async def test_the_desk_in_pictures(
    windows: Windows, artefacts: Path, name: str, options: dict[str, Any]
) -> None:
    room = windows.room
    question = await set_scene(room.world, await room.account("Ines"), await room.account("Emre"))
    page = await windows.sign_in(**options)
    pages = {
        "queue": "/",
        "item": f"/items/{question.comment_key}?lane=answer",
        "muted": "/muted",
        "dead": "/dead",
    }
    for title, path in pages.items():
        await page.goto(path)
        await page.wait_for_selector("body[data-live=on]")
        await page.wait_for_load_state("networkidle")
        await page.screenshot(path=artefacts / f"{title}-{name}.png", full_page=name == "phone")
        width = await page.evaluate("document.documentElement.scrollWidth")
        assert width == options["size"]["width"]
