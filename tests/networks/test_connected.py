"""The set of networks follows what is stored, while people pause, change and remove."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import psycopg
import pytest
from pydantic import SecretStr

from services.kit.faults import TryLater
from services.kit.servers.readiness import until
from services.networks.connected import Connected
from services.networks.connections import KINDS, Kind
from services.networks.keeper import InMemoryKeeper, Keeper
from services.networks.sandbox.account import SandboxAccount
from services.networks.sandbox.connector import SandboxNetwork

TOKEN = SecretStr(json.dumps({"token": "hush-hush"}))


@dataclass(frozen=True)
class Row:
    connection: str
    network: str = "sandbox"
    revision: int = 1
    settings: dict[str, Any] = field(
        default_factory=lambda: {"url": "http://nowhere.invalid", "page": "p"}
    )
    secrets: SecretStr = TOKEN
    paused: bool = False
    trouble: str | None = None


class Notebook:
    """A book that a test writes."""

    def __init__(self, *rows: Row) -> None:
        self.rows: Sequence[Row] = rows
        self.away = False
        self.asked = 0

    async def read(self) -> Sequence[Row]:
        self.asked += 1
        if self.away:
            raise psycopg.OperationalError("away")
        return self.rows

    def keeper(self, connection: str, revision: int) -> Keeper:
        assert (connection, revision) in {(row.connection, row.revision) for row in self.rows}
        return InMemoryKeeper()


class Closing(SandboxNetwork):
    """Notes that it was closed."""

    closed: bool = False

    async def close(self) -> None:
        await super().close()
        self.closed = True


def _closing(settings: SandboxAccount, _: Keeper, connection: str) -> Closing:
    network = Closing(settings.url, settings.token.get_secret_value(), settings.page)
    network.connection = connection
    return network


SANDBOX = KINDS["sandbox"]
CLOSING = {"sandbox": Kind("Sandbox", SANDBOX.settings, SANDBOX.capabilities, _closing)}
A, B = Row("sandbox:a"), Row("sandbox:b")


@pytest.fixture
def book() -> Notebook:
    return Notebook(A, B)


@pytest.fixture
async def connected(book: Notebook) -> AsyncIterator[Connected]:
    made = Connected(book, kinds=CLOSING, linger=0.0)
    await made.reload()
    yield made
    await made.close()


def names(connected: Connected) -> list[str]:
    return sorted(network.connection for network in connected.networks)


async def closed(network: object) -> None:
    assert isinstance(network, Closing)

    async def look() -> bool | None:
        return network.closed or None

    await asyncio.wait_for(until(look), 20)


async def test_nothing_changes_while_nothing_changes(connected: Connected) -> None:
    before = list(connected.networks)
    await connected.reload()
    assert list(connected.networks) == before
    assert names(connected) == ["sandbox:a", "sandbox:b"]


async def test_what_is_added_removed_paused_or_changed_takes_effect(
    connected: Connected, book: Notebook
) -> None:
    """INVARIANT: a connection is added, paused and given new secrets without a restart."""
    first, second = connected.networks
    book.rows = [replace(A, revision=2), replace(B, paused=True), Row("sandbox:c")]
    await connected.reload()
    assert names(connected) == ["sandbox:a", "sandbox:c"]
    assert first not in connected.networks
    for network in (first, second):
        await closed(network)
    book.rows = [A, B]
    await connected.reload()
    assert names(connected) == ["sandbox:a", "sandbox:b"]


async def test_what_left_stays_open_for_a_while_and_is_closed_at_the_end(book: Notebook) -> None:
    """INVARIANT: a reply on its way is not cut off because somebody paused the connection."""
    connected = Connected(book, kinds=CLOSING, linger=3600)
    await connected.reload()
    kept = list(connected.networks)
    book.rows = []
    await connected.reload()
    assert connected.networks == []
    assert not any(isinstance(network, Closing) and network.closed for network in kept)
    await connected.close()
    for network in kept:
        await closed(network)


async def test_another_account_never_speaks_in_place_of_a_paused_one(
    connected: Connected, book: Notebook
) -> None:
    """INVARIANT: who was asked answers, or nobody does."""
    book.rows = [replace(A, paused=True), B]
    await connected.reload()
    with pytest.raises(TryLater, match="sandbox:a is paused"):
        connected.find("sandbox", "sandbox:a")
    found = connected.find("sandbox", "sandbox:b")
    assert found is not None
    assert found.connection == "sandbox:b"
    assert connected.find("sandbox", "a file") is None
    book.rows = [replace(A, paused=True)]
    await connected.reload()
    with pytest.raises(TryLater, match="sandbox:a is paused"):
        connected.find("sandbox", "a file")
    book.rows = [B]
    await connected.reload()
    found = connected.find("sandbox", "a file")
    assert found is not None
    assert connected.find("sandbox", "sandbox:a") is None
    assert connected.find("mastodon", "mastodon:a") is None
    assert connected.find("mastodon", "sandbox:b") is None


@pytest.mark.parametrize(
    ("row", "told"),
    [
        (replace(A, trouble="the key is gone"), "cannot be used: the key is gone"),
        (replace(A, network="telex"), "a kind that this release does not know: telex"),
        (replace(A, settings={"url": "hush-hush"}), "has settings that do not fit: "),
    ],
)
async def test_one_that_cannot_be_used_waits_and_the_others_go_on(
    book: Notebook, row: Row, told: str, caplog: pytest.LogCaptureFixture
) -> None:
    book.rows = [row, B]
    connected = Connected(book)
    await connected.reload()
    await connected.reload()
    assert names(connected) == ["sandbox:b"]
    with pytest.raises(TryLater, match=told):
        connected.find(row.network, "sandbox:a")
    assert caplog.text.count(told) == 1
    assert "hush" not in caplog.text
    book.rows = [A, B]
    await connected.reload()
    assert names(connected) == ["sandbox:a", "sandbox:b"]
    await connected.close()


async def test_a_database_that_is_away_changes_nothing(
    connected: Connected, book: Notebook
) -> None:
    before, asked = list(connected.networks), book.asked
    book.away = True
    following = asyncio.create_task(connected.follow(every=0.0))

    async def asked_again() -> bool | None:
        return book.asked > asked + 2 or None

    await asyncio.wait_for(until(asked_again), 20)
    assert list(connected.networks) == before
    book.rows, book.away = [], False

    async def left() -> bool | None:
        return not connected.networks or None

    await asyncio.wait_for(until(left), 20)
    following.cancel()
    await asyncio.gather(following, return_exceptions=True)


async def test_networks_that_are_given_stay() -> None:
    given = SandboxNetwork("http://nowhere.invalid", "token", "page")
    connected = Connected(None, [given])
    await connected.reload()
    assert connected.networks == [given]
    assert connected.find("sandbox", "sandbox:page") is given
    await connected.close()
