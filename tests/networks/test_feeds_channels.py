"""Channels of a site: only its own word about itself counts."""

import json

import pytest

from services.networks.feeds.site import read_site

ONE, TWO = "UC" + "a" * 22, "UC" + "b" * 22
AT = "https://www.youtube.com/channel/"
HOME = "https://www.stiftung.example/"


def markup(**said: object) -> str:
    return f'<script type="application/ld+json">{json.dumps({"@type": "NGO", **said})}</script>'


def link(*addresses: str) -> str:
    return "".join(f'<a href="{one}">YouTube</a>' for one in addresses)


@pytest.mark.parametrize(
    ("body", "channels"),
    [
        (markup(sameAs=[f"{AT}{ONE}", "https://x.com/a", 7]) + link(AT + TWO), (ONE,)),
        (markup(sameAs=f"{AT}{ONE}/about", url="https://stiftung.example"), (ONE,)),
        (markup(**{"@type": "x", "@graph": [{"@type": ["NGO"], "sameAs": AT + ONE}]}), (ONE,)),
        (link(AT + ONE, f"https://m.youtube.com/channel/{ONE}/videos"), (ONE,)),
        (link(AT + ONE, AT + TWO), ()),
        (link(AT + ONE, "https://youtube.com/@somebody"), ()),
        (link("https://youtube.com/@somebody", "https://youtube.com/watch?v=1"), ()),
        (link(f"https://youtube.com.evil.example/channel/{ONE}", f"{AT}UCshort", "http://["), ()),
        (markup(memberOf={"@type": "NGO", "sameAs": AT + ONE}), ()),
        (markup(sameAs=AT + ONE, url="https://partner.example/"), ()),
        (markup(**{"@type": "Person", "sameAs": AT + ONE}), ()),
    ],
    ids=[
        "same as", "own url", "graph", "one link", "two links", "a handle beside it", "handle only",
        "no channels", "umbrella body", "another site", "person",
    ],
)  # fmt: skip
def test_only_what_the_site_says_of_itself_names_a_channel(
    body: str, channels: tuple[str, ...]
) -> None:
    """INVARIANT: a channel that might be somebody else's is not taken for the organisation's."""
    feed = '<link rel="alternate" type="application/rss+xml" href="/feed">'
    site = read_site(f"<title>Stiftung</title>{feed}{body}".encode(), HOME)
    assert site is not None
    assert site.channels == channels
