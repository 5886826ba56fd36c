"""Reads sitemaps as sitemaps.org describes them (protocol 0.9). Pure."""

import zlib
from dataclasses import dataclass

from lxml import etree

from services.kit.addresses import parts_of

MAX_PAGES = 5000
"""Addresses taken from one source; a site that lists more is added in parts."""
MAX_BYTES = 50 * 1024 * 1024
"""The protocol's own limit of an uncompressed file."""


class NoSitemap(Exception):
    """These bytes list no pages; the message says why."""


@dataclass(frozen=True)
class Sitemap:
    """The addresses a sitemap lists: pages, or further sitemaps."""

    pages: tuple[str, ...] = ()
    sitemaps: tuple[str, ...] = ()


def read_sitemap(body: bytes, address: str) -> Sitemap:
    """Return what a sitemap at `address` lists; a plain list of addresses is one as well.

    Addresses on other hosts are left out: a sitemap speaks for its own site only. Raises NoSitemap.
    """
    plain = _unpacked(body)
    host = parts_of(address).netloc
    if not plain.lstrip().startswith(b"<"):
        lines = [line.strip() for line in plain.decode("utf-8", "replace").splitlines()]
        return Sitemap(pages=_own([line for line in lines if line], host))
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)
    try:
        root = etree.fromstring(plain, parser)
    except etree.XMLSyntaxError as error:
        raise NoSitemap(f"this is no XML: {error.msg}") from error
    name = etree.QName(root).localname
    found = tuple((element.text or "").strip() for element in root.iterfind("{*}*/{*}loc"))
    if name == "urlset":
        return Sitemap(pages=_own(found, host))
    if name == "sitemapindex":
        return Sitemap(sitemaps=_own(found, host))
    raise NoSitemap(f"its outermost element is <{name}>, not <urlset> or <sitemapindex>")


def _own(addresses: tuple[str, ...] | list[str], host: str) -> tuple[str, ...]:
    own = (
        one
        for one in addresses
        if parts_of(one).scheme in ("http", "https") and parts_of(one).netloc == host
    )
    return tuple(dict.fromkeys(own))[:MAX_PAGES]


def _unpacked(body: bytes) -> bytes:
    if not body.startswith(b"\x1f\x8b"):
        return body
    inflate = zlib.decompressobj(wbits=31)
    try:
        plain = inflate.decompress(body, MAX_BYTES)
    except zlib.error as error:
        raise NoSitemap("its compression is broken") from error
    if inflate.unconsumed_tail:
        raise NoSitemap("it is larger than 50 MB unpacked")
    return plain
