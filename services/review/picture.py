"""A thread as pictures, drawn from what is stored: no browser, no network, the comment marked."""

import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib.resources import files

import PIL
from PIL import Image, ImageDraw, ImageFont
from PIL.ImageFont import FreeTypeFont

from services.review.lettering import drawable, legible, lines_of
from services.review.package import Case, stamp

WIDTH, HEIGHT, EDGE = 1000, 1500, 48
"""Of one page, in pixels."""
SIZE, SMALL, LEADING = 22, 17, 1.4
MOST_PAGES = 20
"""Pages of one package; the whole thread is in its other files."""
INK, SOFT, PAPER, LINE = "#1c2322", "#555f5d", "#ffffff", "#cccccc"
OURS, MARKED = "#0a6558", "#a8211b"
RENDERER = f"Pillow {PIL.__version__}, DejaVu Sans"
"""Told in the manifest: another release may draw other bytes of the same case."""


@dataclass(frozen=True)
class Block:
    """A post or comment: a line about it, its words, the colour of its edge."""

    about: str
    text: str
    colour: str
    marked: bool = False


@dataclass
class Sheet:
    """Pages that grow as lines are put on them."""

    pages: list[Image.Image] = field(default_factory=list)
    y: float = HEIGHT

    def put(self, line: str, font: FreeTypeFont, ink: str, edge: str | None = None) -> bool:
        """Draw a line; False when no further page may begin."""
        step = font.size * LEADING
        if self.y + step > HEIGHT - EDGE:
            if len(self.pages) == MOST_PAGES:
                return False
            self.pages.append(Image.new("RGB", (WIDTH, HEIGHT), PAPER))
            self.y = EDGE
        draw = ImageDraw.Draw(self.pages[-1])
        draw.text((EDGE + 24, self.y), line, font=font, fill=ink)
        if edge:
            thick = 10 if edge == MARKED else 4
            draw.rectangle((EDGE, self.y, EDGE + thick, self.y + step), fill=edge)
        self.y += step
        return True

    def printed(self) -> list[bytes]:
        """Return the pages as PNG, the last one as high as it is filled."""
        *full, last = self.pages
        return [_png(page) for page in (*full, last.crop((0, 0, WIDTH, int(self.y) + EDGE)))]


def draw_case(case: Case) -> list[bytes]:
    """Return a case as PNG pages; the same release of Pillow draws the same bytes."""
    body, small = _font(SIZE), _font(SMALL)
    has = drawable(body)
    width = WIDTH - 2 * EDGE - 24
    sheet = Sheet()
    suspect = case.suspect
    for line in lines_of(legible(f"{suspect.page_name} · {suspect.network}", has), body, width):
        sheet.put(line, body, INK)
    told = f"Stand / as of {stamp(case.taken_at)} · {case.organisation}"
    for line in (*lines_of(legible(told, has), small, width), ""):
        sheet.put(line, small, SOFT)
    for block in _blocks(case):
        about = lines_of(legible(block.about, has), small, width)
        words = lines_of(legible(block.text, has), body, width)
        lines = [(line, small, SOFT) for line in about] + [(line, body, INK) for line in words]
        if block.marked:
            lines.insert(0, ("▶ Gemeldeter Kommentar / reported comment", small, MARKED))
        for line, font, ink in lines:
            if not sheet.put(line, font, ink, block.colour):
                return sheet.printed()
        sheet.put("", small, INK)
    return sheet.printed()


def _blocks(case: Case) -> Iterator[Block]:
    """Yield the post, the reported comment, then the thread, in which it stands once more."""
    suspect = case.suspect
    about = " · ".join(part for part in ("Beitrag / post", suspect.post_url) if part)
    yield Block(about, suspect.post_text, LINE)
    reported = [one for one in case.thread if one.comment_key == suspect.comment_key]
    for one in (*reported, *case.thread):
        name = case.organisation if one.is_self else f"{one.author_name} {one.author_handle}"
        parts = [name.strip(), stamp(one.created_at), one.url or ""]
        text = "[gelöscht / deleted]" if one.text is None else one.text
        marked = one.comment_key == suspect.comment_key
        colour = MARKED if marked else OURS if one.is_self else LINE
        yield Block(" · ".join(part for part in parts if part), text, colour, marked)


def _png(page: Image.Image) -> bytes:
    out = io.BytesIO()
    page.save(out, "PNG")
    return out.getvalue()


def _font(size: int) -> FreeTypeFont:
    font = files("services.review") / "fonts" / "DejaVuSans.ttf"
    return ImageFont.truetype(io.BytesIO(font.read_bytes()), size)
