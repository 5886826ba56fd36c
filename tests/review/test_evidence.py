from schemas.drafts import Citation, Sentence
from services.review.evidence import Part, gather, mark
from tests.world import source


def quoted(parts: list[Part]) -> list[str]:
    return [part.text for part in parts if part.quoted]


def test_passages_are_numbered_as_they_are_first_cited() -> None:
    sentences = [
        Sentence(text="Hallo!", kind="courtesy"),
        Sentence(text="Eins.", kind="fact", citations=[Citation(passage_id=9, quote="b")]),
        Sentence(
            text="Zwei.",
            kind="fact",
            citations=[Citation(passage_id=4, quote="a"), Citation(passage_id=9, quote="c")],
        ),
    ]
    found = gather(sentences, [source(4, "a b"), source(9, "b c"), source(5, "x")])
    assert [cited.numbers for cited in found.sentences] == [[], [1], [2, 1]]
    assert [(proof.number, proof.source.passage_id) for proof in found.proofs] == [(1, 9), (2, 4)]
    assert [unused.passage_id for unused in found.unused] == [5]


def test_a_citation_of_an_unknown_passage_gets_no_number() -> None:
    sentence = Sentence(text="?", kind="fact", citations=[Citation(passage_id=99, quote="a")])
    assert gather([sentence], [source(1, "a")]).sentences[0].numbers == []


def test_the_quoted_stretch_is_marked_and_nothing_is_lost() -> None:
    text = "Der Antrag ist einfach. Er dauert\n40 Minuten. Danach warten Sie."
    parts = mark(text, ["Er dauert 40 Minuten."])
    assert quoted(parts) == ["Er dauert\n40 Minuten."]
    assert "".join(part.text for part in parts) == text


def test_overlapping_and_absent_quotes_are_marked_once_or_not_at_all() -> None:
    text = "eins zwei drei vier"
    parts = mark(text, ["eins zwei", "zwei drei", "fünf", "  "])
    assert quoted(parts) == ["eins zwei", " drei"]
    assert "".join(part.text for part in parts) == text


def test_signs_in_a_quote_are_signs() -> None:
    assert quoted(mark("Kosten: 5 (netto)* .", ["5 (netto)*"])) == ["5 (netto)*"]
