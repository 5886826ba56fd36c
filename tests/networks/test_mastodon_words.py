"""What readers see of a status' HTML, and how texts are counted and compared."""

from dataclasses import replace

import pytest

from services.networks.mastodon.home import CAPABILITIES
from services.networks.mastodon.words import (
    counted,
    mentioned,
    plain_text,
    same_words,
    without_address,
)

LONG = "https://www.example.org/stellungnahme/zum-haushalt?jahr=2026#teil-3"
SHORTENED = (
    f'<a href="{LONG}"><span class="invisible">{LONG[:12]}</span>'
    f'<span class="ellipsis">{LONG[12:42]}</span><span class="invisible">{LONG[42:]}</span></a>'
)
"""As Mastodon shows a long address."""


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("<p>Eins<br>zwei</p><p>drei</p>", "Eins\nzwei\n\ndrei"),
        ("<p>Eins<br />\n zwei</p>\n<p>drei</p>", "Eins\nzwei\n\ndrei"),
        ("<p>10&nbsp;Euro&#8203;</p>", "10 Euro"),
        ("<p>S\u00adil\u200bben \ufeff</p>", "Silben"),
        ("<p>👩\u200d👧 ja</p>", "👩\u200d👧 ja"),
        ("<p>a &lt;b&gt; &amp;amp; c</p>", "a <b> &amp; c"),
        ("<ul><li>eins</li><li>zwei</li></ul>", "- eins\n- zwei"),
        ("<p>vor</p><script>alert(1)</script><style>p{}</style><p>nach</p>", "vor\n\nnach"),
        ("ohne Absatz", "ohne Absatz"),
        ("", ""),
        ("<p>#<span>Mieten</span></p>", "#Mieten"),
    ],
)
def test_what_a_reader_sees(markup: str, text: str) -> None:
    assert plain_text(markup, {}) == text


@pytest.mark.parametrize(
    ("anchor", "text"),
    [
        (SHORTENED, LONG),
        ('<a href="https://example.org/">example.org</a>', "https://example.org/"),
        ('<a href="https://example.org/abc">example.org/a…</a>', "https://example.org/abc"),
        ('<a href="https://böse.example">mein Text</a>', "mein Text (https://böse.example)"),
        (
            '<a href="https://evil.example">https://bank.example</a>',
            "https://bank.example (https://evil.example)",
        ),
        (
            '<a href="https://xn--grn-ioa.example/gr%C3%BCn">https://grün.example/grün</a>',
            "https://grün.example/grün",
        ),
        ('<a href="javascript:alert(1)">klick</a>', "klick"),
        ('<a href="https://s.example/tags/a" class="mention hashtag">#<span>A</span></a>', "#A"),
        ('<a href="https://x.example/@eva" class="u-url mention">@<span>eva</span></a>', "@eva@x"),
    ],
)
def test_links_keep_their_target(anchor: str, text: str) -> None:
    assert plain_text(f"<p>{anchor}</p>", {"https://x.example/@eva": "eva@x"}) == text


def test_deep_nesting_is_read_too() -> None:
    assert plain_text("<div>" * 4_000 + "tief", {}) == "tief"


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("@lindenhof Hallo", "Hallo"),
        ("@Lindenhof: Hallo @lindenhof", "Hallo @lindenhof"),
        ("@eva@x.example @lindenhof @bob Hallo", "@eva@x.example @bob Hallo"),
        ("@lindenhof@else.example Hallo", "@lindenhof@else.example Hallo"),
        ("@lindenhofer Hallo", "@lindenhofer Hallo"),
        ("Hallo @lindenhof", "Hallo @lindenhof"),
        ("@lindenhof", "@lindenhof"),
    ],
)
def test_only_the_address_at_the_beginning_is_left_out(text: str, rest: str) -> None:
    assert without_address(text, ["lindenhof"]) == rest


def test_a_mention_counts_without_its_host_and_a_link_as_the_server_says() -> None:
    rule = replace(CAPABILITIES, url_length=23)
    assert counted("@eva@sehr.lang.example ja", "", rule) == len("@eva ja")
    assert counted(f"ja {LONG}", "", rule) == 3 + 23
    assert counted("ja", "Politik", rule) == 2 + 7
    assert counted("post@example.org", "", rule) == 16


def test_mail_addresses_are_no_mentions() -> None:
    assert mentioned("post@example.org, @Eva und @bob@x.example.") == {"eva", "bob@x.example"}


@pytest.mark.parametrize(
    ("ours", "theirs", "same"),
    [
        ("Ja,  gern!\n\nBis  dann", "Ja, gern!\nBis dann", True),
        ("**Ja** gern", "Ja gern", True),
        ("siehe https://x.example/gr%C3%BCn", "siehe https://x.example/grün", True),
        ("Ja", "Ja, aber", False),
        ("👍", "👎", False),
        ("!!!", "???", False),
    ],
)
def test_texts_are_the_same_when_only_marks_differ(ours: str, theirs: str, *, same: bool) -> None:
    assert same_words(ours, theirs) is same
