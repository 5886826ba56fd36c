"""Sentences are what people are quoted with: a cut in the wrong place falsifies the quotation."""

import pytest

from services.kit.sentences import split_sentences

# One running text per line; " | " stands where a sentence ends.
RUNNING_TEXT = """
Das gilt z. B. für Vereine, d. h. auch für uns. | Wir helfen.
Das gilt z.B. Vereinen, d.h. Gruppen mit Satzung i. d. R. ohne Gewinn. | Ja.
Am 12. Mai ist Schluss. | Am 1. und 2. Advent geht es weiter.
Die 2. Bundesliga spielt, das 19. Jahrhundert endete, Ludwig XIV. Enkel kam.
Das war 2023. | Danach kam nichts.
Dr. Müller, Prof. Dr. h. c. Maria Schmidt und Dipl.-Ing. Kaya kamen. | Hr. Bauer fehlte.
Siehe Nr. 5 und § 3 Abs. 2 Satz 1 i. V. m. Art. 3. | So ist es.
Art. 5 GG gilt. | Fragen dieser Art. | Kinder sind da.
J. R. R. Tolkien schrieb das. | Der Autor E. T. A. Hoffmann auch.
Das ist Vitamin C. | Die Wirkung ist gut.
Es kostet 3.500,50 Euro. | Der Zuschuss steigt um 2.5 Prozent. | Rund 3 Mio. Euro kamen.
Es waren 5 Mio. | Das ist viel. | Die Höhe beträgt 12. | Das ist alles.
Am 12. 5. 2023 um 20.15 Uhr tagte der Rat. | Am 13.5. Termin verpasst.
Wir sind ein e. V. | Der Vorstand tagt, plant usw. | Die Kasse ist leer.
Er sagte: „Das geht nicht.“ | Dann ging er. | „So nicht!“, rief sie.
„Wirklich?“ fragte sie. | Ja! | Nein? | Gut.
„Komm!“ | Sie ging. | »Er kam.« | ‚Ende.‘
Das … ist Mist. | Naja ... | Vielleicht. | Und [...] Ende. | Wir (Achtung!) Menschen.
Der Plan (vgl. S. 5 ff.) gilt. | (Das war 2012.) | Danach nicht mehr.
Unter https://www.stadt.de/a.html?x=1. steht es. | Mehr auf www.stadt.de. | Danke.
Schreiben Sie an a.b@stadt.de. | Version 2.1.3 von Node.js läuft.
Die BT-Drs. 19/5 und die Hauptstr. 5 bleiben. | Das macht die SPD. | Die CDU nicht.
Voraussetzungen: 1. Der Verein ist gemeinnützig. | 2. Die Satzung liegt vor.
Toll! 😊 | Danke dafür. | Das ist gut. | Danke dir!!! | Echt?! | Ja.
Mr. Smith went to the U.S. embassy. | He paid $5. | I think so.
See Fig. 3, e.g. the U.S. | The end. | He said no. | Nobody came, i.e. Friends and No. 5 stayed.
das ist gut. | danke! | wann kommt der bus? | am 12. mai ca. um 5 uhr. | ok
""".strip().splitlines()


def sentences(text: str) -> list[str]:
    return [text[span.start : span.end] for span in split_sentences(text)]


@pytest.mark.parametrize("line", RUNNING_TEXT)
def test_running_text_is_cut_only_where_a_sentence_ends(line: str) -> None:
    expected = line.split(" | ")
    assert sentences(" ".join(expected)) == expected


def test_a_missing_space_does_not_hide_a_sentence_end() -> None:
    assert sentences("Das war gut.Danke an alle.") == ["Das war gut.", "Danke an alle."]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Wir brauchen:\n- Geld\n- Zeit", ["Wir brauchen:", "- Geld", "- Zeit"]),
        ("• eins • zwei", ["• eins", "• zwei"]),
        ("So geht es:\n1. Antrag\n2. Bescheid", ["So geht es:", "1. Antrag", "2. Bescheid"]),
        ("a) Geld\nb) Zeit", ["a) Geld", "b) Zeit"]),
        ("Ein Titel\n\nEin Satz\nüber zwei Zeilen.", ["Ein Titel", "Ein Satz\nüber zwei Zeilen."]),
        ("Wir tagen am\n12. Mai wieder.", ["Wir tagen am\n12. Mai wieder."]),
        ("Am Montag,\n3. Kammer.", ["Am Montag,\n3. Kammer."]),
    ],
)
def test_lists_and_blank_lines_end_sentences(text: str, expected: list[str]) -> None:
    assert sentences(text) == expected


@pytest.mark.parametrize(
    "text", ["", " ", "\n\n\n", "...", "Ende.  ", "  Anfang", "(", ". . .", "“"]
)
def test_odd_little_texts_lose_nothing_but_space(text: str) -> None:
    assert "".join(sentences(text)) == "".join(text.split())


@pytest.mark.parametrize("line", [*RUNNING_TEXT, "x.\n\n-  a\n\n\n 1. b . c! ?", "\ud800. A"])
def test_spans_are_ordered_trimmed_and_only_skip_space(line: str) -> None:
    """INVARIANT: every character but white space is in exactly one sentence, in its place."""
    end = 0
    for span in split_sentences(line):
        assert end <= span.start < span.end <= len(line)
        assert not line[end : span.start].strip()
        assert line[span.start : span.end] == line[span.start : span.end].strip()
        end = span.end
    assert not line[end:].strip()


@pytest.mark.parametrize(
    "unit",
    [
        "a",
        ".",
        ". ",
        "a. ",
        "1. ",
        "z. B. ",
        "\n",
        " ",
        '."',
        "(.",
        "! 😊",
        "Abc.De ",
        "\n1. ",
        "?!) ",
    ],
)
@pytest.mark.timeout(120)
def test_hostile_text_is_cut_in_bounded_time(unit: str) -> None:
    """INVARIANT: no text hangs the reader: this takes a second, and hours if it were quadratic."""
    text = unit * (300_000 // len(unit))
    all_kept = "".join("".join(sentences(text)).split()) == "".join(text.split())
    assert all_kept
