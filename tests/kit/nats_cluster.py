"""Three NATS servers as one JetStream cluster on loopback; each may be killed and started again."""

import asyncio
import json
import secrets
import signal
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import nats
import nats.errors
import nats.js.errors

from services.kit.bus_users import OWNER, BusUser, authorization
from services.kit.servers.child import Child
from services.kit.servers.nats import find_binary
from services.kit.servers.readiness import until
from tests.kit.ports import free_ports

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

    async def restart(self) -> None:
        """Start it again after its end."""
        await self.start()


@dataclass
class NatsCluster:
    """Nodes that know each other's routes."""

    nodes: list[Node] = field(default_factory=list)

    @property
    def url(self) -> str:
        """All servers' addresses, as NATS_URL takes them."""
        return ",".join(node.url for node in self.nodes)

    async def ready(self, *, streams: Sequence[str] = ()) -> None:
        """Wait until JetStream and each of these streams have a leader."""

        async def led() -> bool | None:
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
                    found = await jetstream.stream_info(stream)
                    if found.cluster is None or not found.cluster.leader:
                        return None
            except AWAY:
                return None
            finally:
                await client.close()
            return True

        async with asyncio.timeout(60):
            await until(led)

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
    cluster = NatsCluster(_nodes(folder, size, users, passwords))
    async with AsyncExitStack() as stack:
        for node in cluster.nodes:
            await node.start()
            stack.push_async_callback(node.kill)
        await cluster.ready()
        yield cluster


def _nodes(
    folder: Path, size: int, users: Sequence[BusUser], passwords: Mapping[str, str] | None
) -> list[Node]:
    ports = free_ports(3 * size)
    known = {**(passwords or {}), OWNER: secrets.token_urlsafe(16)}
    shared: dict[str, Any] = {"max_payload": 8 * 1024 * 1024}
    owner = ""
    if passwords is not None:
        shared["authorization"] = authorization(users, known)
        owner = f"{OWNER}:{known[OWNER]}@"
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


async def _unheard(_: Exception) -> None:
    """Take what nats-py tells about a connection that is tried again anyway."""
