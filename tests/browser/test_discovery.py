"""Pages that were found, worked through by keys alone, and free of barriers."""

from pathlib import Path
from typing import Any

from services.kit.db import Pool, transaction
from services.kit.web import listening_socket
from services.networks.sandbox.server import create_app, serving
from services.store.discovered_channels import ChannelRow, keep_channels
from tests.browser.conftest import WIDE, Windows
from tests.browser.test_accessibility import PHONE, violations
from tests.networks.sandbox_town import Town, town_settings
from tests.outreach.harbour import GOOD, Harbour
from tests.review.reading import rows


async def name_channel(pool: Pool) -> None:
    """Let a page that was found name a YouTube channel, as a web site does."""
    channel = "UC" + "a" * 22
    async with transaction(pool) as connection:
        row = await connection.execute(
            "select page_key from discovered_pages where address = 'umweltamt'"
        )
        ((site,),) = await row.fetchall()
        await keep_channels(connection, site, [ChannelRow("c" * 16, channel, "watch-channel")])


async def test_what_was_found_is_decided_with_keys(
    windows: Windows, artefacts: Path, tmp_path: Path
) -> None:
    """INVARIANT: adopt, dismiss and take back need one key each; axe-core finds no barrier."""
    pool = windows.room.pool
    async with (
        serving(create_app(town_settings(tmp_path)), listening_socket()) as url,
        Town.at(url) as town,
    ):
        network = town.network()
        harbour = Harbour(town, pool, network)
        await harbour.watch("radhaus", topics="Hitze, Miete")
        for n, (address, name) in enumerate(GOOD):
            about = "Wir schreiben über alles, was den Sommer in der Stadt erträglich macht."
            await harbour.page(address, name, about=about, posts=9 - n, answers=9 - n)
        await harbour.search()
        await network.close()
    await name_channel(pool)
    page = await windows.sign_in()
    await page.goto("/discovery")
    await page.wait_for_selector("body[data-armed]")
    heading = page.locator(".draft h2")
    await page.screenshot(path=artefacts / "discovery-light.png", full_page=True)
    found = await violations(page)
    assert await heading.text_content() == GOOD[0][1]
    await page.keyboard.press("j")
    await page.wait_for_function(
        "document.querySelector('.draft h2').textContent.startsWith('Kreis')"
    )
    await page.keyboard.press("k")
    await page.wait_for_function(
        "document.querySelector('.draft h2').textContent.startsWith('Miete')"
    )
    await page.wait_for_selector("body[data-armed]")
    await page.keyboard.press("a")
    await page.wait_for_url("**done=discovery_adopt**")
    await page.wait_for_selector("body[data-armed]")
    found += await violations(page)
    await page.keyboard.press("x")
    await page.wait_for_url("**done=discovery_dismiss**")
    await page.wait_for_selector("body[data-armed]")
    await page.keyboard.press("u")
    await page.wait_for_url("**done=discovery_undo**")
    decided = await rows(pool, "select action from discovery_decisions order by number")
    assert decided == [("adopt",), ("dismiss",), ("undo",)]
    assert await rows(pool, "select address from watches order by 1") == [
        ("mieterverein",), ("radhaus",),
    ]  # fmt: skip
    for summary in await page.locator("details > summary").all():
        await summary.click()
    found += await violations(page)
    await page.screenshot(path=artefacts / "discovery-open.png", full_page=True)
    looks: dict[str, dict[str, Any]] = {
        "dark": {"size": WIDE, "color_scheme": "dark"},
        "phone": {"size": PHONE, "is_mobile": True, "has_touch": True},
    }
    for name, options in looks.items():
        other = await windows.sign_in(name, **options)
        await other.goto("/discovery")
        await other.wait_for_selector("body[data-armed]")
        await other.screenshot(path=artefacts / f"discovery-{name}.png", full_page=True)
        found += await violations(other)
        width = await other.evaluate("document.documentElement.scrollWidth")
        assert width == options["size"]["width"]
    assert found == []
    assert windows.complaints == []
