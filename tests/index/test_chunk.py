"""Passages are what is found, cited and quoted: each must make sense on its own."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import pytest

from services.index.chunk import Chunk, chunk
from services.index.read.document import Block, Document, Kind
from services.index.units import weight

SENTENCES = [
    f"Satz Nummer {number} sagt z. B. am {number}. Mai etwas über Förderung und Fristen."
    for number in range(1, 31)
]


def paragraph(text: str, *heading: str, page: int | None = None) -> Block:
    return Block(text, heading, Kind.PARAGRAPH, page, page)


def item(text: str, *heading: str) -> Block:
    return Block(text, heading, Kind.LIST_ITEM)


def under(*heading: str) -> Block:
    return Block(heading[-1], heading, Kind.HEADING)


def packed(*blocks: Block, overlap: int = 0, target: int = 300, most: int = 500) -> list[Chunk]:
    return chunk(
        Document("Titel", blocks),
        target_chars=target,
        max_chars=most,
        overlap_sentences=overlap,
    )


def test_a_short_document_is_one_passage() -> None:
    [only] = packed(paragraph("Ein Satz.", page=3), paragraph("Noch einer.", page=4))
    assert only.text == "Ein Satz.\n\nNoch einer."
    assert (only.heading, only.page_from, only.page_to, only.position) == (None, 3, 4, 0)


def test_long_text_is_cut_where_sentences_end() -> None:
    """INVARIANT: no passage ends in the middle of a sentence that fits into one."""
    chunks = packed(paragraph(" ".join(SENTENCES), "Fristen"))
    assert len(chunks) > 3
    assert [one.position for one in chunks] == list(range(len(chunks)))
    for one in chunks:
        said = [sentence for sentence in SENTENCES if sentence in one.text]
        assert one.text == " ".join(said)
        assert 150 < weight(one.text) <= 500


def test_nothing_is_lost_and_nothing_is_twice_without_overlap() -> None:
    """INVARIANT: the passages together say what the document says."""
    blocks = [paragraph(" ".join(SENTENCES[i : i + 7]), "A", f"B{i}") for i in range(0, 30, 7)]
    words = " ".join(one.text for one in packed(*blocks)).split()
    assert words == " ".join(block.text for block in blocks).split()


def test_overlap_repeats_the_sentence_before_inside_a_paragraph_only() -> None:
    first, second = " ".join(SENTENCES[:12]), " ".join(SENTENCES[12:14])
    chunks = packed(paragraph(first, "A"), paragraph(second, "B"), overlap=1)
    for before, after in pairwise(chunks):
        last = [sentence for sentence in SENTENCES if sentence in before.text][-1]
        assert after.text.startswith(last) is (after.heading == "A")
        assert weight(after.text) <= 500


def test_top_level_sections_never_share_a_passage() -> None:
    """INVARIANT: what stands under one top heading is never cited under another."""
    chunks = packed(paragraph("Kurz.", "A"), paragraph("Auch kurz.", "B"), paragraph("Vorwort."))
    assert [(one.heading, one.text) for one in chunks] == [
        ("A", "Kurz."),
        ("B", "Auch kurz."),
        (None, "Vorwort."),
    ]


def test_small_neighbours_share_a_passage_under_their_common_heading() -> None:
    [only] = packed(
        under("A"),
        paragraph("Einleitung.", "A"),
        under("A", "Eins"),
        paragraph("Kurz.", "A", "Eins"),
        under("A", "Zwei"),
        paragraph("Auch kurz.", "A", "Zwei"),
    )
    assert only.heading == "A"
    assert only.text == "Einleitung.\n\nEins\n\nKurz.\n\nZwei\n\nAuch kurz."


def test_a_question_keeps_its_answer_to_itself() -> None:
    chunks = packed(
        paragraph("Ja.", "Fragen", "Darf ich?"), paragraph("Nein.", "Fragen", "Muss ich?")
    )
    assert [(one.heading, one.text) for one in chunks] == [
        ("Fragen › Darf ich?", "Ja."),
        ("Fragen › Muss ich?", "Nein."),
    ]


def test_a_heading_with_nothing_under_it_is_not_lost() -> None:
    chunks = packed(
        under("A"), paragraph("Text.", "A"), under("A", "Eintritt frei!"), under("B"),
        paragraph("Mehr.", "B"), under("Schluss"),
    )  # fmt: skip
    assert [(one.heading, one.text) for one in chunks] == [
        ("A", "Text.\n\nEintritt frei!"),
        ("B", "Mehr."),
        (None, "Schluss"),
    ]


def test_a_list_stays_with_the_sentence_that_introduces_it() -> None:
    filler = paragraph(" ".join(SENTENCES[:4]), "A")
    entries = [item(f"eine Unterlage mit der Nummer {number}", "A") for number in range(12)]
    chunks = packed(filler, paragraph("So geht es. Mitzubringen sind:", "A"), *entries)
    with_list = [one for one in chunks if "Unterlage" in one.text]
    assert len(with_list) > 1
    assert "Mitzubringen sind:\n– eine Unterlage mit der Nummer 0" in with_list[0].text
    for one in with_list[1:]:
        assert one.text.startswith("Mitzubringen sind:\n…\n– eine Unterlage")


def test_rows_and_numbered_items_keep_what_they_say() -> None:
    row = Block("Frist: 31. März · Betrag: 500 Euro", ("A",), Kind.TABLE_ROW)
    [only] = packed(item("1. Antrag", "A"), item("2. Bescheid", "A"), row, row)
    assert only.text == (
        "1. Antrag\n2. Bescheid\n– Frist: 31. März · Betrag: 500 Euro\n"
        "– Frist: 31. März · Betrag: 500 Euro"
    )


def test_a_sentence_longer_than_a_passage_is_cut_at_clauses() -> None:
    clause = "und weil das so ist, gilt auch dies,"
    chunks = packed(paragraph(" ".join([clause] * 40) + " Ende."))
    assert all(weight(one.text) <= 500 for one in chunks)
    assert all(one.text.endswith((",", "Ende.")) for one in chunks)
    assert " ".join(one.text for one in chunks) == " ".join([clause] * 40) + " Ende."


@pytest.mark.parametrize("text", ["a" * 5000, "1" * 3000 + "a", "§ 5 Abs. 3 " * 400, "😀a" * 900])
def test_no_passage_is_too_heavy_for_the_embedding_model(text: str) -> None:
    """INVARIANT: what an embedding model would cut off is never put into a passage."""
    heading = "Ein langer Pfad " * 8
    chunks = chunk(Document("Titel", (paragraph(text, heading),)))
    assert all(weight(one.text) + weight(one.heading or "") <= 1400 for one in chunks)
    assert "".join("".join(one.text for one in chunks).split()) == "".join(text.split())


def test_the_digest_changes_with_the_words_and_with_nothing_else() -> None:
    """INVARIANT: an unchanged passage keeps its digest in the next edition."""
    before = paragraph("Die Frist endet am 31. März.", "A", page=1)
    [first] = packed(before)
    [moved] = packed(replace(before, page=9, page_to=9))
    assert first.digest == moved.digest
    others = [
        packed(paragraph("Die Frist endet am 31. Mai.", "A"))[0],
        packed(paragraph("Die Frist endet am 31. März.", "B"))[0],
    ]
    assert len({first.digest, *(one.digest for one in others)}) == 3


@pytest.mark.timeout(120)
@pytest.mark.parametrize("blocks", [[paragraph("ab. " * 50_000)], [item("a", "A")] * 10_000])
def test_hostile_documents_are_packed_in_time(blocks: Sequence[Block]) -> None:
    """INVARIANT: no document hangs the reader."""
    assert chunk(Document("Titel", tuple(blocks)))
