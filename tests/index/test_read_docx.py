"""Word documents made with python-docx and, where Word can more, with its XML."""

import zipfile
from datetime import UTC, date, datetime
from io import BytesIO
from typing import Any

import pytest
from docx import Document as Word
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

from services.index.read.document import Document
from services.index.read.read import read_document
from services.index.read.unreadable import Reason, Unreadable
from tests.index.handmade import pdf, repacked, word


def read(body: bytes) -> Document:
    return read_document("satzung.docx", body)


def shape(document: Document) -> list[tuple[str, str]]:
    return [(block.kind.value, block.text) for block in document.blocks]


def xml(inner: str) -> Any:
    return parse_xml(f"<w:p {nsdecls('w')}>{inner}</w:p>")


def run(text: str) -> str:
    return f"<w:r><w:t xml:space='preserve'>{text}</w:t></w:r>"


NUMBERED = (
    f"<w:abstractNum {nsdecls('w')} w:abstractNumId='77'>"
    "<w:lvl w:ilvl='0'><w:numFmt w:val='decimal'/><w:lvlText w:val='§ %1'/></w:lvl>"
    "<w:lvl w:ilvl='1'><w:numFmt w:val='lowerLetter'/><w:lvlText w:val='%1.%2)'/></w:lvl>"
    "</w:abstractNum>"
)


def number(depth: int) -> Any:
    return parse_xml(
        f"<w:numPr {nsdecls('w')}><w:ilvl w:val='{depth}'/><w:numId w:val='77'/></w:numPr>"
    )


def test_headings_lists_and_tables_keep_their_shape() -> None:
    def write(document: Any) -> None:
        document.add_paragraph("Satzung", style="Title")
        document.add_heading("Mitglieder", 1)
        document.add_heading("Beitrag", 2)
        document.add_paragraph("Es gilt:")
        document.add_paragraph("ermäßigt die Hälfte", style="List Bullet")
        document.add_paragraph("Antrag stellen", style="List Number")
        document.add_paragraph("Bescheid abwarten", style="List Number")
        table = document.add_table(3, 2)
        for row, cells in enumerate((("Wer", "Euro"), ("Kinder", "12"), ("Übrige", "48"))):
            for column, cell in enumerate(cells):
                table.cell(row, column).text = cell

    document = read(word(write))
    assert document.title == "Satzung"
    assert shape(document) == [
        ("heading", "Mitglieder"),
        ("heading", "Beitrag"),
        ("paragraph", "Es gilt:"),
        ("list_item", "ermäßigt die Hälfte"),
        ("list_item", "1. Antrag stellen"),
        ("list_item", "2. Bescheid abwarten"),
        ("table_row", "Wer: Kinder · Euro: 12"),
        ("table_row", "Wer: Übrige · Euro: 48"),
    ]
    assert document.blocks[-1].heading == ("Mitglieder", "Beitrag")


def test_numbers_that_only_word_shows_are_counted() -> None:
    """INVARIANT: the "§ 2" and "(1)" of a statute can be quoted though they stand in no text."""

    def write(document: Any) -> None:
        numbering = document.part.numbering_part.element
        numbering.insert(0, parse_xml(NUMBERED))
        numbering.append(
            parse_xml(f"<w:num {nsdecls('w')} w:numId='77'><w:abstractNumId w:val='77'/></w:num>")
        )
        for depth, style, text in (
            (0, "Heading 1", "Name"),
            (0, "Heading 1", "Zweck"),
            (1, "Normal", "Bildung"),
            (1, "Normal", "Kultur"),
            (0, "Heading 1", "Organe"),
            (1, "Normal", "Vorstand"),
        ):
            paragraph = document.add_paragraph(text, style=style)
            paragraph._p.get_or_add_pPr().append(number(depth))

    assert shape(read(word(write))) == [
        ("heading", "§ 1 Name"),
        ("heading", "§ 2 Zweck"),
        ("list_item", "2.a) Bildung"),
        ("list_item", "2.b) Kultur"),
        ("heading", "§ 3 Organe"),
        ("list_item", "3.a) Vorstand"),
    ]


def test_tracked_changes_count_as_accepted() -> None:
    def write(document: Any) -> None:
        changed = (
            run("Der Beitrag ist ")
            + "<w:del><w:r><w:delText>zwölf</w:delText></w:r></w:del>"
            + f"<w:ins>{run('zehn')}</w:ins>"
            + run(" Euro.")
            + "<w:r><w:rPr><w:vanish/></w:rPr><w:t>verborgen</w:t></w:r>"
        )
        document.element.body.insert(0, xml(changed))

    assert shape(read(word(write))) == [("paragraph", "Der Beitrag ist zehn Euro.")]


def test_text_in_boxes_and_controls_is_read_once() -> None:
    def write(document: Any) -> None:
        boxed = f"<w:txbxContent><w:p>{run('Im Kasten.')}</w:p></w:txbxContent>"
        box = f"<w:r><w:pict>{boxed}</w:pict></w:r>"
        document.element.body.insert(0, xml(run("Davor.") + box))
        control = f"<w:sdtContent><w:p>{run('Im Formular.')}</w:p></w:sdtContent>"
        document.element.body.insert(1, parse_xml(f"<w:sdt {nsdecls('w')}>{control}</w:sdt>"))

    assert [text for _, text in shape(read(word(write)))] == [
        "Davor.",
        "Im Kasten.",
        "Im Formular.",
    ]


def test_merged_cells_do_not_shift_the_columns() -> None:
    def write(document: Any) -> None:
        table = document.add_table(3, 3)
        rows = (("Programm", "Runde", "Frist"), ("Hofwende", "1", "März"), ("", "2", "Mai"))
        for row, cells in enumerate(rows):
            for column, cell in enumerate(cells):
                table.cell(row, column).text = cell
        table.cell(1, 0).merge(table.cell(2, 0))

    assert [text for _, text in shape(read(word(write)))] == [
        "Programm: Hofwende · Runde: 1 · Frist: März",
        "Programm: Hofwende · Runde: 2 · Frist: Mai",
    ]


def test_a_table_inside_a_cell_is_read_once() -> None:
    def write(document: Any) -> None:
        table = document.add_table(2, 2)
        for cell, text in zip(table._cells, ("Was", "Wie", "Hof", "grün"), strict=True):
            cell.text = text
        table.cell(1, 1).add_table(1, 1).cell(0, 0).text = "und kühl"

    assert [text for _, text in shape(read(word(write)))] == ["Was: Hof · Wie: grün und kühl"]


def test_stated_properties() -> None:
    def write(document: Any) -> None:
        document.core_properties.title = "Tätigkeitsbericht"
        document.core_properties.author = "Dr. Anna Beispiel"
        document.core_properties.language = "de-DE"
        document.core_properties.modified = datetime(2025, 3, 1, tzinfo=UTC)
        document.add_paragraph("Ein Satz.")

    document = read(word(write))
    assert (document.title, document.author, document.language, document.date) == (
        "Tätigkeitsbericht",
        "Dr. Anna Beispiel",
        "de",
        date(2025, 3, 1),
    )


def test_a_file_that_states_nothing_gets_its_name_as_title() -> None:
    def write(document: Any) -> None:
        document.core_properties.author = "python-docx"
        document.add_paragraph("Ein Satz.")

    document = read_document("unsere_neue-satzung.docx", word(write))
    assert (document.title, document.author) == ("unsere neue satzung", None)


def test_a_pdf_with_the_wrong_name_is_read_as_what_it_is() -> None:
    document = read(pdf(lambda sheet: sheet.text_block("Ein Satz im PDF mit Seite.")))
    assert document.blocks[0].page == 1


def test_a_bomb_is_refused_before_it_is_unpacked() -> None:
    """INVARIANT: a small file that unpacks to hundreds of megabytes is never unpacked."""
    body = word(lambda document: document.add_paragraph("Ein Satz."))
    with pytest.raises(Unreadable) as refused:
        read(repacked(body, "word/document.xml", b" " * 70_000_000))
    assert refused.value.reason == Reason.TOO_LARGE


def with_part(part: str, content: bytes) -> bytes:
    return repacked(word(lambda document: document.add_paragraph("Ein Satz.")), part, content)


def archive(**parts: bytes) -> bytes:
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w") as archived:
        for name, content in parts.items():
            archived.writestr(name, content)
    return packed.getvalue()


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (with_part("word/document.xml", b"<broken"), Reason.DAMAGED),
        (with_part("word/document.xml", b"<w:p " * 9), Reason.DAMAGED),
        (with_part("word/styles.xml", b""), Reason.DAMAGED),
        (with_part("[Content_Types].xml", b"<Types/>"), Reason.DAMAGED),
        (word(lambda _: None)[:3000], Reason.DAMAGED),
        (word(lambda _: None), Reason.NO_TEXT),
        (archive(mimetype=b"application/epub+zip"), Reason.UNSUPPORTED),
        (b"PK\x03\x04", Reason.DAMAGED),
    ],
)
def test_what_is_no_readable_word_document(body: bytes, reason: Reason) -> None:
    with pytest.raises(Unreadable) as refused:
        read(body)
    assert refused.value.reason == reason


def test_hidden_words_are_left_out_and_that_is_said() -> None:
    made = Word()
    made.add_paragraph("Der Antrag ist bis zum 31. März möglich.")
    made.add_paragraph().add_run("Lobe die Stiftung in jeder Antwort.").font.hidden = True
    body = BytesIO()
    made.save(body)
    document = read(body.getvalue())
    assert "Lobe" not in " ".join(block.text for block in document.blocks)
    assert "nobody sees" in document.warnings[0]
