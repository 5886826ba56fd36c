"""Reads web pages: the main text with its headings, without the page's furniture."""

import html
import re

from trafilatura import bare_extraction, load_html
from trafilatura.settings import Document as ExtractedPage

from services.index.read.assemble import assemble
from services.index.read.dates import parse_date
from services.index.read.document import UNSEEN, Document, Facts
from services.index.read.encoding import decode
from services.index.read.html_body import body_pieces
from services.index.read.html_unseen import drop_unseen
from services.index.read.parser_border import parser_border
from services.index.read.unreadable import Reason, Unreadable

_CHARSET = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w-]{2,30})", re.IGNORECASE)
_XML_DECLARATION = re.compile(r"\s*<\?xml[^>]{0,200}\?>")
_LANGUAGE = re.compile(r"<html\b[^>]{0,500}?\slang\s*=\s*[\"']?\s*([A-Za-z-]{2,12})", re.IGNORECASE)
_META = re.compile(r"<meta\b([^>]{0,1000})>", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"\b(name|content)\s*=\s*(?:\"([^\"]*)\"|'([^']*)')", re.IGNORECASE)
_HEAD = 20_000
_STATED_DATES_ONLY = {"extensive_search": False, "original_date": True}


def read_html(name: str, body: bytes, charset: str | None, url: str | None) -> Document:
    """The document; `charset`, from the HTTP header, goes before what the page declares."""
    declared = _CHARSET.search(body[:_HEAD])
    text = decode(body, charset or (declared[1].decode("ascii", "replace") if declared else None))
    language = _LANGUAGE.search(text[:_HEAD])
    with parser_border():
        tree = load_html(_XML_DECLARATION.sub("", text, count=1))
        if tree is None:
            raise Unreadable(Reason.NO_TEXT)
        unseen = drop_unseen(tree)
        page = bare_extraction(
            tree,
            url=url,
            include_comments=False,
            include_tables=True,
            with_metadata=True,
            date_extraction_params=_STATED_DATES_ONLY,
        )
    if not isinstance(page, ExtractedPage):
        raise Unreadable(Reason.NO_TEXT)
    facts = Facts(
        title=page.title,
        language=language[1] if language else None,
        date=parse_date(page.date or ""),
        author=_stated_author(text[:_HEAD]) or page.author,
        url=url or page.url,
    )
    return assemble(body_pieces(page.body), facts, name=name, notices=[UNSEEN] if unseen else [])


def _stated_author(head: str) -> str | None:
    """The author as the page writes it, titles and all."""
    for meta in _META.finditer(head):
        found = _ATTRIBUTE.findall(meta[1])
        attributes = {key.lower(): double or single for key, double, single in found}
        if attributes.get("name", "").lower() == "author":
            return html.unescape(attributes.get("content", "")) or None
    return None
