"""Writing at the desk: ready texts, drafts that one asks for, and how long a text is."""

import pytest
from playwright.async_api import Dialog, Page, expect

from services.networks.length import measure
from services.networks.places import place
from services.review.refusals import clean
from tests.browser.conftest import Windows
from tests.browser.test_desk import happens, open_item
from tests.review.reading import promised, read_item, rows

FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
TRICKY = (
    "  Grüße\r\n\x00\x07 ",
    f"{FAMILY} und {FAMILY}",
    "\U0001f1e9\U0001f1ea e\u0301 \u0e01\u0e33",
    "Mehr: https://www.regenlinde.example/hofwende?a=ä und http://x.example/y.",
    "👍🏽 ✅️ ﷺ 漢字 \u00ad\u200b",
    "x" * 501,
)


@pytest.mark.parametrize("network", ["sandbox", "bluesky", "mastodon", "youtube", "unheard-of"])
async def test_the_page_counts_as_the_server_does(windows: Windows, network: str) -> None:
    """INVARIANT: the figure a person sees is the one that decides."""
    comment = await windows.room.world.item(lane="discuss", kind="discussion", network=network)
    page = await windows.sign_in()
    await page.goto(f"/items/{comment.comment_key}")
    rule = place(network)
    for text in TRICKY:
        await page.fill("#text", text)
        kept = clean(await page.input_value("#text"))
        await expect(page.locator("#count output")).to_have_text(str(measure(kept, rule)))


async def test_a_text_too_heavy_for_its_network_is_marked_and_refused(windows: Windows) -> None:
    comment = await windows.room.world.item(
        lane="discuss", kind="discussion", network="bluesky"
    )  # fmt: skip
    page = await windows.sign_in()
    await page.goto(f"/items/{comment.comment_key}")
    await page.fill("#text", FAMILY * 200)
    await expect(page.locator("#count.over .bytes")).to_be_visible()
    await page.get_by_role("button", name="Freigeben").click()
    await expect(page.get_by_role("alert")).to_have_text("Der Text ist zu lang.")


async def ready(windows: Windows) -> Page:
    await windows.room.world.item(lane="acknowledge", kind="criticism")
    page = await windows.sign_in()
    await open_item(page)
    return page


async def test_a_ready_text_by_key_and_the_next_one_by_the_same(windows: Windows) -> None:
    page = await ready(windows)
    seen = set()
    for _ in range(3):
        await page.keyboard.press("t")
        seen.add(await page.input_value("#text"))
    assert len(seen) == 3
    await page.keyboard.press("h")
    words = await page.input_value("#text")
    assert words not in seen
    await page.wait_for_selector("body[data-armed=yes]")
    await page.keyboard.press("a")
    await page.wait_for_url("**done=approve")
    assert await rows(windows.room.pool, "select text, stance, wording from decisions") == [
        (words, "empathise", "stances.de@1:empathise:1")
    ]


async def test_a_ready_text_never_takes_typed_words_unasked(windows: Windows) -> None:
    """INVARIANT: what somebody has typed is replaced only when they say so."""
    page = await ready(windows)
    asked: list[str] = []
    accept = False

    async def judge(dialog: Dialog) -> None:
        asked.append(dialog.message)
        await (dialog.accept() if accept else dialog.dismiss())

    page.on("dialog", judge)
    await page.fill("#text", "Mein eigener Satz.")
    await page.keyboard.press("Escape")
    await page.locator("[data-stance=thank]").click()
    assert await page.input_value("#text") == "Mein eigener Satz."
    assert await page.input_value("#approve-form [name=stance]") == ""
    accept = True
    await page.locator("[data-stance=thank]").click()
    assert (await page.input_value("#text")).startswith("Danke")
    assert len(asked) == 2
    await page.reload()
    assert (await page.input_value("#text")).startswith("Danke")
    assert await page.input_value("#approve-form [name=stance]") == "thank"
    await page.fill("#text", "")
    assert await page.input_value("#approve-form [name=stance]") == ""


async def test_a_draft_that_was_asked_for_appears_by_itself(windows: Windows) -> None:
    comment = await windows.room.world.item(lane="discuss", kind="discussion")
    page = await windows.sign_in()
    await open_item(page)
    await page.keyboard.press("c")
    await page.wait_for_url("**done=request")
    await expect(page.get_by_text("Entwurf entsteht …")).to_be_visible()
    ((_, body, _),) = await promised(windows.room.pool)
    assert body["stance"] == "correct"
    await page.wait_for_selector("body[data-live=on]")
    await windows.room.world.draft(comment, "Richtig ist: zehn.", stance="correct")
    await happens(windows, comment)
    await expect(page.locator("#text")).to_have_value("Richtig ist: zehn.")
    assert (await read_item(windows.room.pool, comment.comment_key)).draft_state == "proposed"
