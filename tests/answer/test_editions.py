"""Of two editions the one that counts is read."""

from services.answer.editions import current
from services.store.ranking import Ranked
from services.store.search import FoundPassage

OLD, NEW = "Förderrichtlinien Hof 2026 (dritte Fassung)", "Förderrichtlinien Hof 2027"
OTHERS = ("Häufige Fragen", "Bericht 2023 bis 2025", "Schulhof 2026", "Protokoll vom 5.4.2026")


def ranked(*titles: str) -> list[Ranked]:
    return [
        Ranked(
            FoundPassage(
                passage_id=number, publication_id=title, title=title, edition=1, published_on=None,
                author=None, url=None, heading=None, page_from=None, page_to=None, text="Text",
                language="de", cosine=0.8,
            ),
            lexical=1.0, score=-number,
        )
        for number, title in enumerate(titles)
    ]  # fmt: skip


def left(question: str, *titles: str) -> list[str]:
    return [one.passage.title for one in current(question, ranked(*titles))]


def test_the_newest_edition_is_read_unless_another_year_is_asked_for() -> None:
    """INVARIANT: a question without a year is never answered from an edition that was replaced."""
    assert left("Wie viel gibt es?", OLD, NEW, OLD) == [NEW]
    assert left("Wie viel gab es 2026?", OLD, NEW) == [OLD]
    assert left("Was ist 2027 anders als 2026?", OLD, NEW) == [OLD, NEW]
    assert left("Wie viel gab es 2019?", OLD, NEW) == [NEW]


def test_what_is_no_edition_of_another_stays() -> None:
    assert left("Wie viel gibt es?", OLD) == [OLD]
    assert left("Wie viel gibt es?", *OTHERS, NEW) == [*OTHERS, NEW]
    assert left("Was?", "Protokoll vom 5.4.2026", "Protokoll vom 9.6.2027") == [
        "Protokoll vom 5.4.2026", "Protokoll vom 9.6.2027",
    ]  # fmt: skip
