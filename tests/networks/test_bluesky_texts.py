"""Keys, facets, gates and limits of Bluesky, without a network."""

import random
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pytest

from services.networks.bluesky.gate import OPEN, read_gate, with_hidden
from services.networks.bluesky.memory import MOST_KNOWN, Memory
from services.networks.bluesky.outcome import Said, exhausted_for, seconds_to_wait, trouble
from services.networks.bluesky.pace import (
    DECAY,
    STOP_AFTER,
    due,
    is_worth_visiting,
    opened,
    visited,
)
from services.networks.bluesky.records import Uri, parse_uri, reply_key, tid, time_of
from services.networks.bluesky.richtext import facets, spans
from services.networks.bluesky.said import Post, PostRecord, concerns, post_of
from services.networks.bluesky.settings import BlueskySettings, WatchedAccount
from services.networks.network import OutcomeUnknown, Refused, Temporary

NOW = datetime(2026, 11, 22, 15, 34, 55, 131007, tzinfo=UTC)
ROOT = Uri("did:plc:org", "app.bsky.feed.post", "3n2vww3bk6223")
PIECES = (
    "Grüße", "straße", "👩‍👩‍👧‍👦", "🇩🇪", "日本語", "e\u0301", " ", "\n", "(", ")", ".", ",", "–",
    "„so“",
    "https://example.org/pfad?q=ä&x=1", "http://xn--mller-kva.example/(a)", "@verein.example.org",
    "@amt.example.org", "#Mietendeckel", "#größe", "ich@example.org", "https://", "@nobody", "#1",
)  # fmt: skip
DIDS = {"verein.example.org": "did:plc:verein", "amt.example.org": "did:plc:amt"}


def test_facets_cover_exactly_the_bytes_of_what_they_link() -> None:
    """INVARIANT: cut out of the UTF-8 text, a facet's bytes are its link, mention or tag."""
    chance = random.Random(7)
    for _ in range(2000):
        text = "".join(chance.choice(PIECES) for _ in range(chance.randrange(12)))
        raw = text.encode()
        end = 0
        for facet in facets(text, DIDS):
            index, feature = facet["index"], facet["features"][0]
            assert end <= index["byteStart"] < index["byteEnd"] <= len(raw)
            end = index["byteEnd"]
            part = raw[index["byteStart"] : end].decode()
            kind = feature["$type"].rpartition("#")[2]
            if kind == "link":
                assert part == feature["uri"]
            elif kind == "mention":
                assert DIDS[part.removeprefix("@").lower()] == feature["did"]
            else:
                assert part == f"#{feature['tag']}"


@pytest.mark.parametrize(
    ("text", "linked"),
    [
        ("Mehr: https://example.org/a.", ["https://example.org/a"]),
        ("(siehe https://example.org/a)", ["https://example.org/a"]),
        ("https://example.org/wiki/A_(B)", ["https://example.org/wiki/A_(B)"]),
        ("„https://example.org/ä“, ja", ["https://example.org/ä"]),
        ("Frag @verein.example.org!", ["@verein.example.org"]),
        ("mail an ich@example.org", []),
        ("@nurwort", []),
        ("https://example.org/@amt.example.org", ["https://example.org/@amt.example.org"]),
        ("#Klima und #2030 und C#", ["#Klima"]),
    ],
)
def test_what_is_linked(text: str, linked: list[str]) -> None:
    assert [text[span.start : span.end] for span in spans(text)] == linked


def test_a_mention_of_nobody_stays_plain() -> None:
    assert facets("Hallo @niemand.example.org", DIDS) == []


def test_an_approval_always_gives_the_same_key() -> None:
    """INVARIANT: the record key depends on the approval alone."""
    key = reply_key("decision-1", NOW)
    assert key == reply_key("decision-1", NOW.astimezone())
    assert key != reply_key("decision-2", NOW)
    assert time_of(key) == NOW


def test_keys_sort_by_time_and_are_read_back() -> None:
    chance = random.Random(3)
    moments = sorted(NOW + timedelta(microseconds=chance.randrange(10**14)) for _ in range(500))
    keys = [tid(moment, chance.randrange(1024)) for moment in moments]
    assert keys == sorted(keys)
    assert [time_of(key) for key in keys] == moments
    assert time_of("self") is None


@pytest.mark.parametrize(
    "text",
    ["", "x", "at://", "at://verein.test/app.bsky.feed.post/3k", "https://example.org", None, 7,
     "at://did:plc:a/app.bsky.feed.post/3k/more", "at://did:plc:a/app.bsky.feed.post/a b"],
)  # fmt: skip
def test_what_is_no_record_has_no_uri(text: object) -> None:
    assert parse_uri(text) is None


def test_hiding_keeps_the_gate_as_it_was_otherwise() -> None:
    gate = {"$type": "g", "post": str(ROOT), "createdAt": "t", "allow": [], "later": {"a": 1}}
    after = with_hidden(gate, ROOT, "at://x", hidden=True, now="n")
    assert after == {**gate, "hiddenReplies": ["at://x"]}
    assert with_hidden(after, ROOT, "at://x", hidden=True, now="n") is None
    assert with_hidden(after, ROOT, "at://x", hidden=False, now="n") == {
        **gate, "hiddenReplies": [],
    }  # fmt: skip
    assert with_hidden(None, ROOT, "at://x", hidden=False, now="n") is None
    full = {**gate, "hiddenReplies": [f"at://{number}" for number in range(300)]}
    with pytest.raises(ValueError, match="300"):
        with_hidden(full, ROOT, "at://x", hidden=True, now="n")


def test_a_gate_is_closed_only_when_it_lets_nobody_in() -> None:
    assert read_gate(None) == OPEN
    assert not read_gate({"hiddenReplies": ["at://x"]}).closed
    assert read_gate({"allow": []}).closed
    listed = {"$type": "app.bsky.feed.threadgate#listRule", "list": "at://l"}
    rule = read_gate({"allow": [listed, "odd"], "hiddenReplies": "odd"})
    assert (rule.allow, rule.lists, rule.hidden) == (("listRule",), ("at://l",), ())


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (400, {"error": "ExpiredToken"}, "token"),
        (401, {"error": "AuthenticationRequired"}, "token"),
        (403, {"error": "Forbidden"}, "scope"),
        (400, {"error": "RecordNotFound"}, "gone"),
        (400, {"error": "RepoDeactivated"}, "gone"),
        (400, {"error": "InvalidRequest", "message": "grapheme too big (maximum 300"}, "too_long"),
        (400, {"error": "InvalidRequest", "message": "Invalid record"}, "invalid"),
        (301, {}, "invalid"),
    ],
)
def test_a_refusal_is_known_by_its_name(status: int, body: dict[str, str], expected: str) -> None:
    error = trouble(Said(status, {}, body), now=0.0, writing=True)
    assert isinstance(error, Refused)
    assert error.code == expected


def test_only_a_write_can_have_been_done_all_the_same() -> None:
    broken = Said(502, {}, {"error": "UpstreamFailure"})
    assert isinstance(trouble(broken, now=0.0, writing=True), OutcomeUnknown)
    assert isinstance(trouble(broken, now=0.0, writing=False), Temporary)
    assert isinstance(trouble(Said(429, {}, {}), now=0.0, writing=True), Temporary)


def test_a_rate_limit_is_waited_for_by_the_servers_own_clock() -> None:
    limited = {"ratelimit-remaining": "0", "ratelimit-reset": "1795361700"}
    assert seconds_to_wait(limited, 1795361640.0) == 60
    dated = {**limited, "date": "Sun, 22 Nov 2026 15:34:30 GMT"}
    assert seconds_to_wait(dated, 0.0) == 30
    assert seconds_to_wait({**dated, "retry-after": "17"}, 0.0) == 17
    assert exhausted_for(dated, 0.0) == 30
    assert exhausted_for({**dated, "ratelimit-remaining": "1"}, 0.0) is None


def test_a_quiet_thread_is_visited_less_and_less() -> None:
    thread, pauses, now = opened(0.0, 0.0), [], 0.0
    for _ in range(6):
        thread = visited(thread, now, news=False, decay=DECAY)
        pauses.append(thread.due - now)
        now = thread.due
    assert pauses == [60, 120, 300, 900, 3600, 3600]
    thread = visited(thread, now, news=True, decay=DECAY)
    assert thread.due - now == 60
    assert is_worth_visiting(thread, now + STOP_AFTER - 1)
    assert not is_worth_visiting(thread, now + STOP_AFTER)
    assert due({"a": opened(5.0, 0.0), "b": opened(3.0, 0.0), "c": opened(9.0, 0.0)}, 6.0, 1) == [
        "b"
    ]


def test_the_memory_survives_its_cursor_and_stays_small() -> None:
    memory = Memory.resumed(None, NOW, timedelta(hours=1))
    assert memory.since == NOW - timedelta(hours=1)
    for number in range(MOST_KNOWN + 5):
        assert memory.learn(Uri("did:plc:a", "p", f"k{number}"), ROOT, "c") == "new"
    last = Uri("did:plc:a", "p", f"k{MOST_KNOWN}")
    assert memory.turn_gate(ROOT, closed=True, hidden=["at://x"], now=NOW).locked
    cursor = memory.dump(NOW)
    again = Memory.resumed(cursor, NOW, timedelta(hours=1))
    assert len(again.known) == MOST_KNOWN
    assert again.dump(NOW) == cursor
    assert again.learn(last, ROOT, "c") == "known"
    assert again.learn(last, ROOT, "d") == "changed"
    assert not again.turn_gate(ROOT, closed=True, hidden=["at://x"], now=NOW).anything
    assert Memory.resumed("7", NOW, timedelta(hours=1)).known == {}


def test_what_is_forgotten_is_not_told_again() -> None:
    """INVARIANT: more comments than the memory holds are still told once each."""
    memory = Memory.resumed(None, NOW - timedelta(days=2), timedelta(hours=1))
    moments = [NOW - timedelta(days=1) + timedelta(seconds=n) for n in range(MOST_KNOWN + 9)]
    uris = [Uri("did:plc:a", "p", tid(moment, 0)) for moment in moments]
    for uri in uris:
        memory.learn(uri, ROOT, "c")
    again = Memory.resumed(memory.dump(NOW), NOW, timedelta(hours=1))
    told_again = [
        uri
        for uri, moment in zip(uris, moments, strict=True)
        if not again.is_old(uri, moment) and again.learn(uri, ROOT, "c") != "known"
    ]
    assert len(told_again) <= 1
    assert not again.is_old(Uri("did:plc:a", "p", tid(NOW, 0)), NOW)


def test_every_change_of_a_gate_has_a_turn_of_its_own() -> None:
    """INVARIANT: hidden, shown and hidden again are three events, not two."""
    memory = Memory.resumed(None, NOW, timedelta(hours=1))
    turns = [
        memory.turn_gate(ROOT, closed=False, hidden=hidden, now=NOW).turn
        for hidden in (["at://x"], [], ["at://x"])
    ]
    assert len(set(turns)) == 3


def _post(record: Mapping[str, object], did: str = "did:plc:someone") -> Post:
    uri = Uri(did, "app.bsky.feed.post", "3n2vww3dnkc23")
    return Post(uri, "cid", PostRecord.model_validate({"text": "x", **record}), NOW)


def test_only_what_is_said_to_us_concerns_us() -> None:
    pages = {"did:plc:org": "own", "did:plc:amt": "news"}

    def ours(record: Mapping[str, object], did: str = "did:plc:someone") -> bool:
        return concerns(_post(record, did), "did:plc:org", pages)

    def under(root: str, parent: str) -> dict[str, object]:
        refs = {"root": {"uri": root, "cid": "c"}, "parent": {"uri": parent, "cid": "c"}}
        return {"reply": refs}

    other = "at://did:plc:other/app.bsky.feed.post/3n2vww3bk6223"
    watched = "at://did:plc:amt/app.bsky.feed.post/3n2vww3bk6223"
    mention = {"facets": [{"features": [{"did": "did:plc:org"}]}, "odd"]}
    quote = {"embed": {"record": {"record": {"uri": str(ROOT), "cid": "c"}}}}
    assert ours(under(str(ROOT), other))
    assert ours(under(other, str(ROOT)))
    assert ours(under(watched, other))
    assert ours(mention)
    assert ours(quote)
    assert ours(under(other, other), "did:plc:org")
    assert not ours({}, "did:plc:org")
    assert not ours(under(other, other))
    assert not ours({})


def test_a_post_from_the_future_was_written_when_it_was_seen() -> None:
    assert _post({"createdAt": "2036-01-01T00:00:00Z"}).created_at == NOW
    for nonsense in ("gestern", "0001-01-01T00:00:00+23:59", 5, None):
        assert _post({"createdAt": nonsense}).created_at == time_of("3n2vww3dnkc23")
    assert _post({"createdAt": "2026-11-22T12:00:00"}).created_at.tzinfo is not None


def test_a_view_of_something_else_is_no_post() -> None:
    view = {
        "uri": "at://verein.test/x/y", "cid": "c", "author": {"did": "did:plc:a"},
        "record": {"text": "x"}, "indexedAt": "2026-11-22T12:00:00Z",
    }  # fmt: skip
    assert post_of(view) is None


def test_a_watched_account_is_written_as_one_word() -> None:
    settings = BlueskySettings.model_validate(
        {"identifier": "verein.test", "app_password": "geheim",
         "watch": ["presse.example.org=news", "did:plc:abc"]}
    )  # fmt: skip
    assert settings.watch == (
        WatchedAccount(account="presse.example.org", relation="news"),
        WatchedAccount(account="did:plc:abc", relation="partner"),
    )
    assert "geheim" not in repr(settings)


@pytest.mark.parametrize(
    "changed",
    [{"service": "ftp://a"}, {"service": "https://a/path"}, {"identifier": "kein handle"},
     {"watch": ["a b"]}, {"watch": ["a.b=friend"]}, {"app_password": ""}],
)  # fmt: skip
def test_settings_that_do_not_fit_are_refused(changed: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="validation error"):
        BlueskySettings.model_validate(
            {"identifier": "verein.test", "app_password": "x", **changed}
        )
