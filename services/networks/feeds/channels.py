"""Which YouTube channels a home page names as its organisation's own. Pure.

The site's own word is the whole proof, and YouTube is asked nothing. Only addresses with the
channel's id count: what a handle stands for, YouTube alone could say.
"""

import re
from collections.abc import Iterator
from typing import Any

from selectolax.lexbor import LexborHTMLParser

from services.kit.addresses import parts_of
from services.networks.feeds.markup import BODIES, documents, types_of

MOST = 3
"""Channels of one site."""
_HOSTS = frozenset({"youtube.com", "www.youtube.com", "m.youtube.com"})
_CHANNEL = re.compile(r"/channel/(UC[A-Za-z0-9_-]{22})(?:/.*)?")
_ANY = re.compile(r"/(?:channel/|c/|user/|@)[^/]+")


def channels_of(page: LexborHTMLParser, url: str) -> tuple[str, ...]:
    """Return ids of the channels that are the site's own.

    `sameAs` of the organisation whose site it is counts; a plain link only when the page links to
    no second channel, for that might be anybody's.
    """
    said = [one for one in map(_channel, _same_as(page, url)) if one]
    if not said:
        links = [link.attributes.get("href") or "" for link in page.css("a[href]")[:2000]]
        named = {place for place in map(_place, links) if place}
        said = [one for one in map(_channel, links) if one] if len(named) == 1 else []
    return tuple(dict.fromkeys(said))[:MOST]


def _same_as(page: LexborHTMLParser, url: str) -> Iterator[str]:
    for document in documents(page):
        for node in _top(document):
            home = node.get("url")
            is_other = isinstance(home, str) and _host(home) not in ("", _host(url))
            if is_other or not BODIES & set(types_of(node)):
                continue
            same = node.get("sameAs")
            yield from (one for one in _list(same) if isinstance(one, str))


def _top(document: Any) -> Iterator[dict[str, Any]]:
    """Yield what a document describes itself: members, funders and authors are others."""
    for one in _list(document):
        if isinstance(one, dict):
            yield one
            yield from (each for each in _list(one.get("@graph")) if isinstance(each, dict))


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _host(url: str) -> str:
    return (parts_of(url).hostname or "").removeprefix("www.")


def _place(url: str) -> str:
    """Return the part of an address that tells one channel from another, nothing elsewhere."""
    parts = parts_of(url)
    found = _ANY.match(parts.path) if parts.hostname in _HOSTS else None
    return found[0] if found else ""


def _channel(url: str) -> str:
    parts = parts_of(url)
    found = _CHANNEL.fullmatch(parts.path) if parts.hostname in _HOSTS else None
    return found[1] if found else ""
