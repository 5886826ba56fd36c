"""Three NATS servers as one JetStream cluster on loopback; each may be killed and started again."""

import asyncio
import json
import signal
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import nats
import nats.errors
import nats.js.errors

from services.kit.servers.child import Child
from services.kit.servers.nats import find_binary
from services.kit.servers.readiness import until

AWAY = (nats.errors.Error, nats.js.errors.Error, OSError, TimeoutError)


@dataclass
class Node:
    """One server of the cluster."""

    name: str
    folder: Path
    port: int
    route: int
    child: Child | None = None

    @property
    def url(self) -> str:
        return f"nats://127.0.0.1:{self.port}"

    async def kill(self) -> None:
        """End it as a crash would."""
        assert self.child is not None
        await self.child.kill()


@dataclass
class NatsCluster:
    """Nodes that know each other's routes."""

    nodes: list[Node] = field(default_factory=list)

    @property
    def url(self) -> str:
        """All servers' addresses, as NATS_URL takes them."""
        return ",".join(node.url for node in self.nodes)

    async def start(self, node: Node) -> None:
        """Start a node, or start it again with what it had stored."""
        node.folder.mkdir(parents=True, exist_ok=True)
        config = {
            "listen": f"127.0.0.1:{node.port}",
            "server_name": node.name,
            "jetstream": {"store_dir": str(node.folder), "sync_interval": "100ms"},
            "cluster": {
                "name": "test",
                "listen": f"127.0.0.1:{node.route}",
                "routes": [f"nats://127.0.0.1:{one.route}" for one in self.nodes],
            },
        }
        file = node.folder / "server.conf"
        file.write_text(json.dumps(config), encoding="utf-8")
        node.child = await Child.start(
            [find_binary(), "--config", file],
            log_file=node.folder / "nats.log", death_signal=signal.SIGKILL, folder=node.folder,
        )  # fmt: skip

    async def ready(self, *, streams: tuple[str, ...] = ()) -> None:
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
        """Return the node that leads a stream."""
        client = await nats.connect(self.url.split(","))
        try:
            found = await client.jetstream(timeout=5).stream_info(stream)
        finally:
            await client.close()
        assert found.cluster is not None
        return next(node for node in self.nodes if node.name == found.cluster.leader)


@asynccontextmanager
async def nats_cluster(folder: Path, size: int = 3) -> AsyncIterator[NatsCluster]:
    """Run so many servers while the block runs."""
    cluster = NatsCluster(
        [
            Node(f"node{number}", folder / f"node{number}", *ports)
            for number, ports in enumerate(_free_ports(size), 1)
        ]
    )
    async with AsyncExitStack() as stack:
        for node in cluster.nodes:
            await cluster.start(node)
            stack.push_async_callback(node.kill)
        await cluster.ready()
        yield cluster


def _free_ports(pairs: int) -> list[tuple[int, int]]:
    """Return ports that are free now; each server has to know the others' before it starts."""
    probes = [socket.create_server(("127.0.0.1", 0)) for _ in range(2 * pairs)]
    found = [int(probe.getsockname()[1]) for probe in probes]
    for probe in probes:
        probe.close()
    return list(zip(found[:pairs], found[pairs:], strict=True))


async def _unheard(_: Exception) -> None:
    """Take what nats-py tells about a connection that is tried again anyway."""
