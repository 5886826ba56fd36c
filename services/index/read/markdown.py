"""Reads Markdown (CommonMark with tables) with optional front matter."""

import html
import itertools
import re
from collections.abc import Iterator, Sequence

from markdown_it import MarkdownIt
from markdown_it.token import Token

from services.index.read.assemble import Piece, assemble
from services.index.read.dates import parse_date
from services.index.read.document import Document, Facts, Kind
from services.index.read.encoding import decode
from services.index.read.front_matter import split_front_matter
from services.index.read.parser_border import parser_border
from services.index.read.table import table_rows

_TAG_OR_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)|<[^<>]*>", re.DOTALL)
_WORDS = {"text", "code_inline", "softbreak", "hardbreak"}


def read_markdown(name: str, body: bytes, charset: str | None, url: str | None) -> Document:
    """The document; facts in front matter come before those found in the text."""
    written = decode(body, charset).replace("\r\n", "\n").replace("\r", "\n")
    stated, text = split_front_matter(written)
    with parser_border():
        tokens = MarkdownIt("commonmark").enable("table").parse(text)
    facts = Facts(
        title=stated.get("title"),
        language=stated.get("language") or stated.get("lang"),
        date=parse_date(stated.get("date", "")),
        author=stated.get("author") or stated.get("authors"),
        url=stated.get("url") or url,
    )
    return assemble(_pieces(tokens), facts, name=name)


def _pieces(tokens: Sequence[Token]) -> Iterator[Piece]:
    marker: str | None = None
    table: list[list[str]] = []
    for before, token in itertools.pairwise([Token("start", "", 0), *tokens]):
        match before.type, token.type:
            case _, "list_item_open":
                marker = f"{token.info}{token.markup} " if token.info else ""
            case _, "table_open":
                table = []
            case _, "tr_open":
                table.append([])
            case "th_open" | "td_open", "inline":
                table[-1].append(_words(token))
            case _, "table_close":
                yield from table_rows(table)
            case "heading_open", "inline":
                yield Piece(Kind.HEADING, _words(token), level=int(before.tag[1:]))
            case _, "inline" if marker is None:
                yield Piece(Kind.PARAGRAPH, _words(token))
            case _, "inline":
                yield Piece(Kind.LIST_ITEM, f"{marker}{_words(token)}")
                marker = None
            case _:
                yield from _verbatim(token)


def _verbatim(token: Token) -> Iterator[Piece]:
    if token.type in {"fence", "code_block"}:
        yield Piece(Kind.CODE, token.content)
    if token.type == "html_block":
        yield Piece(Kind.PARAGRAPH, html.unescape(_TAG_OR_COMMENT.sub(" ", token.content)))


def _words(inline: Token) -> str:
    children = (child for child in inline.children or [] if child.type in _WORDS)
    return "".join(child.content or " " for child in children)
