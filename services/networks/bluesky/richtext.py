"""Which bytes of a text are links, mentions and tags (app.bsky.richtext.facet). Pure.

Offsets count bytes of UTF-8; the server takes any nonsense, so nobody else notices an error.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import regex

_LINK = regex.compile(r"(?<![\w/])https?://[^\s<>\"„“”»«]+")
_MENTION = regex.compile(
    r"(?<![\w@./])@((?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?\.)+[A-Za-z]{2,})\b"
)
_TAG = regex.compile(r"(?<![\w#/&])[#＃]([\p{L}\p{N}_]*[\p{L}_][\p{L}\p{N}_]*)")
_TRAILING = ".,;:!?'…"
_MAX_TAG = 64


@dataclass(frozen=True)
class Span:
    """A stretch of the text in characters, and what it points to."""

    start: int
    end: int
    kind: Literal["link", "mention", "tag"]
    target: str


def spans(text: str) -> Sequence[Span]:
    """Return what is linked, in the order of the text; mentions by their handle."""
    links = list(_links(text))
    rest = [*_mentions(text), *_tags(text)]
    free = [one for one in rest if not any(a.start < one.end and one.start < a.end for a in links)]
    return sorted([*links, *free], key=lambda span: span.start)


def facets(text: str, dids: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return the facets of a text; a mention of somebody who is not in `dids` stays plain."""
    found = []
    for span in spans(text):
        feature = _feature(span, dids)
        if feature is not None:
            index = {
                "byteStart": len(text[: span.start].encode()),
                "byteEnd": len(text[: span.end].encode()),
            }
            found.append({"index": index, "features": [feature]})
    return found


def mentioned_handles(text: str) -> frozenset[str]:
    """Return the handles a text mentions, in lower case."""
    return frozenset(span.target for span in spans(text) if span.kind == "mention")


def _links(text: str) -> Iterator[Span]:
    for match in _LINK.finditer(text):
        address = match[0].rstrip(_TRAILING)
        while address.endswith(")") and address.count(")") > address.count("("):
            address = address[:-1].rstrip(_TRAILING)
        if address.partition("://")[2]:
            yield Span(match.start(), match.start() + len(address), "link", address)


def _mentions(text: str) -> Iterator[Span]:
    for match in _MENTION.finditer(text):
        yield Span(match.start(), match.end(), "mention", match[1].lower())


def _tags(text: str) -> Iterator[Span]:
    for match in _TAG.finditer(text):
        if len(match[1]) <= _MAX_TAG:
            yield Span(match.start(), match.end(), "tag", match[1])


def _feature(span: Span, dids: Mapping[str, str]) -> dict[str, str] | None:
    if span.kind == "link":
        return {"$type": "app.bsky.richtext.facet#link", "uri": span.target}
    if span.kind == "tag":
        return {"$type": "app.bsky.richtext.facet#tag", "tag": span.target}
    did = dids.get(span.target)
    return {"$type": "app.bsky.richtext.facet#mention", "did": did} if did else None
