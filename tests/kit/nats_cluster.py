"""Three NATS servers as one JetStream cluster on loopback; each may be killed and started again."""

import asyncio
import json
import secrets
import signal
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import nats
import nats.errors
import nats.js.errors
from nats.js.api import ClusterInfo

from services.kit.bus_users import OWNER, BusUser, authorization
from services.kit.servers.child import Child
from services.kit.servers.nats import find_binary
from services.kit.servers.readiness import until
from tests.kit.ports import free_ports

LOOK = 0.2
"""Seconds between looks at a node that is not there yet."""
STOPS = 30.0
"""Seconds to end after SIGTERM."""
CATCHES_UP = 300.0
"""Seconds that a node may take until it has what the others have."""
AWAY = (nats.errors.Error, nats.js.errors.Error, OSError, TimeoutError)


@dataclass
class Node:
    """One server of the cluster."""

    name: str
    folder: Path
    port: int
    monitoring: int
    """Port of the pages that tell who leads."""
    url: str
    """Its address with the owner's credentials, where the cluster asks for any."""
    config: Mapping[str, Any]
    child: Child | None = None

    async def start(self) -> None:
        """Start it, or start it again with what it had stored; it need not answer yet."""
        self.folder.mkdir(parents=True, exist_ok=True)
        file = self.folder / "server.conf"
        file.write_text(json.dumps(self.config), encoding="utf-8")
        self.child = await Child.start(
            [find_binary(), "--config", file],
            log_file=self.folder / "nats.log", death_signal=signal.SIGKILL, folder=self.folder,
        )  # fmt: skip

    async def kill(self) -> None:
        """End it as a crash would."""
        assert self.child is not None
        await self.child.kill()

    async def stop(self) -> None:
        """End it as an operator would; it hands over what it leads."""
        assert self.child is not None
        await self.child.stop([(signal.SIGTERM, STOPS)])

    async def restart(self) -> None:
        """Start it again after its end."""
        await self.start()

    async def caught_up(self) -> None:
        """Wait until it says that what it stores is current, as an operator would."""

        async def healthy() -> bool | None:
            with suppress(httpx.HTTPError):
                page = await client.get(f"http://127.0.0.1:{self.monitoring}/healthz")
                if page.status_code == 200:
                    return True
            await asyncio.sleep(LOOK)
            return None

        async with (
            asyncio.timeout(CATCHES_UP),
            httpx.AsyncClient(timeout=2, trust_env=False) as client,
        ):
            await until(healthy)


@dataclass
class NatsCluster:
    """Nodes that know each other's routes."""

    nodes: list[Node]
    passwords: Mapping[str, str]
    """The owner's and each user's; the same on all nodes."""

    @property
    def url(self) -> str:
        """All servers' addresses, as NATS_URL takes them."""
        return ",".join(node.url for node in self.nodes)

    async def ready(self, *, streams: Sequence[str] = ()) -> None:
        """Wait until JetStream and each of these streams have a leader."""
        async with asyncio.timeout(60):
            await until(partial(self._each, streams, has_a_leader))

    async def whole(self, *, streams: Sequence[str]) -> None:
        """Wait until each of these streams that there is has a full copy on every node."""
        whole = partial(is_whole, nodes=len(self.nodes))
        async with asyncio.timeout(CATCHES_UP):
            await until(partial(self._each, streams, whole, or_missing=True))

    async def _each(
        self,
        streams: Sequence[str],
        fits: Callable[[ClusterInfo | None], bool],
        *,
        or_missing: bool = False,
    ) -> bool | None:
        try:
            client = await nats.connect(
                self.url.split(","), allow_reconnect=False, connect_timeout=2, error_cb=_unheard
            )
        except AWAY:
            return None
        try:
            jetstream = client.jetstream(timeout=1)
            await jetstream.account_info()
            for stream in streams:
                try:
                    found = await jetstream.stream_info(stream)
                except nats.js.errors.NotFoundError:
                    if or_missing:
                        continue
                    raise
                if not fits(found.cluster):
                    return None
        except AWAY:
            return None
        finally:
            await client.close()
        return True

    def admit(self, node: Node, users: Sequence[BusUser]) -> None:
        """Let a node know these users from its next start on; the others keep theirs."""
        node.config = {**node.config, "authorization": authorization(users, self.passwords)}

    async def leader(self, stream: str) -> Node:
        """Return the node that leads a stream; raises what the bus raises while there is none."""
        client = await nats.connect(
            self.url.split(","), allow_reconnect=False, connect_timeout=2, error_cb=_unheard
        )
        try:
            found = await client.jetstream(timeout=5).stream_info(stream)
        finally:
            await client.close()
        assert found.cluster is not None
        return next(node for node in self.nodes if node.name == found.cluster.leader)

    async def meta_leader(self) -> Node | None:
        """Return the node that leads the cluster, None when no node that answers knows of one."""
        async with httpx.AsyncClient(timeout=2, trust_env=False) as client:
            for node in self.nodes:
                try:
                    page = await client.get(f"http://127.0.0.1:{node.monitoring}/jsz")
                except httpx.HTTPError:
                    continue
                name = page.json().get("meta_cluster", {}).get("leader")
                if name:
                    return next(one for one in self.nodes if one.name == name)
        return None


@asynccontextmanager
async def nats_cluster(
    folder: Path,
    size: int = 3,
    *,
    users: Sequence[BusUser] = (),
    passwords: Mapping[str, str] | None = None,
) -> AsyncIterator[NatsCluster]:
    """Run so many servers while the block runs; with `passwords` of users they ask who it is.

    No node tells clients of the others, so that whoever is given proxies stays with them.
    """
    known = {**(passwords or {}), OWNER: secrets.token_urlsafe(16)}
    asked = authorization(users, known) if passwords is not None else None
    cluster = NatsCluster(_nodes(folder, size, asked, known[OWNER]), known)
    async with AsyncExitStack() as stack:
        for node in cluster.nodes:
            await node.start()
            stack.push_async_callback(node.kill)
        await cluster.ready()
        yield cluster


def _nodes(folder: Path, size: int, asked: Mapping[str, Any] | None, password: str) -> list[Node]:
    """Return the nodes; those that are `asked` who they are answer the owner by a password."""
    ports = free_ports(3 * size)
    shared: dict[str, Any] = {"max_payload": 8 * 1024 * 1024}
    owner = ""
    if asked is not None:
        shared["authorization"] = asked
        owner = f"{OWNER}:{password}@"
    routes = [f"nats://127.0.0.1:{port}" for port in ports[2 * size :]]
    nodes = []
    for number in range(size):
        name, port, monitoring = f"node{number + 1}", ports[number], ports[size + number]
        home = folder / name
        config = {
            **shared,
            "listen": f"127.0.0.1:{port}",
            "http": f"127.0.0.1:{monitoring}",
            "server_name": name,
            "jetstream": {"store_dir": str(home), "sync_interval": "100ms"},
            "cluster": {
                "name": "test", "no_advertise": True,
                "listen": f"127.0.0.1:{ports[2 * size + number]}", "routes": routes,
            },
        }  # fmt: skip
        nodes.append(Node(name, home, port, monitoring, f"nats://{owner}127.0.0.1:{port}", config))
    return nodes


def has_a_leader(stands: ClusterInfo | None) -> bool:
    """Return whether somebody leads a stream."""
    return stands is not None and bool(stands.leader)


def is_whole(stands: ClusterInfo | None, *, nodes: int) -> bool:
    """Return whether a stream has a leader and, on each other node, a copy of all it holds."""
    if stands is None or not stands.leader:
        return False
    copies = stands.replicas or []
    return len(copies) == nodes - 1 and all(one.current and not one.offline for one in copies)


async def _unheard(_: Exception) -> None:
    """Take what nats-py tells about a connection that is tried again anyway."""
