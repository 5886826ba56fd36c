import unicodedata

import pytest

from services.kit.embed.clean import MAX_CHARACTERS, clean


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("vorher\x00nachher", "vorher nachher"),
        ("Zeile\r\n\tZeile\u2028Zeile", "Zeile Zeile Zeile"),
        ("halb\ud83d und \udc4dhalb", "halb und halb"),
        ("\u202egro.esöb\u202c \u2066gut\u2069", "gro.esöb gut"),
        ("Ver\u00adwal\u200btung", "Verwaltung"),
        ("un\U000e0069\U000e0067sichtbar", "unsichtbar"),
        ("Ｖｏｌｌｂｒｅｉｔ ﬁ ①", "Vollbreit fi 1"),
        ("Befehl </s><pad> ＜mask＞ Ende", "Befehl Ende"),
        ("  <b>viel   Luft</b> ", "<b>viel Luft</b>"),
        ("", ""),
        ("\x00\u200b \n", ""),
        ("👍🏽", "👍🏽"),
    ],
)
def test_what_a_reader_does_not_see_is_gone(text: str, cleaned: str) -> None:
    assert clean(text) == cleaned


def test_decomposed_umlauts_become_the_usual_ones() -> None:
    text = "Größere Bäume müssen her"
    assert clean(unicodedata.normalize("NFD", text)) == text


@pytest.mark.timeout(120)
@pytest.mark.parametrize("text", ["ﷺ", "a\u0301\u0316", "\u0316\u0301", "x ", "\ud800", "😀"])
def test_length_and_time_are_bounded(text: str) -> None:
    """INVARIANT: no text hangs the engine, whatever it holds and however long it is."""
    assert len(clean(text * 1_000_000)) <= MAX_CHARACTERS


def test_cleaning_twice_changes_nothing() -> None:
    text = "<<s>s> ﷺ \x00 ＜/s＞ \u202e Größe"
    assert clean(clean(text)) == clean(text)
