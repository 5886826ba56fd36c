"""What the connector concludes without asking anybody."""

from datetime import UTC, datetime, timedelta

import httpx
import pytest

from services.networks.exchange import Answer
from services.networks.mastodon.entities import Account, Instance, Status
from services.networks.mastodon.home import home_of
from services.networks.mastodon.memory import MOST_TOLD, WATCHED, Memory
from services.networks.mastodon.outcome import refusal_of, wait_of
from services.networks.mastodon.settings import MastodonSettings
from services.networks.network import OutcomeUnknown, Refused, Temporary

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def status(status_id: str, at: datetime = NOW, edited: datetime | None = None) -> Status:
    account = Account(id="7", acct="jana")
    return Status(id=status_id, created_at=at, edited_at=edited, account=account)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "17"}, 17),
        ({"x-ratelimit-reset": "2026-11-22T12:05:00.000000Z"}, 300),
        ({"x-ratelimit-reset": "2026-11-22T12:05:00"}, 300),
        ({"x-ratelimit-reset": str(int(NOW.timestamp()) + 60)}, 60),
        ({"x-ratelimit-reset": "2026-11-22T11:00:00Z"}, 0),
        (
            {
                "x-ratelimit-reset": "2026-11-22T13:05:00Z",
                "date": "Sun, 22 Nov 2026 13:00:00 GMT",
            },
            300,
        ),
        ({"x-ratelimit-reset": "soon"}, None),
        ({"x-ratelimit-reset": "9" * 40}, None),
        ({"retry-after": "-1"}, None),
        ({}, None),
    ],
)
def test_the_server_says_when_to_come_back(headers: dict[str, str], seconds: float | None) -> None:
    assert wait_of(httpx.Headers(headers), NOW) == seconds


@pytest.mark.parametrize(
    ("code", "reading", "writing"),
    [
        (401, "token", "token"),
        (403, "scope", "scope"),
        (404, "gone", "gone"),
        (410, "gone", "gone"),
        (422, "invalid", "invalid"),
        (302, "invalid", "invalid"),
        (429, Temporary, Temporary),
        (408, Temporary, Temporary),
        (500, Temporary, OutcomeUnknown),
        (503, Temporary, OutcomeUnknown),
    ],
)
def test_what_a_status_means(code: int, reading: object, writing: object) -> None:
    answer = Answer(code, httpx.Headers(), b'{"error": "why"}')
    for expected, is_write in ((reading, False), (writing, True)):
        error = refusal_of(answer, writing=is_write, now=NOW)
        if isinstance(expected, str):
            assert isinstance(error, Refused)
            assert error.code == expected
        else:
            assert type(error) is expected


def test_a_memory_survives_its_cursor() -> None:
    memory = Memory.load(None, since=NOW)
    memory.open("1", "9", NOW)
    memory.note("1", status("2"))
    again = Memory.load(memory.dump(), since=NOW - timedelta(days=9))
    assert again.since == NOW
    assert again.root_of("2") == "1"
    assert again.told("2") == "2026-11-22T12:00:00.000+00:00"
    assert again.dump() == memory.dump()


def test_silent_threads_are_forgotten_and_the_cursor_stays_small() -> None:
    memory = Memory.load(None, since=NOW - WATCHED)
    memory.open("old", "9", NOW - WATCHED - timedelta(minutes=1))
    for thread in range(20):
        at = NOW - timedelta(minutes=20 - thread)
        memory.open(f"t{thread}", "9", at)
        for number in range(200):
            memory.note(f"t{thread}", status(f"01M81YA9QSTDH043Y4G5{thread:03}{number:03}", at))
    memory.tidy(NOW)
    assert "old" not in memory.threads
    assert "t0" not in memory.threads
    assert "t19" in memory.threads
    assert sum(len(thread.told) for thread in memory.threads.values()) <= MOST_TOLD
    assert len(memory.dump()) < 250_000


@pytest.mark.parametrize(
    ("server", "said", "address"),
    [
        ("https://a.example", "wss://s.example", "wss://s.example/api/v1/streaming"),
        ("https://a.example", "ws://s.example", "wss://s.example/api/v1/streaming"),
        ("http://localhost:8080", "wss://localhost:8080", "ws://localhost:8080/api/v1/streaming"),
        ("https://a.example", "wss://s.example/x/", "wss://s.example/x/api/v1/streaming"),
        ("https://a.example", "", None),
        ("https://a.example", None, None),
    ],
)
def test_the_stream_is_as_secure_as_the_server(
    server: str, said: str | None, address: str | None
) -> None:
    """INVARIANT: the token never travels less securely than to the server itself."""
    instance = Instance.model_validate({"configuration": {"urls": {"streaming": said}}})
    assert home_of(Account(id="1", acct="a"), instance, server).streaming == address


@pytest.mark.parametrize(
    ("said", "length", "per_url"),
    [
        ({}, 500, 23),
        ({"configuration": None, "urls": None}, 500, 23),
        ({"max_toot_chars": 1000}, 1000, 23),
        (
            {
                "configuration": {
                    "statuses": {"max_characters": 5000, "characters_reserved_per_url": 25}
                }
            },
            5000,
            25,
        ),
        ({"configuration": {"statuses": {"max_characters": 0}}}, 500, 23),
    ],
)
def test_a_server_says_how_long_a_text_may_be(
    said: dict[str, object], length: int, per_url: int
) -> None:
    home = home_of(Account(id="1", acct="a"), Instance.model_validate(said), "https://a.example")
    assert (home.max_characters, home.url_length) == (length, per_url)
    assert home.capabilities.max_length == length - 32


@pytest.mark.parametrize("address", ["social.example", "ftp://x", "https://u:p@x.example", ""])
def test_an_address_that_is_none_is_refused(address: str) -> None:
    with pytest.raises(ValueError, match="server"):
        MastodonSettings.model_validate({"server": address, "token": "t"})


def test_a_watched_account_can_be_written_in_one_text() -> None:
    watch = ["@presse@example.org = news", "stadtrat"]
    settings = MastodonSettings.model_validate(
        {"server": "https://a.example", "token": "t", "watch": watch}
    )
    assert [(one.account, one.relation) for one in settings.watch] == [
        ("@presse@example.org", "news"),
        ("stadtrat", "partner"),
    ]
