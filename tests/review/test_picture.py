"""What an evidence package shows: the thread as a picture, and a moderator's own screenshot."""

import hashlib
import io
import json
import zipfile
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from PIL import Image, ImageFont
from PIL.PngImagePlugin import PngInfo

from services.review import picture
from services.review.lettering import drawable, legible, lines_of
from services.review.package import Case
from services.review.picture import HEIGHT, MOST_PAGES, WIDTH, draw_case
from services.review.screenshot import MAX_BYTES, NoImage, redrawn
from services.store.desk_item import ThreadComment
from services.store.packages import Suspect
from tests.review.reading import path, rows
from tests.review.room import ORIGIN, Room

AT = datetime(2026, 5, 1, 12, tzinfo=UTC)
FONT = picture._font(22)
HOSTILE = (
    "\u202egnp.exe\u202c", "Z" + "\u0301" * 3000, "x" * 20_000, "\n" * 20_000, "\x00\x1b[31m",
    "🏴" + "\U000e0067" * 500, "مرحبا بالعالم שלום", "漢字 🔪 👩‍👩‍👧", "\ufdfd" * 3000, "\ud800",
)  # fmt: skip


def case(text: str, before: int = 0) -> Case:
    suspect = Suspect(
        "k", "sandbox", "c1", "https://s.example/c1", "u1", "Ole", "@ole", AT, AT, "Seite", None,
        "Ein Beitrag", None,
    )  # fmt: skip
    said = ThreadComment("k", "c1", None, "Ole", "@ole", False, None, text, 1, AT, None, "open")
    others = [replace(said, comment_key=f"o{n}", text="Noch etwas.") for n in range(before)]
    return Case("Stiftung", AT, suspect, (), [*others, said])


def sized(pages: list[bytes]) -> list[tuple[int, int]]:
    return [Image.open(io.BytesIO(page)).size for page in pages]


@pytest.mark.parametrize("place", range(len(HOSTILE)))
def test_no_text_breaks_the_picture_or_leaves_the_page(place: int) -> None:
    """INVARIANT: whatever somebody wrote, the package can be made and shows it."""
    font, width = FONT, 800
    words = legible(HOSTILE[place], drawable(font))
    assert all(font.getlength(line) <= width for line in lines_of(words, font, width))
    pages = draw_case(case(HOSTILE[place]))
    assert 1 <= len(pages) <= MOST_PAGES
    assert all(width == WIDTH and height <= HEIGHT for width, height in sized(pages))


def test_what_cannot_be_seen_or_drawn_stands_there_by_name() -> None:
    has = drawable(ImageFont.truetype(io.BytesIO(FONT.font_bytes), 22))
    assert legible("Grüße, Žižek & Мир 😀", has) == "Grüße, Žižek & Мир 😀"
    assert legible("a\u202eb", has) == "a[U+202E right-to-left override]b"
    assert legible("🔪", has) == "[U+1F52A hocho]"
    assert legible("e" + "\u0301" * 20, has).endswith("[+15]")


def test_the_reported_comment_is_shown_however_long_the_thread_is() -> None:
    """INVARIANT: the comment a package is about is on its first page, with its mark."""
    short, long = draw_case(case("Ich finde dich.")), draw_case(case("Ich finde dich.", 400))
    assert len(long) == MOST_PAGES
    first = Image.open(io.BytesIO(long[0]))
    red = tuple(bytes.fromhex(picture.MARKED[1:]))
    assert red in {pixel for _, pixel in first.getcolors(1 << 24) or ()}
    assert draw_case(case("Ich finde dich.")) == short


def photo(kind: str, size: tuple[int, int] = (40, 30)) -> bytes:
    """Return a picture that carries a place and a remark."""
    out, image = io.BytesIO(), Image.new("RGB", size, "red")
    exif = Image.Exif()
    exif[0x0110] = "geheimes Telefon"
    about = PngInfo()
    about.add_text("Comment", "geheimes Telefon")
    image.save(out, kind, exif=exif, **({"pnginfo": about} if kind == "PNG" else {}))
    return out.getvalue()


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_a_screenshot_keeps_its_pixels_and_nothing_else(kind: str) -> None:
    """INVARIANT: no device, place or remark leaves the house with a screenshot."""
    body = photo(kind)
    assert b"geheimes Telefon" in body
    name, clean = redrawn(body + b"<script>alert(1)</script>")
    assert b"geheimes" not in clean
    assert b"script" not in clean
    assert name == ("screenshot.jpg" if kind == "JPEG" else "screenshot.png")
    assert Image.open(io.BytesIO(clean)).size == (40, 30)


@pytest.mark.parametrize("body", [b"", b"<svg/>", b"GIF89a", photo("PNG")[:60], b"x" * MAX_BYTES])
def test_what_is_no_picture_is_not_taken(body: bytes) -> None:
    with pytest.raises(NoImage):
        redrawn(body)
    with pytest.raises(NoImage):
        redrawn(photo("PNG", (6000, 4001)))


async def test_a_screenshot_comes_into_the_package_with_its_hash(room: Room) -> None:
    item = await room.world.item("Ich finde dich.", lane="urgent", kind="threat")
    jule = await room.colleague()

    async def secure(name: str, body: bytes) -> int:
        answer = await jule.http.post(
            path(item, "/package"), data={"csrf": jule.csrf}, headers={"origin": ORIGIN},
            files={"screenshot": (name, body)},
        )  # fmt: skip
        return answer.status_code

    assert await secure("böse.png", b"<svg onload=alert(1)>") == 422
    assert await rows(room.pool, "select count(*) from flagger_packages") == [(0,)]
    assert await secure("../../etc/passwd", photo("JPEG")) == 303
    ((stored,),) = await rows(room.pool, "select body from flagger_packages")
    with zipfile.ZipFile(io.BytesIO(bytes(stored))) as archive:
        manifest = json.loads(archive.read("manifest.json"))
        picture_of = archive.read("screenshot.jpg")
        assert "screenshot.jpg" in archive.read("note.de.txt").decode()
    assert {"thread-01.png", "screenshot.jpg"} <= {one["name"] for one in manifest["files"]}
    (listed,) = [one for one in manifest["files"] if one["name"] == "screenshot.jpg"]
    assert listed["sha256"] == hashlib.sha256(picture_of).hexdigest()
    assert manifest["renderer"].startswith("Pillow")
