"""From a feed's bytes to its articles, however broken it is. Pure."""

import calendar
import hashlib
import io
import re
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urljoin

import feedparser  # type: ignore[import-untyped] # it ships no types
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from services.networks.markup import to_text

MOST_ARTICLES = 300
"""Articles of one feed that are looked at, the newest."""
MOST_ELEMENTS = 100_000
"""Elements that are parsed at most; they, not the bytes, cost the time (65 µs each)."""
_HEAD = 16_384
_ROOT = re.compile(rb"<(?:[a-z]+:)?(?:rss|feed|rdf|channel)[\s>]", re.IGNORECASE)
_NO_DATE = datetime.max.replace(tzinfo=UTC)
_TITLE = 300
_TEASER = 1000


class NotAFeed(Exception):
    """What came is neither RSS nor Atom; the message says what it may be."""


@dataclass(frozen=True)
class Article:
    """One entry: its names within the feed (hashes), its words, when it appeared if it says so."""

    names: tuple[str, ...]
    title: str
    teaser: str
    url: str | None
    published_at: datetime | None

    @property
    def text(self) -> str:
        return "\n\n".join(filter(None, (self.title, self.teaser)))

    @property
    def revision(self) -> str:
        """What changes when the words do: feeds change articles in place."""
        return _hash(self.text)


@dataclass(frozen=True)
class Feed:
    """What a feed says; `site` is the page it belongs to."""

    site: str | None
    articles: Sequence[Article]


def read_feed(body: bytes, media_type: str | None, url: str) -> Feed:
    """Read RSS or Atom in any version, or a JSON Feed; raises NotAFeed.

    Given as a stream, because feedparser would open a path or address that comes as the content.
    Only titles and teasers are kept, the articles stay where they are.
    """
    if body.lstrip()[:1] == b"{":
        return _read_json(body, url)
    _refuse_what_is_no_feed(body)
    try:
        parsed: Mapping[str, Any] = feedparser.parse(
            io.BytesIO(body),
            response_headers={"content-type": media_type or "", "content-location": url},
            resolve_relative_uris=False,
            sanitize_html=False,
        )
    except (ValueError, RecursionError) as error:  # half a character, or a tower of elements
        raise NotAFeed(f"the feed cannot be read ({type(error).__name__})") from error
    entries = parsed["entries"]
    if not parsed.get("version") or (parsed.get("bozo") and not entries):
        raise NotAFeed("this is no feed")
    shared = _shared(entries)
    articles = [_article(entry, shared, url) for entry in entries]
    return Feed(_address(parsed["feed"], url), _newest(articles))


def _newest(articles: Sequence[Article]) -> Sequence[Article]:
    said = [one for one in articles if one.text]
    if len(said) > MOST_ARTICLES:
        said.sort(key=lambda one: one.published_at or _NO_DATE, reverse=True)
    return said[:MOST_ARTICLES]


class _JsonItem(BaseModel):
    """An item of a JSON Feed; see https://www.jsonfeed.org/version/1.1/."""

    model_config = ConfigDict(frozen=True, extra="ignore", coerce_numbers_to_str=True)

    id: str = ""
    url: str = ""
    title: str = ""
    summary: str = ""
    content_text: str = ""
    content_html: str = ""
    date_published: str = ""


class _JsonFeed(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")

    version: str = Field(pattern=r"^https?://(www\.)?jsonfeed\.org/version/")
    home_page_url: str = ""
    items: tuple[Any, ...] = ()


def _read_json(body: bytes, url: str) -> Feed:
    try:
        feed = _JsonFeed.model_validate_json(body)
    except ValidationError as error:
        raise NotAFeed("this is no feed") from error
    items = [one for raw in feed.items if (one := _json_item(raw))]
    entries = [{"id": one.id, "link": one.url} for one in items]
    shared = _shared(entries)
    articles = []
    for one, entry in zip(items, entries, strict=True):
        title = " ".join(one.title.split())[:_TITLE]
        words = one.summary or one.content_text or to_text(one.content_html)
        articles.append(
            Article(
                names=_names(entry, shared, title), title=title,
                teaser=_shortened(words, _TEASER), url=_address(entry, url),
                published_at=_iso_moment(one.date_published),
            )
        )  # fmt: skip
    return Feed(_address({"link": feed.home_page_url}, url), _newest(articles))


def _json_item(raw: Any) -> _JsonItem | None:
    """Return an item; one that cannot be read spoils no other."""
    if not isinstance(raw, dict):
        return None
    try:
        return _JsonItem.model_validate({name: one for name, one in raw.items() if one is not None})
    except ValidationError:
        return None


def _iso_moment(said: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(said)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _refuse_what_is_no_feed(body: bytes) -> None:
    """Look before parsing: a web page or a bomb costs a minute that nobody has."""
    head = body[:_HEAD].replace(b"\0", b"")
    root = _ROOT.search(head)
    if root is None:
        looks_like_a_page = b"<html" in head.lower()
        raise NotAFeed("this is a web page, not a feed" if looks_like_a_page else "this is no feed")
    if b"<!ENTITY" in head[: root.start()]:
        raise NotAFeed("the feed declares entities of its own, which could unfold without end")
    if body.count(b"<") > MOST_ELEMENTS:
        raise NotAFeed("the feed has too many elements")


def _shared(entries: Sequence[Mapping[str, Any]]) -> set[str]:
    """Ids and links that several entries of a feed claim: they name none of them."""
    claims = Counter(
        claim for entry in entries for claim in {entry.get("id", ""), entry.get("link", "")}
    )
    return {claim for claim, times in claims.items() if times > 1} | {""}


def _article(entry: Mapping[str, Any], shared: set[str], url: str) -> Article:
    title = " ".join(to_text(entry.get("title", "")).split())[:_TITLE]
    return Article(
        names=_names(entry, shared, title),
        title=title,
        teaser=_shortened(to_text(_words(entry)), _TEASER),
        url=_address(entry, url),
        published_at=_moment(entry),
    )


def _names(entry: Mapping[str, Any], shared: set[str], title: str) -> tuple[str, ...]:
    """The id and the link, for either may change; the title when there is neither."""
    guid, link = entry.get("id", ""), entry.get("link", "")
    names = [
        _hash(kind + name) for kind, name in (("id:", guid), ("link:", link)) if name not in shared
    ]
    return tuple(names) or (_hash(f"title:{title}{link}"),)


def _words(entry: Mapping[str, Any]) -> str:
    if summary := entry.get("summary"):
        return str(summary)
    contents = entry.get("content") or [{}]
    return str(contents[0].get("value", ""))


def _shortened(text: str, length: int) -> str:
    if len(text) <= length:
        return text
    return f"{text[:length].rsplit(None, 1)[0]} …"


def _address(said: Mapping[str, Any], base: str) -> str | None:
    try:
        address = urljoin(base, said.get("link", "")) if said.get("link") else ""
    except ValueError:
        return None
    return address if address.startswith(("http://", "https://")) and len(address) <= 2000 else None


def _moment(entry: Mapping[str, Any]) -> datetime | None:
    """When it appeared. Asked with `in` first: feedparser would give one date for another."""
    for name in ("published_parsed", "created_parsed", "updated_parsed"):
        said: time.struct_time | None = entry[name] if name in entry else None  # noqa: SIM401 - `get` warns
        if said is not None:
            try:
                return datetime.fromtimestamp(calendar.timegm(said), UTC)
            except (ValueError, OverflowError, OSError):
                continue
    return None


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:16]
