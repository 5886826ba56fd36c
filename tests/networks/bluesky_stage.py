"""An organisation on a real PDS, behind a wire with faults, and somebody who comments."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from dataclasses import dataclass

import httpx
import pytest
from pydantic import SecretStr

from schemas.inbound import Inbound, InboundEvent
from services.kit.web import listening_socket
from services.networks.bluesky.connector import BlueskyNetwork
from services.networks.bluesky.listening import Rhythm
from services.networks.bluesky.records import POST
from services.networks.bluesky.settings import BlueskySettings, WatchedAccount
from services.networks.keeper import InMemoryKeeper
from services.networks.network import Network
from tests.networks.bluesky_pds import Pds, Person, join
from tests.networks.stage import PATIENCE
from tests.networks.wire import Answer, LoseAnswer, LoseRequest, Wire, wire_to

WRITE = "com.atproto.repo.putRecord"
QUICK = Rhythm(look=0.05, without_view=0.2, ping=20.0, commit=0.2, decay=(0.05,))


@dataclass
class House:
    """The organisation's account and how its connectors are made."""

    pds: Pds
    wire: Wire
    client: httpx.AsyncClient
    org: Person
    guest: Person
    settings: BlueskySettings
    keeper: InMemoryKeeper

    @property
    def connection(self) -> str:
        return f"bluesky:{self.org.did}"

    def network(
        self,
        *,
        watch: tuple[WatchedAccount, ...] = (),
        keeper: InMemoryKeeper | None = None,
        rhythm: Rhythm = QUICK,
        **changed: object,
    ) -> BlueskyNetwork:
        """Return a connector as after a restart; it shares the kept session."""
        settings = self.settings.model_copy(update={"watch": watch, **changed})
        return BlueskyNetwork(
            settings, keeper or self.keeper, connection=self.connection, client=self.client,
            rhythm=rhythm,
        )  # fmt: skip


@dataclass(frozen=True)
class Household:
    """Two accounts, and the password with which the organisation's connector signs in."""

    org: Person
    guest: Person
    app_password: str


async def found_household(pds: Pds, client: httpx.AsyncClient) -> Household:
    org, guest = await asyncio.gather(join(pds, client, "verein"), join(pds, client))
    return Household(org, guest, await org.app_password())


@asynccontextmanager
async def open_house(
    pds: Pds, *, firehose: bool, household: Household | None = None
) -> AsyncIterator[House]:
    """Open a house on a wire of its own; with `firehose` the stream is listened to."""
    async with AsyncExitStack() as opened:
        client = await opened.enter_async_context(httpx.AsyncClient(trust_env=False, timeout=30))
        wire = await opened.enter_async_context(wire_to(pds.url))
        people = household or await found_household(pds, client)
        settings = BlueskySettings(
            service=wire.url,
            identifier=people.org.handle,
            app_password=SecretStr(people.app_password),
            firehose=wire.url if firehose else None,
        )
        keeper = InMemoryKeeper()
        yield House(pds, wire, client, people.org, people.guest, settings, keeper)


class BlueskyStage:
    """A fresh post of the organisation."""

    def __init__(self, house: House, post: dict[str, str]) -> None:
        self._house = house
        self._post = post
        self.network: Network = house.network()

    def another_network(self) -> Network:
        return self._house.network()

    def network_with_wrong_token(self) -> Network:
        return self._house.network(keeper=InMemoryKeeper(), app_password=SecretStr("stolen"))

    def unreachable_network(self) -> Network:
        with listening_socket() as nobody:
            port = nobody.getsockname()[1]
        address = f"http://127.0.0.1:{port}"
        return self._house.network(keeper=InMemoryKeeper(), service=address, firehose=address)

    async def someone_comments(self, text: str) -> str:
        return (await self._house.guest.post(text, under=self._post))["uri"]

    async def author_edits(self, native_id: str, text: str) -> None:
        await self._house.guest.edit(native_id, text)

    async def author_deletes(self, native_id: str) -> None:
        await self._house.guest.remove(native_id)

    async def someone_writes_privately(self, text: str) -> str:
        pytest.skip("every post on Bluesky is public")

    async def next_write_loses_its_answer(self) -> None:
        self._house.wire.next(LoseAnswer(), path=WRITE)

    async def next_write_gets_lost(self) -> None:
        self._house.wire.next(LoseRequest(), path=WRITE)

    async def next_write_is_too_early(self, seconds: int) -> None:
        self._house.wire.next(Answer(429, {"Retry-After": str(seconds)}), path=WRITE)

    async def texts_under(self, native_id: str) -> list[str]:
        return [
            record["value"]["text"]
            for record in await self._house.org.records(POST)
            if record["value"].get("reply", {}).get("parent", {}).get("uri") == native_id
        ]


async def heard(
    network: Network, wanted: Callable[[Inbound], bool], cursor: str | None = None
) -> tuple[list[Inbound], str]:
    """Listen until something is wanted, notices too; return all so far and the cursor behind it."""
    return await heard_all(network, [wanted], cursor)


async def heard_all(
    network: Network, wanted: Sequence[Callable[[Inbound], bool]], cursor: str | None = None
) -> tuple[list[Inbound], str]:
    """Listen until everything wanted was told; return all so far and the cursor behind it."""
    seen: list[Inbound] = []
    async with asyncio.timeout(PATIENCE), aclosing(network.listen(cursor)) as batches:
        async for batch in batches:
            seen += batch.events
            if all(any(map(one, seen)) for one in wanted):
                return seen, batch.cursor
    raise AssertionError("listening ended")


def of(event_type: str, named: str) -> Callable[[Inbound], bool]:
    """Match what is told of a comment, a thread or an account."""

    def matches(event: Inbound) -> bool:
        if not event.type.startswith(event_type):
            return False
        if isinstance(event, InboundEvent):
            return event.data.native_id == named
        return named in {event.data.root_id, event.data.author_id}

    return matches


def told_of(events: Iterable[Inbound], named: str) -> list[str]:
    """Return the types of what is told of something, in order, without their versions."""
    return [event.type.removesuffix(".v1") for event in events if of("", named)(event)]
