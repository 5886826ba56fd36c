"""Tells a file's format by what it holds, and by its name only where that leaves it open."""

import re
import zipfile
from enum import StrEnum
from io import BytesIO
from pathlib import PurePath

from services.index.read.unreadable import Reason, Unreadable


class Format(StrEnum):
    PDF = "pdf"
    DOCX = "docx"
    HTML = "html"
    MARKDOWN = "markdown"
    PLAIN = "plain"


WORD_PART = "word/document.xml"
_PDF_WITHIN = 1024
_SAMPLE = 16_384
_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED_OFFICE = "EncryptedPackage".encode("utf-16-le")
_BINARIES = (
    *(b"{\\rtf", b"%!PS", b"\x1f\x8b", b"7z\xbc\xaf", b"Rar!", b"BZh", b"\xfd7zXZ", b"ustar"),
    *(b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"II*\0", b"MM\0*", b"RIFF", b"ID3", b"OggS"),
    *(b"\x7fELF", b"MZ", b"PK\x05\x06", b"PK\x07\x08", b"wOFF", b"SQLite format"),
)
_MARKED_UP = re.compile(
    rb"\s*+(?:<\?xml[^>]*+>\s*+)?(?:<!--.*?-->\s*+)*+<(?:!doctype\s+html|html|head|body|title|meta)\b",
    re.IGNORECASE | re.DOTALL,
)
_OTHER_XML = re.compile(rb"\s*+<(?:\?xml|rss|feed|urlset|svg|!doctype(?!\s+html))", re.IGNORECASE)
_TAGS = re.compile(rb"</?(?:p|div|span|article|section|h[1-6]|ul|ol|li|table|br|a)\b[^<>]{0,500}>")
_FRONT_MATTER = re.compile(rb"(?:\xef\xbb\xbf)?---[ \t]*\r?\n[A-Za-z_][\w-]*[ \t]*:")
_MARKDOWN_HEADING = re.compile(rb"^#{1,6}[ \t]+\S", re.MULTILINE)
_FEWEST_TAGS = 3
_FEWEST_HEADINGS = 2


def recognise(name: str, body: bytes, media_type: str | None) -> Format:
    """The format of `body`, which is not empty; raises Unreadable for what is not read."""
    if b"%PDF-" in body[:_PDF_WITHIN]:
        return Format.PDF
    if body.startswith(_ZIP):
        return _packed(body)
    if body.startswith(_OLE):
        raise Unreadable(Reason.ENCRYPTED if _ENCRYPTED_OFFICE in body else Reason.UNSUPPORTED)
    if body.startswith(_BINARIES) or body[4:8] == b"ftyp":
        raise Unreadable(Reason.UNSUPPORTED)
    return _written(PurePath(name).suffix.lower(), body[:_SAMPLE], media_type or "")


def _packed(body: bytes) -> Format:
    try:
        with zipfile.ZipFile(BytesIO(body)) as packed:
            parts = set(packed.namelist())
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError) as error:
        raise Unreadable(Reason.DAMAGED) from error
    if WORD_PART not in parts:
        raise Unreadable(Reason.UNSUPPORTED)
    return Format.DOCX


def _written(suffix: str, opening: bytes, media_type: str) -> Format:
    opening = opening.removeprefix(b"\xef\xbb\xbf")
    if _MARKED_UP.match(opening):
        return Format.HTML
    if _OTHER_XML.match(opening):
        raise Unreadable(Reason.UNSUPPORTED)
    said_html = suffix in {".html", ".htm", ".xhtml"} or "html" in media_type
    if said_html and len(_TAGS.findall(opening)) >= _FEWEST_TAGS:
        return Format.HTML
    if suffix in {".md", ".markdown"} or media_type.startswith("text/markdown"):
        return Format.MARKDOWN
    headings = len(_MARKDOWN_HEADING.findall(opening))
    if _FRONT_MATTER.match(opening) or headings >= _FEWEST_HEADINGS:
        return Format.MARKDOWN
    return Format.PLAIN
