"""What a web site says of itself, and which others its articles link to. Pure."""

import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin, urlsplit
from urllib.robotparser import RobotFileParser

import feedparser  # type: ignore[import-untyped]  # it ships no types
from selectolax.lexbor import LexborHTMLParser

from services.networks.feeds.channels import channels_of
from services.networks.feeds.markup import BODIES, kinds_of

AGENT = "Dialogwerk"
MOST_LINKS = 200
"""Sites that are looked at in one feed."""
_FEEDS = ("application/rss+xml", "application/atom+xml")
_PLATFORMS = (
    "facebook.com", "instagram.com", "twitter.com", "x.com", "youtube.com", "youtu.be", "t.me",
    "tiktok.com", "linkedin.com", "bsky.app", "whatsapp.com", "google.com", "amazon.de", "doi.org",
    "amazon.com", "wikipedia.org", "bit.ly", "archive.org", "github.com", "paypal.com", "vimeo.com",
)  # fmt: skip
"""Where many publish: a link there names no site of an organisation."""


@dataclass(frozen=True)
class Site:
    """A home page's words about itself."""

    name: str
    about: str
    feed: str
    is_declared: bool
    """It is marked up as an organisation's, and not as a person's."""
    wants_no_listing: bool
    channels: tuple[str, ...] = ()
    """Ids of the YouTube channels that it names as its own."""


def may_visit(robots: str, url: str) -> bool:
    """Tell whether a robots.txt lets us read an address."""
    rules = RobotFileParser()
    rules.parse(robots.splitlines())
    return rules.can_fetch(AGENT, url)


def linked_sites(body: bytes, url: str) -> list[str]:
    """Return origins of other sites that a feed's entries link to, each once."""
    own, found = origin_of(url), dict[str, None]()
    for entry in feedparser.parse(io.BytesIO(body), sanitize_html=False)["entries"]:
        for address in _addresses(entry):
            origin = origin_of(joined(url, address))
            host = urlsplit(origin).hostname or ""
            if origin and origin != own and not f".{host}".endswith(_ENDS):
                found[origin] = None
    return list(found)[:MOST_LINKS]


def read_site(body: bytes, url: str) -> Site | None:
    """Return what a home page says; None for one without a feed of its own."""
    page = LexborHTMLParser(body.decode("utf-8", "replace"))
    feed = next(
        (
            joined(url, link.attributes.get("href") or "")
            for link in page.css("link[rel~=alternate]")
            if (link.attributes.get("type") or "").lower() in _FEEDS
            and "comment" not in (link.attributes.get("href") or "").lower()
        ),
        "",
    )
    if not feed or origin_of(feed) != origin_of(url):
        return None
    title = page.css_first("title")
    names = [_meta(page, "og:site_name"), title.text(strip=True) if title else ""]
    imprint = any("impressum" in link.text().lower() for link in page.css("a")[:2000])
    about = [_meta(page, "description"), "Impressum" if imprint else ""]
    kinds = set(kinds_of(page))
    return Site(
        name=next((one for one in names if one), "")[:300],
        about="\n".join(one for one in about if one)[:2000],
        feed=feed,
        is_declared=bool(kinds & BODIES) and "Person" not in kinds,
        wants_no_listing=refuses(_meta(page, "robots")),
        channels=channels_of(page, url),
    )


def refuses(said: str) -> bool:
    """Tell whether robots directives ask not to be indexed."""
    words = {one.strip().lower() for one in said.replace(":", ",").split(",")}
    return bool(words & {"noindex", "none", "noai"})


def joined(base: str, address: str) -> str:
    """Return an address as it is meant where it stands, nothing for one that is none."""
    try:
        return urljoin(base, address)
    except ValueError:
        return ""


def origin_of(url: str) -> str:
    """Return scheme and host of a web address, nothing for any other."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    is_web = parts.scheme in {"http", "https"} and parts.hostname and not parts.username
    return f"{parts.scheme}://{parts.netloc.lower()}" if is_web else ""


_ENDS = tuple(f".{one}" for one in _PLATFORMS)


def _addresses(entry: Mapping[str, Any]) -> Iterator[str]:
    pieces = [str(entry.get("summary", ""))]
    pieces += [str(one.get("value", "")) for one in entry.get("content") or ()]
    for piece in pieces:
        for link in LexborHTMLParser(piece).css("a[href]") if "<a" in piece else ():
            yield link.attributes.get("href") or ""


def _meta(page: LexborHTMLParser, name: str) -> str:
    found = page.css_first(f'meta[name="{name}"], meta[property="{name}"]')
    return " ".join((found.attributes.get("content") or "").split()) if found else ""
