"""Files dropped onto the shelf in a real browser, followed until they can be found."""

from pathlib import Path

from tests.browser.conftest import Windows
from tests.index.test_add import FIRST
from tests.review.test_shelf import read_all

DROP = """([name, text]) => {
  const data = new DataTransfer();
  data.items.add(new File([text], name));
  const how = { dataTransfer: data, bubbles: true, cancelable: true };
  for (const name of ["dragover", "drop"])
    document.querySelector("h1").dispatchEvent(new DragEvent(name, how));
}"""


async def test_files_are_dropped_chosen_and_followed_live(
    windows: Windows, tmp_path: Path, artefacts: Path
) -> None:
    page = await windows.sign_in()
    await page.goto("/publications")
    await page.wait_for_selector("body[data-live=on]")
    await page.evaluate(DROP, ["leitfaden.md", FIRST])
    await page.wait_for_selector("#arrivals .chip.busy")
    await page.evaluate(DROP, ["leer.md", ""])
    await page.wait_for_selector("#uploads .failed")
    assert "Die Datei ist leer" in await page.inner_text("#uploads")
    assert (await page.title()).startswith("Publikationen"), "a drop beside the field is safe"
    await read_all(windows.room)
    await page.wait_for_selector("#arrivals .chip.good")
    wrong = tmp_path / "bild.pdf"
    wrong.write_bytes(b"\x89PNG no document")
    await page.focus("#files")
    await page.set_input_files("#files", [wrong])
    await page.wait_for_selector("#arrivals >> text=bild.pdf")
    await read_all(windows.room)
    await page.wait_for_selector("#arrivals .chip.bad")
    assert "Dieses Dateiformat wird nicht gelesen" in await page.inner_text("#arrivals")
    await page.screenshot(path=artefacts / "shelf.png", full_page=True)
    await page.click("text=Prüfen, was gelesen wurde")
    await page.wait_for_url("**/publications/*")
    assert "hundert Liter" in await page.inner_text(".read")
    await page.screenshot(path=artefacts / "publication.png", full_page=True)


async def test_without_scripts_the_form_sends_the_files(windows: Windows, tmp_path: Path) -> None:
    page = await windows.sign_in(java_script_enabled=False)
    file = tmp_path / "leitfaden.md"
    file.write_text(FIRST, encoding="utf-8")
    await page.goto("/publications")
    await page.set_input_files("#files", [file])
    await page.click("#drop button")
    await page.wait_for_url("**done=handed_in")
    await read_all(windows.room)
    await page.reload()
    assert "Auffindbar" in await page.inner_text("#arrivals")
