"""Reads PDF: text with page numbers; refuses what is locked or only pictures."""

import datetime as dt
import itertools
import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from pypdf import PageObject, PasswordType, PdfReader
from pypdf.generic import ArrayObject, TextStringObject

from services.index.read.assemble import assemble
from services.index.read.document import Document, Facts, Notice
from services.index.read.parser_border import parser_border
from services.index.read.pdf_layout import layout_pieces
from services.index.read.pdf_lines import Fragment, Page, text_lines
from services.index.read.pdf_paint import Box
from services.index.read.pdf_unseen import SHOWING, Looking
from services.index.read.properties import believable_author, believable_day, believable_title
from services.index.read.unreadable import Reason, Unreadable

_DATE = re.compile(r"(?:D:)?\s*(\d{4})-?(\d{2})?-?(\d{2})?")
_BOLD = re.compile(r"bold|black|heavy|semibold|demi", re.IGNORECASE)
_LETTERS = re.compile(r"[^\W\d_]")
_GARBLED = re.compile("[\ufffd\ue000-\uf8ff\u0000-\u0008\u000e-\u001f]|\\(cid:\\d+\\)")
_FEWEST_LETTERS = 8
_MOST_GARBLED = 0.2
_MOST_PAGES_NAMED = 20
_Visitor = Callable[[Any, Any, Any, Any], None]


@dataclass(frozen=True, slots=True)
class _Parsed:
    pages: tuple[Page, ...]
    hiding: tuple[int, ...]
    """The numbers of pages with text that nobody sees."""
    properties: dict[str, str]
    language: str | None


def read_pdf(name: str, body: bytes, charset: str | None, url: str | None) -> Document:
    """The document; pages that are pictures of text are named in a notice.

    A password that only forbids printing or copying does not keep anyone from reading.
    """
    del charset  # the fonts inside state their own
    parsed = _parsed(body)
    legible = [page for page in parsed.pages if _is_legible(page.text)]
    pictures = [page.number for page in parsed.pages if page not in legible and page.has_images]
    if not legible:
        raise Unreadable(Reason.SCANNED if pictures else Reason.NO_TEXT)
    properties = parsed.properties
    facts = Facts(
        title=believable_title(properties.get("/Title")),
        language=parsed.language,
        author=believable_author(properties.get("/Author")),
        url=url,
        file_date=believable_day(_day(properties.get("/CreationDate", ""))),
    )
    notices = [_unread(pictures)] if pictures else []
    if parsed.hiding:
        notices.append(_unseen(parsed.hiding))
    return assemble(layout_pieces(text_lines(legible)), facts, name=name, notices=notices)


def _parsed(body: bytes) -> _Parsed:
    with parser_border():
        reader = PdfReader(BytesIO(body))
        if reader.is_encrypted and reader.decrypt("") == PasswordType.NOT_DECRYPTED:
            raise Unreadable(Reason.ENCRYPTED)
        read = [_page(number, page) for number, page in enumerate(reader.pages, start=1)]
        stated = {key: str(value) for key, value in (reader.metadata or {}).items() if value}
        pages = tuple(page for page, _ in read)
        hiding = tuple(page.number for page, hides in read if hides)
        return _Parsed(pages, hiding, stated, str(reader.root_object.get("/Lang", "")) or None)


def _page(number: int, page: PageObject) -> tuple[Page, bool]:
    """The page, and whether it holds text that nobody sees, which is left out."""
    resources = page.get("/Resources")
    box = page.cropbox
    seen = Box(float(box.left), float(box.bottom), float(box.right), float(box.top))
    looking = Looking(seen, [resources])
    fragments = _fragments(page, looking.before, looking.after)
    if looking.unseen:
        shown = itertools.count()

        def blank(operator: bytes, operands: list[Any], cm: Any, tm: Any) -> None:
            del cm, tm
            if operator in SHOWING and next(shown) in looking.unseen:
                operands[-1:] = [ArrayObject() if operator == b"TJ" else TextStringObject("")]

        fragments = _fragments(page, blank)
    drawn = resources.get_object().get("/XObject") if resources else None
    height = float(page.mediabox.height)
    return Page(number, height, tuple(fragments), bool(drawn)), bool(looking.unseen)


def _fragments(page: PageObject, before: _Visitor, after: _Visitor | None = None) -> list[Fragment]:
    fragments: list[Fragment] = []

    def visit(text: str, to_page: Any, to_text: Any, font: Any, size: float) -> None:
        x = to_text[4] * to_page[0] + to_text[5] * to_page[2] + to_page[4]
        y = to_text[4] * to_page[1] + to_text[5] * to_page[3] + to_page[5]
        scale = math.hypot(to_text[2], to_text[3]) * math.hypot(to_page[2], to_page[3])
        bold = bool(font and _BOLD.search(str(font.get("/BaseFont", ""))))
        if text:
            fragments.append(Fragment(text, float(x), float(y), float(size * scale), bold))

    page.extract_text(
        visitor_text=visit, visitor_operand_before=before, visitor_operand_after=after
    )
    return fragments


def _is_legible(text: str) -> bool:
    """Whether `text` has words, and not the holes that fonts without a character map leave."""
    letters = len(_LETTERS.findall(text))
    return letters >= _FEWEST_LETTERS and len(_GARBLED.findall(text)) < letters * _MOST_GARBLED


def _day(stated: str) -> dt.date | None:
    found = _DATE.match(stated)
    if found is None:
        return None
    year, month, day = (int(part or 1) for part in found.groups())
    try:
        return dt.date(year, month, day)
    except ValueError:
        return None


def _named(pages: Sequence[int]) -> str:
    more = " …" if len(pages) > _MOST_PAGES_NAMED else ""
    return ", ".join(map(str, pages[:_MOST_PAGES_NAMED])) + more


def _unseen(pages: Sequence[int]) -> Notice:
    return Notice(
        german="Auf diesen Seiten steht Text, den niemand sieht, etwa weißer oder winziger; er "
        f"wurde nicht gelesen: {_named(pages)}.",
        english="These pages hold text that nobody sees, white or tiny for instance; it was not "
        f"read: {_named(pages)}.",
    )


def _unread(pages: Sequence[int]) -> Notice:
    return Notice(
        german=f"Diese Seiten sind Bilder ohne Text und wurden nicht gelesen: {_named(pages)}. "
        "Für ihren Inhalt bitte eine Fassung mit Texterkennung (OCR) hochladen.",
        english=f"These pages are pictures without text and were not read: {_named(pages)}. "
        "For their content upload a version with text recognition (OCR).",
    )
