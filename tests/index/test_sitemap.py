"""What a sitemap lists, and what pretends to be one."""

import gzip

import pytest

from services.index.sitemap import NoSitemap, Sitemap, read_sitemap

AT = "https://www.stiftung.example/sitemap.xml"
URLSET = b"""<?xml version="1.0" encoding="UTF-8"?>
<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">
  <url><loc> https://www.stiftung.example/a </loc><lastmod>2026-11-01</lastmod></url>
  <url><loc>https://www.stiftung.example/b?x=1&amp;y=2</loc></url>
  <url><loc>https://www.stiftung.example/a</loc></url>
  <url><loc>https://evil.example/c</loc></url>
  <url><loc>javascript:alert(1)</loc></url>
</urlset>"""
OWN = ("https://www.stiftung.example/a", "https://www.stiftung.example/b?x=1&y=2")


@pytest.mark.parametrize("body", [URLSET, gzip.compress(URLSET, mtime=0), b"\n" + b"\n".join(
    address.encode() for address in (*OWN, "https://evil.example/c"))])  # fmt: skip
def test_own_pages_are_listed_once_whatever_the_form(body: bytes) -> None:
    """INVARIANT: a sitemap makes us fetch nothing from another host."""
    assert read_sitemap(body, AT) == Sitemap(pages=OWN)


def test_an_index_lists_further_sitemaps() -> None:
    body = URLSET.replace(b"urlset", b"sitemapindex").replace(b"<url>", b"<sitemap>")
    assert read_sitemap(body.replace(b"</url>", b"</sitemap>"), AT) == Sitemap(sitemaps=OWN)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"<html><body>Nothing here</body></html>", "<html>"),
        (b"<urlset><url><loc>https://", "no XML"),
        (b"\x1f\x8bgarbage", "compression"),
        (gzip.compress(b"<" + b" " * (51 * 1024 * 1024), mtime=0), "larger than 50 MB"),
    ],
)
def test_what_is_no_sitemap_says_why(body: bytes, said: str) -> None:
    with pytest.raises(NoSitemap, match=said):
        read_sitemap(body, AT)


def test_entities_are_not_expanded() -> None:
    """INVARIANT: no entity opens a file or fills the memory."""
    body = b"""<!DOCTYPE urlset [<!ENTITY x SYSTEM "file:///etc/passwd">]>
<urlset><url><loc>https://www.stiftung.example/&x;</loc></url></urlset>"""
    assert "root:" not in str(read_sitemap(body, AT))
