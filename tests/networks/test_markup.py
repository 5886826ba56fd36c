"""From HTML to text and back."""

import pytest

from services.networks.markup import to_html, to_text


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("Nur Text\nzwei Zeilen", "Nur Text\nzwei Zeilen"),
        ("<p>Eins</p><p>Zwei<br>drei</p>", "Eins\n\nZwei\ndrei"),
        ("<ul><li>a</li><li>b</li></ul>", "a\n\nb"),
        ("a &amp; b &lt;c&gt;&nbsp;d", "a & b <c> d"),
        ('<a href="https://x.example/y">hier</a>', "hier (https://x.example/y)"),
        ('<a href="https://x.example/">https://x.example</a>', "https://x.example"),
        ('<a href="javascript:x()">hier</a>', "hier"),
        ("vor<script>alert(1)</script><style>p{}</style>nach", "vornach"),
        ('<img src="x" alt="Ein Baum">', "Ein Baum"),
        ("1 < 2 & 3", "1 < 2 & 3"),
        ("<p>Um\nbruch</p>", "Um bruch"),
        ("", ""),
    ],
)
def test_a_reader_sees_this(html: str, text: str) -> None:
    assert to_text(html) == text


def test_breaks_of_the_source_are_kept_where_they_count() -> None:
    assert to_text("<b>eins</b>\nzwei<br />\ndrei", source_breaks=True) == "eins\nzwei\ndrei"
    assert to_text("a\r\n\r\n\r\n\r\nb", source_breaks=True) == "a\n\nb"


def test_nesting_as_deep_as_a_comment_is_long_does_no_harm() -> None:
    """INVARIANT: nobody stops us with a comment."""
    assert to_text("<b>" * 20_000 + "x") == "x"
    assert to_text("<div>" * 20_000 + "x") == "x"


@pytest.mark.parametrize("text", ["a < b & c > d", "<script>x</script>", "&amp;", "\"' ä 🌱"])
def test_text_comes_back_from_html_as_it_went(text: str) -> None:
    assert to_text(to_html(text), source_breaks=True) == text
