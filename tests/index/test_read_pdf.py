"""PDFs made like those that offices, browsers and scanners make."""

from datetime import UTC, date, datetime

import pytest

from services.index.read.document import Document, Kind
from services.index.read.pdf_layout import layout_pieces
from services.index.read.pdf_lines import Fragment, Page, text_lines
from services.index.read.read import read_document
from services.index.read.unreadable import Reason, Unreadable
from tests.index.handmade import Sheet, joined, locked, pdf, pictures_only


def read(body: bytes) -> Document:
    return read_document("bericht.pdf", body)


def texts(document: Document, kind: Kind = Kind.PARAGRAPH) -> list[str]:
    return [block.text for block in document.blocks if block.kind == kind]


def three_pages(sheet: Sheet) -> None:
    sheet.heading("Förderbericht 2024", 20)
    sheet.heading("Wer gefördert wird")
    sheet.text_block(
        "Die Förder-\nrichtlinie gilt für Vereine. Kinder- und\nJugendarbeit geht vor."
    )
    sheet.text_block("Eine EU-\nRichtlinie und die EU-\nweite Regel bleiben unberührt.")
    sheet.add_page()
    sheet.heading("Fristen")
    sheet.text_block("Im März gehen Anträge ein. Alle prüft der Beirat, die auf")
    sheet.add_page()
    sheet.text_block("der Sitzung da sind.")


def test_pages_headings_and_paragraphs_are_found() -> None:
    document = read(pdf(three_pages, header="Stadt Musterhausen - Bericht"))
    assert document.title == "Förderbericht 2024"
    assert [(block.text, block.page, block.page_to) for block in document.blocks] == [
        ("Wer gefördert wird", 1, 1),
        ("Die Förderrichtlinie gilt für Vereine. Kinder- und Jugendarbeit geht vor.", 1, 1),
        ("Eine EU-Richtlinie und die EU-weite Regel bleiben unberührt.", 1, 1),
        ("Fristen", 2, 2),
        (
            "Im März gehen Anträge ein. Alle prüft der Beirat, die auf der Sitzung da sind.",
            2,
            3,
        ),
    ]
    assert document.blocks[-1].heading == ("Fristen",)


def test_header_and_footer_are_no_text() -> None:
    document = read(pdf(three_pages, header="Stadt Musterhausen - Bericht"))
    everything = " ".join(block.text for block in document.blocks)
    assert "Musterhausen" not in everything
    assert "Seite" not in everything


def test_a_chapters_header_on_two_pages_is_no_text() -> None:
    def page(number: int) -> Page:
        header = "Kapitel 2: Fristen" if number in {4, 5} else f"Vorwort von Person {number * 'x'}"
        lines = [(800.0, header), *((600.0 - 12 * i, f"Zeile {number}.{i} ab") for i in range(9))]
        fragments = [Fragment(f"{text}\n", 70, y, 10, bold=False) for y, text in lines]
        return Page(number, 842, tuple(fragments))

    kept = {line.text for line in text_lines([page(number) for number in range(1, 12)])}
    assert "Kapitel 2: Fristen" not in kept
    assert "Vorwort von Person x" in kept


def test_lists_and_tables_keep_their_shape() -> None:
    def write(sheet: Sheet) -> None:
        sheet.text_block("Mitzubringen sind:")
        sheet.text_block("- ein Ausweis und\n  ein Foto\n- die Satzung")
        sheet.set_font("Helvetica", size=11)
        with sheet.table() as table:
            table.row(("Runde", "Frist", "Betrag"))
            table.row(("Frühjahr", "31. März 2027, 18 Uhr", "500 Euro"))
            table.row(("Herbst", "30. September 2027, 18 Uhr", "300 Euro"))

    document = read(pdf(write))
    assert texts(document, Kind.LIST_ITEM) == ["ein Ausweis und ein Foto", "die Satzung"]
    assert texts(document, Kind.TABLE_ROW) == [
        "Runde: Frühjahr · Frist: 31. März 2027, 18 Uhr · Betrag: 500 Euro",
        "Runde: Herbst · Frist: 30. September 2027, 18 Uhr · Betrag: 300 Euro",
    ]


def lines(*rows: tuple[float, float, str]) -> list[Fragment]:
    return [Fragment(f"{text}\n", x, y, 10.0, bold=False) for x, y, text in rows]


def test_columns_are_read_one_after_the_other() -> None:
    left = [(50.0, 700.0 - 12 * i, f"Die linke Spalte sagt in Zeile {i} dieses") for i in range(3)]
    right = [(300.0, 700.0 - 12 * i, f"und die rechte in ihrer Zeile {i} jenes") for i in range(3)]
    page = Page(1, 842, tuple(lines(*left, *right)))
    [piece] = layout_pieces(text_lines([page]))
    assert piece.text.index("Zeile 2 dieses") < piece.text.index("ihrer Zeile 0")


def test_a_footnote_does_not_cut_the_sentence_that_crosses_pages() -> None:
    small = Fragment("1 Eine Fußnote mit Erklärung.\n", 50, 100, 7, bold=False)
    first = Page(1, 842, (*lines((50, 300, "Der Satz beginnt hier und geht")), small))
    second = Page(2, 842, tuple(lines((50, 700, "auf der zweiten Seite zu Ende."))))
    pieces = list(layout_pieces(text_lines([first, second])))
    assert [piece.text for piece in pieces] == [
        "Der Satz beginnt hier und geht auf der zweiten Seite zu Ende.",
        "1 Eine Fußnote mit Erklärung.",
    ]


def test_contents_lists_are_left_out() -> None:
    page = Page(
        1,
        842,
        tuple(
            lines(
                (50, 700, "Fristen . . . . . . . . . . . . 12"),
                (50, 680, "Kosten .......................... 14"),
                (50, 640, "Der Text beginnt mit diesem Satz."),
            )
        ),
    )
    assert [line.text for line in text_lines([page])] == ["Der Text beginnt mit diesem Satz."]


def test_stated_properties_are_believed_where_they_can_be_true() -> None:
    def write(sheet: Sheet) -> None:
        sheet.set_title("Jahresbericht")
        sheet.set_author("Anna Beispiel")
        sheet.set_creation_date(datetime(2024, 5, 12, tzinfo=UTC))
        sheet.set_lang("de-DE")
        sheet.text_block("Ein Satz mit genug Wörtern.")

    document = read(pdf(write))
    assert (document.title, document.author, document.date, document.language) == (
        "Jahresbericht",
        "Anna Beispiel",
        date(2024, 5, 12),
        "de",
    )


@pytest.mark.parametrize("title", ["Microsoft Word - bericht_final.docx", "untitled", "x.indd"])
def test_what_programs_fill_in_is_not_believed(title: str) -> None:
    def write(sheet: Sheet) -> None:
        sheet.set_title(title)
        sheet.set_author("Administrator")
        sheet.set_creation_date(datetime(1970, 1, 1, tzinfo=UTC))
        sheet.heading("Der echte Titel", 20)
        sheet.text_block("Stand: 3. Februar 2025")
        sheet.text_block("Ein Satz mit genug Wörtern.")

    document = read(pdf(write))
    assert (document.title, document.author, document.date) == (
        "Der echte Titel",
        None,
        date(2025, 2, 3),
    )


@pytest.mark.parametrize("algorithm", ["RC4-128", "AES-128", "AES-256"])
def test_a_password_to_open_refuses_and_one_to_print_does_not(algorithm: str) -> None:
    body = pdf(three_pages)
    with pytest.raises(Unreadable) as refused:
        read(locked(body, user_password="geheim", algorithm=algorithm))
    assert refused.value.reason == Reason.ENCRYPTED
    assert read(locked(body, user_password="", algorithm=algorithm)).blocks


def test_a_scan_is_refused_with_what_to_do() -> None:
    with pytest.raises(Unreadable, match="text recognition") as refused:
        read(pictures_only(2))
    assert refused.value.reason == Reason.SCANNED
    assert "Texterkennung" in refused.value.german


def test_an_empty_page_is_no_scan() -> None:
    with pytest.raises(Unreadable) as refused:
        read(pdf(lambda _: None))
    assert refused.value.reason == Reason.NO_TEXT


def test_pages_that_are_pictures_are_named() -> None:
    def write(sheet: Sheet) -> None:
        sheet.text_block("Auf der ersten Seite steht ein Satz.")

    readable, scanned = pdf(write), pictures_only(2)
    document = read(joined(scanned, readable))
    assert texts(document) == ["Auf der ersten Seite steht ein Satz."]
    [notice] = document.notices
    assert "1, 2" in notice.german
    assert document.warnings == (notice.english,)
    assert document.blocks[0].page == 3


@pytest.mark.parametrize("share", [0.02, 0.3, 0.6, 0.95])
def test_a_truncated_file_is_damaged(share: float) -> None:
    body = pdf(three_pages)
    with pytest.raises(Unreadable) as refused:
        read(body[: int(len(body) * share)])
    assert refused.value.reason == Reason.DAMAGED
