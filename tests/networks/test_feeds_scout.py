"""Sites that a partner's articles link to: only organisations that want to be found come out."""

import json
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from typing import TypeVar

import pytest

from services.networks.feeds.scout import FeedScout
from services.networks.feeds.site import linked_sites, may_visit, read_site, refuses
from services.outreach.survey import Method, Survey
from tests.networks.feeds_server import Pages, hours_ago, item, pages, rss

T = TypeVar("T")
HTML = "text/html; charset=utf-8"


def home(
    name: str, *, kind: object = "NGO", about: str = "Wir pflanzen Bäume.", head: str = "",
    feed: str = "/feed",
) -> str:  # fmt: skip
    """Return a home page with its markup."""
    said = json.dumps({"@context": "https://schema.org", "@graph": [{"@type": kind, "name": name}]})
    link = f'<link rel="alternate" type="application/rss+xml" href="{feed}">' if feed else ""
    return (
        f'<html><head><title>{name}</title><meta name="description" content="{about}">{link}{head}'
        f'<script type="application/ld+json">{said}</script></head>'
        '<body><a href="/impressum">Impressum</a></body></html>'
    )


def publish(site: Pages, page: str, **headers: str) -> None:
    site.show("/", page, Content_Type=HTML, **headers)
    entries = [item(f"Stadtgrün {n}", guid=str(n), link=f"{site.url}/{n}", at=hours_ago(n + 1))
               for n in range(6)]  # fmt: skip
    site.show("/feed", rss(*entries))


async def test_only_sites_of_organisations_that_want_it_are_found() -> None:
    """INVARIANT: no private blog, nothing that asks programs to stay away; robots.txt is kept."""
    async with AsyncExitStack() as stack:
        names = ("good", "blog", "shy", "header", "closed", "bare", "plain", "partner")
        sites = {name: await stack.enter_async_context(pages()) for name in names}
        publish(sites["good"], home("Stiftung Stadtgrün"))
        publish(sites["blog"], home("Gartenmagazin", kind=["Person", "Organization"]))
        publish(
            sites["shy"], home("Stille Stiftung", head='<meta name="robots" content="noindex">')
        )
        publish(sites["header"], home("Leise Stiftung"), X_Robots_Tag="noindex")
        publish(sites["closed"], home("Ferne Stiftung"))
        sites["closed"].show("/robots.txt", "User-agent: *\nDisallow: /", Content_Type="text/plain")
        publish(sites["bare"], home("Stiftung ohne Feed", feed=""))
        publish(sites["plain"], home("Meine Seite", kind="WebSite", about="Ich schreibe."))
        links = "".join(f'<a href="{site.url}/x">hier</a>' for site in sites.values())
        entry = item("Lesetipps", guid="1", text=links, at=hours_ago(1))
        feed = sites["partner"].show("/feed", rss(entry))
        asked: list[tuple[Method, str, str]] = []

        async def ask(host: str, method: Method, about: str, work: Callable[[], Awaitable[T]]) -> T:
            asked.append((method, host, about))
            return await work()

        survey = Survey(
            FeedScout(contact="garten@example.org", allow_private=True), ask, ["Stadtgrün"],
            lambda _: False, lambda _: False, datetime.now(UTC),
        )  # fmt: skip
        result = await survey.partners([feed])
        (found,) = result.found
        assert found.profile.address == f"{sites['good'].url}/feed"
        assert (found.actor.relation, found.actor.proof) == ("partner", "declared")
        assert [(one.posts, one.share) for one in found.topics] == [(6, 1.0)]
        assert result.ties[found.profile.page_id].number is None
        assert not result.is_complete
        assert "/" not in sites["closed"].asked
        assert {method for method, _, _ in asked} == {"cites", "profiles", "posts"}
        assert "garten@example.org" in sites["good"].asked["/"][0]["user-agent"]
        assert "/robots.txt" in sites["good"].asked


@pytest.mark.parametrize(
    "body",
    [b"", b"<html>", b"\xff\xfe", b'<link rel=alternate type="application/rss+xml" href="//[">',
     home("X", feed="https://elsewhere.example/feed").encode(),
     b'<script type="application/ld+json">{"@type": [1, {}]}</script>'],
    ids=["nothing", "bare", "bytes", "broken link", "a feed elsewhere", "odd types"],
)  # fmt: skip
def test_a_page_that_says_nothing_is_no_site(body: bytes) -> None:
    assert read_site(body, "https://x.example/") is None


def test_links_to_platforms_and_to_oneself_lead_nowhere() -> None:
    hrefs = (
        "https://www.youtube.com/@x", "https://x.example/2", "/3", "mailto:a@b.c", "https://[",
        "https://gartenbund.example/1", "https://gartenbund.example/2", "javascript:alert(1)",
    )  # fmt: skip
    text = "".join(f'<a href="{href}">x</a>' for href in hrefs)
    assert linked_sites(rss(item("a", text=text)).encode(), "https://x.example/feed") == [
        "https://gartenbund.example"
    ]
    assert not may_visit("User-agent: Dialogwerk\nDisallow: /", "https://x.example/")
    assert may_visit("", "https://x.example/")
    assert refuses("googlebot: noindex, nofollow")
    assert not refuses("index, follow")
