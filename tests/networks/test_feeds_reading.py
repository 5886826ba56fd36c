"""Feeds as they are in the wild."""

from datetime import UTC, datetime, timedelta

import pytest

from services.networks.feeds.reading import Feed, NotAFeed, read_feed
from tests.networks.feeds_server import RSS, item, rss

URL = "https://tagblatt.example/feed"
ATOM = """<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom" xml:lang="de">
<title>Ministerium</title><link href="https://bund.example/"/>
<entry><id>tag:bund.example,2026:1</id><title type="html">Neues &amp;amp; Altes</title>
<link rel="alternate" href="/meldung/1"/><published>2026-11-20T08:00:00+01:00</published>
<updated>2026-11-21T08:00:00Z</updated><summary type="html">&lt;p&gt;Erstens.&lt;/p&gt;
&lt;p&gt;Zweitens mit
Umbruch.&lt;/p&gt;</summary></entry></feed>"""


def read(body: str | bytes, media_type: str | None = RSS) -> Feed:
    return read_feed(body.encode() if isinstance(body, str) else body, media_type, URL)


def titles(body: str | bytes, media_type: str | None = RSS) -> list[str]:
    return [article.title for article in read(body, media_type).articles]


def test_rss_gives_title_teaser_address_and_date() -> None:
    body = rss(
        item(
            "Radweg &amp; Fußweg",
            guid="1",
            link="https://tagblatt.example/1",
            text="<p>Der Rat <b>stimmt</b> zu.</p><img src='x' alt='Foto'><script>x()</script>",
            at=datetime(2026, 11, 20, 7, tzinfo=UTC),
        )
    )
    feed = read(body)
    assert feed.site == "https://tagblatt.example/"
    article = feed.articles[0]
    assert article.text == "Radweg & Fußweg\n\nDer Rat stimmt zu.\n\nFoto"
    assert article.url == "https://tagblatt.example/1"
    assert article.published_at == datetime(2026, 11, 20, 7, tzinfo=UTC)


def test_atom_with_a_relative_link_and_escaped_markup() -> None:
    article = read(ATOM, "application/atom+xml").articles[0]
    assert article.text == "Neues & Altes\n\nErstens.\n\nZweitens mit Umbruch."
    assert article.url == "https://tagblatt.example/meldung/1"
    assert article.published_at == datetime(2026, 11, 20, 7, tzinfo=UTC)


def test_only_a_teaser_is_kept_of_a_long_article() -> None:
    article = read(rss(item("Lang", guid="1", text="Wort " * 5000))).articles[0]
    assert len(article.teaser) < 1005
    assert article.teaser.endswith("Wort …")


def test_a_feed_that_breaks_off_gives_what_came_before() -> None:
    whole = rss(item("Eins", guid="1"), item("Zwei", guid="2"), item("Drei", guid="3"))
    assert titles(whole[: whole.index("Drei")])[:2] == ["Eins", "Zwei"]
    assert titles(rss(item("Kaffee & Kuchen", guid="1"))) == ["Kaffee & Kuchen"]


def test_a_wrongly_declared_charset_spoils_letters_but_not_the_feed() -> None:
    latin = rss(item("Grüße", guid="1")).encode("latin-1")
    assert len(titles(latin)) == 1
    declared = latin.replace(b'encoding="utf-8"', b'encoding="iso-8859-1"')
    assert titles(declared, "application/xml") == ["Grüße"]


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ("<!doctype html><html><head><title>Startseite</title></head></html>", "web page"),
        ("", "no feed"),
        ("{}", "no feed"),
        (b"\x00\xff\xfe" * 50, "no feed"),
        ("/etc/hostname", "no feed"),
        ("file:///etc/hostname", "no feed"),
        ("http://127.0.0.1:9/", "no feed"),
    ],
)
def test_what_is_no_feed_is_said(body: str | bytes, sentence: str) -> None:
    """INVARIANT: a feed's content is never taken for a file's name or an address to open."""
    with pytest.raises(NotAFeed, match=sentence):
        read(body, "text/html")


def test_what_unfolds_or_never_ends_is_not_parsed() -> None:
    """INVARIANT: no feed keeps us busy for minutes."""
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 9))
    bomb = f'<?xml version="1.0"?><!DOCTYPE r [<!ENTITY l0 "ha">{laughs}]>'
    with pytest.raises(NotAFeed, match="entities"):
        read(bomb + rss(item("&l8;", guid="1")).partition("?>")[2])
    with pytest.raises(NotAFeed, match="elements"):
        read(rss("<a>" * 1_000_000))


def test_an_old_doctype_and_two_bytes_a_letter_are_read() -> None:
    doctype = '<!DOCTYPE rss PUBLIC "-//Netscape//DTD RSS 0.91//EN" "http://x.example/rss.dtd">'
    assert titles(rss(item("Alt", guid="1")).replace("<rss", f"{doctype}<rss")) == ["Alt"]
    wide = rss(item("Breit", guid="1")).replace("utf-8", "utf-16").encode("utf-16")
    assert titles(wide, "application/xml") == ["Breit"]


def test_of_a_very_long_feed_the_newest_articles_are_read() -> None:
    start = datetime(2026, 1, 1, tzinfo=UTC)
    items = [item(f"Tag {n}", guid=f"{n}", at=start + timedelta(days=n)) for n in range(320)]
    assert titles(rss(*items))[:2] == ["Tag 319", "Tag 318"]
    assert len(titles(rss(*items))) == 300


def test_an_empty_feed_is_a_feed() -> None:
    assert read(rss()).articles == []


def test_dates_that_cannot_be_and_entries_without_words_do_no_harm() -> None:
    body = rss(
        "<item><title>Nie</title><pubDate>gestern, glaube ich</pubDate></item>",
        "<item><title>Weit</title><pubDate>Mon, 01 Jan 0001 00:00:00 GMT</pubDate></item>",
        "<item><guid>leer</guid></item>",
    )
    assert titles(body) == ["Nie", "Weit"]


def test_ids_that_are_shared_name_nothing() -> None:
    """INVARIANT: a feed that gives all entries one id loses none of them."""
    body = rss(
        item("Eins", guid="x", link="https://t.example/1"),
        item("Zwei", guid="x", link="https://t.example/2"),
        item("Drei", guid="x"),
    )
    names = [article.names for article in read(body).articles]
    assert len({name for one in names for name in one}) == 3
