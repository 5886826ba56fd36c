"""The pure part of the door."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from services.ingest.door import SKEW, Unstorable, admit, clean, link, plausible
from tests.ingest.events import KEY, event

NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("a\r\nb\rc\n", "a\nb\nc\n"),
        ("a\tb", "a\tb"),
        ("\x00\x1b\x7f", "\ufffd\ufffd\ufffd"),
        ("\ud800x\udfff", "\ufffdx\ufffd"),
        ("\u202eabc\u2069", "abc"),
        ("👩‍👩‍👧 ä ع\u200f", "👩‍👩‍👧 ä ع\u200f"),
        ("x" * 20_000, "x" * 20_000),
    ],
)
def test_text_is_kept_as_it_can_be_stored(text: str, kept: str) -> None:
    assert clean(text) == kept


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)", "data:text/html,x", "//host/x", "/path", "", " https://x.example",
        "https://x.example/a b", "https://x.example/\x00", "https://x.example/\ud800", None,
    ],
)  # fmt: skip
def test_only_web_addresses_are_links(url: str | None) -> None:
    assert link(url) is None


def test_web_addresses_stay_as_they_are() -> None:
    for url in ("https://x.example/@a/1#c-2", "http://127.0.0.1:8000/t/1?x=ä"):
        assert link(url) == url


def test_moments_that_cannot_be_are_corrected() -> None:
    assert plausible(NOW - timedelta(days=1), NOW) == NOW - timedelta(days=1)
    assert plausible(NOW + SKEW, NOW) == NOW + SKEW
    assert plausible(NOW + SKEW * 2, NOW) == NOW
    west = timezone(timedelta(hours=-12))
    assert plausible(datetime.max.replace(tzinfo=west), NOW) == NOW
    east = timezone(timedelta(hours=14))
    assert plausible(datetime.min.replace(tzinfo=east), NOW).year == 1970


@pytest.mark.parametrize("bad", ["a\x00b", "a\ud800", "a\u202eb", "a\nb\r"])
@pytest.mark.parametrize("field", ["native_id", "revision", "parent_id"])
def test_a_name_that_cannot_be_kept_as_it_is_is_refused(field: str, bad: str) -> None:
    """INVARIANT: two different ids never become one by being mended."""
    told = event()
    told = told.model_copy(update={"data": told.data.model_copy(update={field: bad})})
    with pytest.raises(Unstorable, match=rf"data\.{field}"):
        admit(told, KEY, NOW)


def test_an_id_that_fits_into_no_index_is_refused() -> None:
    told = event().model_copy(update={"id": "🦊" * 600})
    with pytest.raises(Unstorable, match="2000 bytes"):
        admit(told, KEY, NOW)
