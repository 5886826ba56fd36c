"""How the sandbox's pages turn names, texts and wishes into what is shown."""

import pytest

from services.networks.sandbox.rendering import initials_of, pieces_of
from services.networks.sandbox.wording import WORDS, choose_language


def test_both_languages_say_the_same_things() -> None:
    assert WORDS["de"].keys() == WORDS["en"].keys()
    assert choose_language("*", "en;q=oops, de;q=0.1") in {"de", "en"}


def test_links_end_where_the_sentence_goes_on() -> None:
    assert pieces_of("Siehe https://a.example/b?c=1#d. Und (http://e.example)!") == [
        ("Siehe ", False),
        ("https://a.example/b?c=1#d", True),
        (". Und (", False),
        ("http://e.example", True),
        (")!", False),
    ]
    assert pieces_of("javascript:alert(1) http:// <https://x.example>")[1] == (
        "https://x.example",
        True,
    )


@pytest.mark.parametrize(
    ("name", "initials"),
    [("Jana Krüger", "JK"), ("Lindenhof e. V.", "L"), ("(x)", "?"), ("éva", "É"), ("A B C", "AC")],
)
def test_initials(name: str, initials: str) -> None:
    assert initials_of(name) == initials
