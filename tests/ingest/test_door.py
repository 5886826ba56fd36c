"""The pure part of the door."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from schemas.inbound import InboundNotice
from services.ingest.door import (
    SKEW,
    Unstorable,
    admit,
    admit_notice,
    clean,
    link,
    plausible,
)
from services.ingest.read import read_event
from tests.ingest.events import KEY, event, notice

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


@pytest.mark.parametrize(
    "told", [notice("thread.locked", root_id="post"), notice("author.gone", author_id="jana")]
)
def test_notices_come_in_wherever_events_do(told: InboundNotice) -> None:
    assert read_event(told.model_dump(mode="json")) == told


@pytest.mark.parametrize(
    ("kind", "about", "lacking"),
    [
        ("thread.locked.v1", {"author_id": "jana"}, "data.root_id is missing"),
        ("author.blocked.v1", {"root_id": "post"}, "data.author_id is missing"),
        ("thread.painted.v1", {"root_id": "post"}, "type"),
    ],
)
def test_a_notice_about_nothing_is_refused_with_a_reason(
    kind: str, about: dict[str, str], lacking: str
) -> None:
    told = notice("thread.locked", root_id="post").model_dump(mode="json")
    with pytest.raises(ValueError, match=lacking):
        read_event({**told, "type": kind, "data": {"network": "sandbox", **about}})


def test_a_block_is_between_two_accounts_everything_else_is_so_for_all() -> None:
    blocked = admit_notice(notice("author.blocked", author_id="jana"), KEY, NOW)
    assert (blocked.kind, blocked.connection, blocked.holds) == ("blocked", "test:page", True)
    assert blocked.subject == admit(event(author="jana"), KEY, NOW).comment.author_key
    unlocked = admit_notice(notice("thread.unlocked", root_id="post"), KEY, NOW)
    assert (unlocked.kind, unlocked.connection, unlocked.holds) == ("locked", "", False)
    assert unlocked.subject == admit(event(), KEY, NOW).thread.thread_key
