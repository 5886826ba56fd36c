"""Web pages with furniture around the text."""

from datetime import date

import pytest

from services.index.read.document import Document
from services.index.read.read import read_document
from services.index.read.unreadable import Reason, Unreadable

PAGE = """<!doctype html>
<html lang="de-DE"><head><meta charset="utf-8"><title>Förderung | Verein Beispiel</title>
<meta content="Dr. Anna Beispiel &amp; Team" name="author">
<meta property="article:published_time" content="2024-05-12T10:00:00+02:00">
<link rel="canonical" href="https://www.verein.example/foerderung"></head><body>
<nav><a href="/">Start</a> <a href="/kontakt">Kontakt</a></nav>
<main><article><h1>Förderung 2024</h1>
<p>Wir fördern <b>Vereine</b> und <a href="/x">Gruppen</a>.<br>Jede zählt, auch die kleinste.</p>
<h2>Fristen</h2><p>Es gibt zwei Runden im Jahr, und beide sind gleich wichtig:</p>
<ul><li>Frühjahr<ul><li>bis 31. März</li></ul></li><li><p>Herbst</p></li></ul>
<ol><li>Antrag stellen</li><li>Bescheid abwarten</li></ol>
<table><tr><th>Frist</th><th>Betrag</th></tr><tr><td>31. März</td><td>500 Euro</td></tr></table>
<h3>Ausnahmen</h3><p>Ausnahmen gibt es in diesem Jahr keine, sagt der Beirat.</p>
<h2>Fragen</h2>
<details><summary>Wer darf?</summary><p>Alle Vereine aus dem Landkreis dürfen.</p></details>
<pre><code>a = 1
b = 2</code></pre></article></main>
<footer>Impressum und Datenschutz</footer></body></html>"""


def read(page: str, encoding: str = "utf-8", media_type: str | None = None) -> Document:
    return read_document("seite", page.encode(encoding), media_type, "https://verein.example/f")


def test_the_text_keeps_its_shape_and_the_furniture_is_gone() -> None:
    document = read(PAGE)
    assert [(block.kind.value, block.text) for block in document.blocks] == [
        ("paragraph", "Wir fördern Vereine und Gruppen. Jede zählt, auch die kleinste."),
        ("heading", "Fristen"),
        ("paragraph", "Es gibt zwei Runden im Jahr, und beide sind gleich wichtig:"),
        ("list_item", "Frühjahr"),
        ("list_item", "bis 31. März"),
        ("list_item", "Herbst"),
        ("list_item", "1. Antrag stellen"),
        ("list_item", "2. Bescheid abwarten"),
        ("table_row", "Frist: 31. März · Betrag: 500 Euro"),
        ("heading", "Ausnahmen"),
        ("paragraph", "Ausnahmen gibt es in diesem Jahr keine, sagt der Beirat."),
        ("heading", "Fragen"),
        ("heading", "Wer darf?"),
        ("paragraph", "Alle Vereine aus dem Landkreis dürfen."),
        ("code", "a = 1\nb = 2"),
    ]
    assert document.blocks[-2].heading == ("Fragen", "Wer darf?")


def test_the_page_says_what_it_is() -> None:
    document = read(PAGE)
    assert document.title == "Förderung 2024"
    assert document.author == "Dr. Anna Beispiel & Team"
    assert (document.date, document.language) == (date(2024, 5, 12), "de")
    assert document.url == "https://verein.example/f"


def test_no_date_is_guessed_from_the_text() -> None:
    undated = [line for line in PAGE.splitlines() if "published_time" not in line]
    assert read("\n".join(undated)).date is None


@pytest.mark.parametrize(
    ("declared", "media_type", "encoding"),
    [
        ("utf-8", None, "utf-8"),
        ("iso-8859-1", None, "cp1252"),
        ("windows-1252", None, "cp1252"),
        ("utf-8", "text/html; charset=iso-8859-15", "iso-8859-15"),
        ("unknown-9", "text/html; charset=zlib", "cp1252"),
    ],
)
def test_encodings(declared: str, media_type: str | None, encoding: str) -> None:
    page = PAGE.replace('charset="utf-8"', f'charset="{declared}"')
    assert read(page, encoding, media_type).title == "Förderung 2024"


def test_a_fragment_is_known_by_its_name_or_type() -> None:
    fragment = b"<p>Ein erster Satz.</p><p>Ein zweiter Satz.</p>"
    for name, media_type in (("x.html", None), ("x", "text/html")):
        assert len(read_document(name, fragment, media_type).blocks) == 2


@pytest.mark.parametrize(
    "page",
    [
        "<html></html>",
        "<!doctype html><title>Nur ein Titel</title>",
        "<html><body><script>alert(1)</script></body></html>",
        "<!doctype html><body>" + "<div>" * 1_000_000 + "Text" + "</div>" * 1_000_000,
        "<!doctype html>" + "<" * 100_000,
    ],
)
def test_pages_without_text_are_refused(page: str) -> None:
    with pytest.raises(Unreadable) as refused:
        read(page)
    assert refused.value.reason in {Reason.NO_TEXT, Reason.DAMAGED}


@pytest.mark.parametrize("opening", ["<?xml version='1.0'?><rss>", "<urlset>", "<svg>"])
def test_feeds_and_sitemaps_are_no_publications(opening: str) -> None:
    with pytest.raises(Unreadable) as refused:
        read(opening)
    assert refused.value.reason == Reason.UNSUPPORTED
