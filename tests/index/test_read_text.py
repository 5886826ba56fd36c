"""Markdown and plain text, as editors and exports write them."""

from datetime import date

import pytest

from services.index.read.document import Document, Kind
from services.index.read.read import read_document
from services.index.read.wrapping import join_lines

MARKDOWN = """\
---
title: "Häufige Fragen"
date: 2026-11-09
authors:
  - Anna Beispiel
  - Ben Muster
url: https://www.verein.example/faq
language: de-DE
---

# Häufige Fragen

Ein *betonter* [Verweis](https://x.example) mit `Code`
über zwei Zeilen.

## Fristen

Es gilt:

- bis 31. März
  - verschachtelt
- online

1. Antrag
2. Bescheid

   mit Anlage

| Runde | Frist |
|---|---|
| Frühjahr | **31. März** |
| Herbst | |

> Ein Zitat.

```
a = 1
b = 2
```

<div>Ein <b>Kasten</b> &amp; mehr</div>

### Ausnahmen

Keine.
"""


def shape(document: Document) -> list[tuple[str, str]]:
    return [(block.kind.value, block.text) for block in document.blocks]


def plain(text: str, name: str = "datei.txt") -> Document:
    return read_document(name, text.encode())


def test_markdown_keeps_its_shape() -> None:
    document = read_document("faq.md", MARKDOWN.encode())
    assert shape(document) == [
        ("paragraph", "Ein betonter Verweis mit Code über zwei Zeilen."),
        ("heading", "Fristen"),
        ("paragraph", "Es gilt:"),
        ("list_item", "bis 31. März"),
        ("list_item", "verschachtelt"),
        ("list_item", "online"),
        ("list_item", "1. Antrag"),
        ("list_item", "2. Bescheid"),
        ("paragraph", "mit Anlage"),
        ("table_row", "Runde: Frühjahr · Frist: 31. März"),
        ("table_row", "Runde: Herbst"),
        ("paragraph", "Ein Zitat."),
        ("code", "a = 1\nb = 2"),
        ("paragraph", "Ein Kasten & mehr"),
        ("heading", "Ausnahmen"),
        ("paragraph", "Keine."),
    ]
    assert document.blocks[-1].heading == ("Fristen", "Ausnahmen")


def test_front_matter_says_what_the_document_is() -> None:
    document = read_document("faq.md", MARKDOWN.encode())
    assert (document.title, document.date) == ("Häufige Fragen", date(2026, 11, 9))
    assert document.author == "Anna Beispiel, Ben Muster"
    assert (document.url, document.language) == ("https://www.verein.example/faq", "de")


@pytest.mark.parametrize(
    "text",
    [
        "---\n\nText zwischen Linien.\n\n---\n\nMehr.",
        "---\nkein Eintrag\n---\n\nMehr.",
        "---\n\nOffen.",
    ],
)
def test_lines_that_are_no_front_matter_stay_text(text: str) -> None:
    document = read_document("x.md", text.encode())
    assert document.blocks[-1].text in {"Mehr.", "Offen."}
    assert document.author is None


def test_markdown_is_known_without_its_name() -> None:
    document = plain("# Titel\n\nEin Satz.\n\n## Teil\n\nNoch einer.")
    assert document.title == "Titel"
    assert document.blocks[-1].heading == ("Teil",)


def test_a_flat_file_keeps_all_its_top_sections() -> None:
    document = plain("# Eins\n\nEin Satz.\n\n# Zwei\n\nNoch einer.", name="zwei-teile.md")
    assert document.title == "zwei teile"
    assert [block.heading for block in document.blocks] == [("Eins",)] * 2 + [("Zwei",)] * 2


def test_plain_text_has_a_title_headings_and_lists() -> None:
    document = plain(
        "Förderrichtlinien 2026\n\nVerein Beispiel\nStand: 10. November 2025\n\n"
        "1. WAS GEFÖRDERT WIRD\n\nHöfe.\n\nEin zweiter Absatz.\n\n1.1 Ausnahmen\n\na) Gärten,\n"
        "b) Balkone.\n\nANREISE\n\n- Bus\n- Bahn\n\nKosten\n======\n\nKeine.\n"
    )
    assert document.title == "Förderrichtlinien 2026"
    assert document.date == date(2025, 11, 10)
    assert shape(document) == [
        ("paragraph", "Verein Beispiel"),
        ("paragraph", "Stand: 10. November 2025"),
        ("heading", "1. WAS GEFÖRDERT WIRD"),
        ("paragraph", "Höfe."),
        ("paragraph", "Ein zweiter Absatz."),
        ("heading", "1.1 Ausnahmen"),
        ("list_item", "a) Gärten,"),
        ("list_item", "b) Balkone."),
        ("heading", "ANREISE"),
        ("list_item", "Bus"),
        ("list_item", "Bahn"),
        ("heading", "Kosten"),
        ("paragraph", "Keine."),
    ]
    assert document.blocks[5].heading == ("1. WAS GEFÖRDERT WIRD", "1.1 Ausnahmen")


def test_wrapped_lines_become_paragraphs_again() -> None:
    document = plain(
        "Ein Titel\n\nDie Förder-\n\nrichtlinie steht hier in umbrochenen Zeilen, von denen\n"
        "jede ungefähr gleich lang ist. Kinder- und Jugend-\n"
        "verbände sind mit ihren Anträgen willkommen am\n12. Mai.\n"
    )
    assert document.blocks[-1].text == (
        "richtlinie steht hier in umbrochenen Zeilen, von denen jede ungefähr gleich lang ist. "
        "Kinder- und Jugendverbände sind mit ihren Anträgen willkommen am 12. Mai."
    )


def test_a_first_sentence_is_no_lost_title() -> None:
    document = plain("Das ist gleich ein ganzer Satz. Und noch einer.")
    assert document.title.startswith("Das ist gleich")
    assert document.blocks[0].text == "Das ist gleich ein ganzer Satz. Und noch einer."


@pytest.mark.parametrize(
    "body",
    [
        "Müller & Söhne – „gut“".encode(),
        "Müller & Söhne – „gut“".encode("utf-8-sig"),
        "Müller & Söhne – „gut“".encode("utf-16"),
        b"\xfe\xff" + "Müller & Söhne – „gut“".encode("utf-16-be"),
        "Müller & Söhne – „gut“".encode("cp1252"),
    ],
)
def test_encodings(body: bytes) -> None:
    assert read_document("x.txt", body).blocks[0].text == "Müller & Söhne – „gut“"


def test_text_comes_out_in_one_normal_form() -> None:
    """INVARIANT: equal words are equal characters, so that quotations and digests can match."""
    messy = "Gru\u0308\u00dfe\u00a0vom O\ufb03ce\u200b: F\u00f6r\u00adderung\u202e\x07 \u2009ab."
    [block] = plain(f"Titel\n\n{messy}").blocks
    assert block.text == "Gr\u00fc\u00dfe vom Office: F\u00f6rderung ab."
    assert block.kind == Kind.PARAGRAPH


@pytest.mark.parametrize(
    ("opening", "day"),
    [
        ("Stand: 17. August 2026", date(2026, 8, 17)),
        ("Verein Beispiel, Stand: 01.03.2025", date(2025, 3, 1)),
        ("Stand Mai 2025", date(2025, 5, 1)),
        ("Published on May 3rd, 2024", date(2024, 5, 3)),
        ("Last updated: 3 May 2024", date(2024, 5, 3)),
        ("Date: 2024-05-03", date(2024, 5, 3)),
        ("Stand: 31. Februar 2025", None),
        ("Die Kasse hatte zum Stand 31. Dezember 2024 zwei Euro.", None),
        ("Am 3. Mai 2024 war das Wetter gut.", None),
    ],
)
def test_the_day_a_text_gives_for_itself(opening: str, day: date | None) -> None:
    assert plain(f"Titel\n\n{opening}\n\nEin Satz.").date == day


@pytest.mark.parametrize(
    ("first", "second", "joined"),
    [
        ("die Förder-", "richtlinie", "die Förderrichtlinie"),
        ("die Kinder-", "und Jugendarbeit", "die Kinder- und Jugendarbeit"),
        ("die EU-", "Richtlinie", "die EU-Richtlinie"),
        ("EU-", "weit", "EU-weit"),
        ("eine 100-", "prozentige", "eine 100-prozentige"),
        ("weiches Tren\u00ad", "nen", "weiches Trennen"),
        ("ein Gedanke –", "noch einer", "ein Gedanke – noch einer"),
        ("", "Anfang", "Anfang"),
    ],
)
def test_words_cut_at_a_line_end(first: str, second: str, joined: str) -> None:
    assert join_lines([first, second]) == joined
