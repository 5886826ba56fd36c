"""Accounts of others on networks where people talk, and visits to them as the ingest service makes.

Bluesky is a real PDS with what stands for its AppView, Mastodon and GoToSocial the small server.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import httpx

from services.ingest.intake import Intake
from services.ingest.watching import Rounds, visit_next
from services.kit.db import Pool, transaction
from services.networks.bluesky.records import PROFILE
from services.networks.connected import Connected
from services.networks.lookout import Lookout
from services.networks.network import Network
from services.review.watch_list import read_entry
from services.store import watches
from tests.networks.bluesky_appview import running_view
from tests.networks.bluesky_pds import Pds, Person, join
from tests.networks.bluesky_stage import open_house
from tests.networks.mastodon_server import mastodon_server
from tests.networks.mastodon_stage import network_at
from tests.networks.mastodon_world import Account, Flavour, World
from tests.networks.wire import Wire, wire_to
from tests.networks.youtube_api import OTHER, YouTubeServer
from tests.networks.youtube_scene import youtube_scene


@dataclass(frozen=True)
class Speaker:
    """An account that posts; ids are the network's own."""

    address: str
    post: Callable[[str], Awaitable[str]]
    reply: Callable[[str, str], Awaitable[str]]
    """Writes under a post: its id, then the words."""
    edit: Callable[[str, str], Awaitable[object]]
    delete: Callable[[str], Awaitable[object]]
    leave: Callable[[], Awaitable[object]]
    """Takes the account away, or asks not to be read."""


@dataclass
class Square:
    """A network, a page that is watched there, and somebody who is not."""

    network: Network
    page: Speaker
    stranger: Speaker
    wire: Wire
    name: str


@asynccontextmanager
async def on_bluesky(pds: Pds | None) -> AsyncIterator[Square]:
    assert pds is not None
    async with running_view(pds), open_house(pds, firehose=False) as house:
        page = await join(pds, house.client, "tagblatt")
        network = house.network()
        yield Square(network, _person(page), _person(house.guest), house.wire, "bluesky")
        await network.close()


def on_mastodon(flavour: Flavour) -> Callable[[Pds | None], AbstractAsyncContextManager[Square]]:
    @asynccontextmanager
    async def opened(_: Pds | None) -> AsyncIterator[Square]:
        async with (
            mastodon_server(flavour) as server,
            wire_to(server.url) as wire,
            httpx.AsyncClient(trust_env=False, timeout=30) as client,
        ):
            world = server.world
            org, page, guest = (world.join(name) for name in ("lindenhof", "tagblatt", "jana"))
            network = network_at(wire.url, org.token, client=client)
            yield Square(network, _account(world, page), _account(world, guest), wire, "mastodon")
            await network.close()

    return opened


@asynccontextmanager
async def on_youtube(_: Pds | None) -> AsyncIterator[Square]:
    async with youtube_scene() as scene:
        network = scene.network()
        page, guest = _channel(scene.server, OTHER), _channel(scene.server, "UC" + "j" * 22)
        yield Square(network, page, guest, scene.wire, "youtube")
        await network.close()


@dataclass
class Visitor:
    """Visits what is due; `now` is moved by the test."""

    pool: Pool
    rounds: Rounds
    network: str
    now: datetime = field(default_factory=lambda: datetime.now(UTC))

    @classmethod
    def of(
        cls, intake: Intake, network: Network, lookouts: Mapping[str, Lookout] | None = None
    ) -> "Visitor":
        rounds = Rounds(intake.pool, intake, Connected(None, [network]), lookouts or {})
        return cls(intake.pool, rounds, network.name)

    async def watch(self, address: str) -> str:
        entry = read_entry(address[:60], self.network, address, "news", "Hitze")
        async with transaction(self.pool) as connection:
            await watches.add_watches(connection, [entry], by="command", now=self.now)
        return entry.watch_id

    async def visit(self, watch_id: str) -> watches.ShownWatch:
        """Visit this page, whatever else is due, and return how it went."""
        self.now += timedelta(seconds=10)
        async with transaction(self.pool) as connection:
            await connection.execute(
                "update watch_readings set due_at = case when watch_id = %s"
                " then %s else 'infinity'::timestamptz end",
                [watch_id, self.now],
            )
        assert await visit_next(self.rounds, self.now)
        async with self.pool.connection() as connection:
            found = await watches.read_watch(connection, watch_id)
        assert found is not None
        return found


def _person(person: Person) -> Speaker:
    strong: dict[str, dict[str, str]] = {}

    async def post(text: str) -> str:
        said = await person.post(text)
        strong[said["uri"]] = said
        return said["uri"]

    async def reply(under: str, text: str) -> str:
        records = await person.client.get(
            f"{person.url}/xrpc/com.atproto.repo.getRecord",
            params=dict(zip(("repo", "collection", "rkey"), under[5:].split("/"), strict=True)),
        )
        ref = {"uri": under, "cid": records.json()["cid"]}
        return (await person.post(text, under=ref))["uri"]

    async def leave() -> None:
        labels = {
            "$type": "com.atproto.label.defs#selfLabels", "values": [{"val": "!no-unauthenticated"}]
        }  # fmt: skip
        await person.put(PROFILE, "self", {"$type": PROFILE, "labels": labels})

    return Speaker(person.handle, post, reply, person.edit, person.remove, leave)


def _account(world: World, account: Account) -> Speaker:
    async def post(text: str) -> str:
        return world.post(account, text, visibility="public").id

    async def reply(under: str, text: str) -> str:
        return world.post(account, text, parent_id=under, visibility="public").id

    async def edit(native_id: str, text: str) -> None:
        world.edit(account, native_id, text)

    async def delete(native_id: str) -> None:
        world.delete(account, native_id)

    async def leave() -> None:
        account.moved_to = "tagblatt@neu.example"

    return Speaker(account.acct, post, reply, edit, delete, leave)


def _channel(server: YouTubeServer, channel: str) -> Speaker:
    """Videos are called `video:` and their id, as the connector calls them."""

    async def post(text: str) -> str:
        video = server.video(channel, text)
        server.videos[video]["snippet"]["description"] = ""
        return f"video:{video}"

    async def reply(under: str, text: str) -> str:
        return server.comment(under.removeprefix("video:"), text, by=channel)

    async def edit(native_id: str, text: str) -> None:
        server.videos[native_id.removeprefix("video:")]["snippet"]["title"] = text

    async def delete(native_id: str) -> None:
        del server.videos[native_id.removeprefix("video:")]

    async def leave() -> None:
        del server.channels[channel]

    return Speaker("@tagblatt", post, reply, edit, delete, leave)
