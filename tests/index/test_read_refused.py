"""Whatever the bytes, the answer is a document or one sentence that says what to do."""

import random

import pytest

from services.index.read.parser_border import parser_border
from services.index.read.properties import believable_author
from services.index.read.read import MAX_BYTES, read_document
from services.index.read.unreadable import Reason, Unreadable
from tests.index.handmade import pdf, word

OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", Reason.EMPTY),
        (b" \r\n\t ", Reason.EMPTY),
        (bytes(5000), Reason.UNSUPPORTED),
        (b"Text mit einem \0 darin", Reason.UNSUPPORTED),
        (b"\x89PNG\r\n\x1a\n", Reason.UNSUPPORTED),
        (b"{\\rtf1 Text}", Reason.UNSUPPORTED),
        (b"\0\0\0\x18ftypmp42", Reason.UNSUPPORTED),
        (OLD_OFFICE, Reason.UNSUPPORTED),
        (OLD_OFFICE + "EncryptedPackage".encode("utf-16-le"), Reason.ENCRYPTED),
        (b"12345 67890 !!! ???", Reason.NO_TEXT),
        (b"\xef\xbb\xbf", Reason.NO_TEXT),
        (b"a " * (MAX_BYTES // 2 + 1), Reason.TOO_LARGE),
        (b"- a\n" * 100_000, Reason.TOO_LARGE),
        (b"ein Wort " * 400_000, Reason.TOO_LARGE),
    ],
)
def test_reasons(body: bytes, reason: Reason) -> None:
    with pytest.raises(Unreadable) as refused:
        read_document("datei", body)
    assert refused.value.reason == reason


@pytest.mark.parametrize("reason", list(Reason))
def test_every_reason_is_told_in_both_languages(reason: Reason) -> None:
    refusal = Unreadable(reason)
    assert "bitte" in refusal.german
    assert str(refusal) == refusal.english != refusal.german


def damaged(body: bytes, chance: random.Random) -> bytes:
    broken = bytearray(body)
    for _ in range(chance.choice((1, 5, 25))):
        place = chance.randrange(len(broken))
        if chance.random() < 0.5:
            broken[place] = chance.randrange(256)
        else:
            del broken[place]
    return bytes(broken)


@pytest.mark.parametrize("seed", range(40))
def test_no_damage_brings_a_parsers_exception_out(seed: int) -> None:
    """INVARIANT: a file can be refused but cannot make reading fail."""
    chance = random.Random(seed)
    whole = chance.choice(
        [
            pdf(lambda sheet: sheet.text_block("Ein Satz im PDF mit Seite.")),
            word(lambda document: document.add_paragraph("Ein Satz.")),
            b"<!doctype html><body><p>Ein Satz im Web.</p><ul><li>Punkt</li></ul></body>",
            b"---\ntitle: Titel\n---\n\n# Eins\n\n| a | b |\n|--|--|\n| c | d |\n",
        ]
    )
    try:
        outcome = read_document("datei.pdf", damaged(whole, chance)).title
    except Unreadable as refused:
        outcome = refused.german
    assert outcome


def test_our_own_faults_are_no_refusals() -> None:
    """INVARIANT: only what a parsing library throws becomes a refusal."""
    with pytest.raises(Unreadable) as refused, parser_border():
        raise KeyError("/Root")
    assert refused.value.reason == Reason.DAMAGED
    with pytest.raises(Unreadable) as refused, parser_border():
        raise MemoryError
    assert refused.value.reason == Reason.TOO_LARGE
    with pytest.raises(AttributeError):
        read_document("datei.md", None)  # type: ignore[arg-type] # a caller's fault, on purpose


@pytest.mark.parametrize(
    ("stated", "believed"),
    [
        ("Anna Beispiel", "Anna Beispiel"),
        ("  Anna\u00a0Beispiel ", "Anna Beispiel"),
        ("admin", None),
        ("Microsoft Office User", None),
        ("Windows-Benutzer", None),
        ("x", None),
        ("", None),
    ],
)
def test_authors_that_are_accounts(stated: str, believed: str | None) -> None:
    assert believable_author(stated) == believed
