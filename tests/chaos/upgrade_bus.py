"""The broker of a house that is upgraded: one server, or a cluster whose nodes go one by one."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from schemas.streams import STREAMS
from services.kit.servers.nats import embedded_nats
from services.kit.servers.running import RunningServer
from tests.chaos.ground import Server
from tests.chaos.release import Release
from tests.kit.nats_cluster import NatsCluster, nats_cluster
from tests.kit.ports import free_ports


class Brokers(Protocol):
    """NATS as a release's configuration has it, at addresses that stay."""

    @property
    def url(self) -> str:
        """Where its owner signs in, at each server; another password after a restart."""

    @property
    def servers(self) -> Mapping[str, Server]:
        """By name, in the order in which they are restarted."""

    async def renew(self, name: str, release: Release) -> None:
        """Stop a server, start it with the users of a release, wait until it has caught up."""


@asynccontextmanager
async def brokers(
    nodes: int, release: Release, folder: Path, passwords: Mapping[str, str]
) -> AsyncIterator[Brokers]:
    """Run one server, or a cluster of several, with the users of a release."""
    if nodes == 1:
        alone = _Alone(folder, passwords)
        try:
            await alone.renew(_Alone.name, release)
            yield alone
        finally:
            await alone.stop()
        return
    async with nats_cluster(
        folder / "cluster", nodes, users=release.bus_users(), passwords=passwords
    ) as cluster:
        yield _Several(cluster)


@dataclass
class _Alone:
    name = "broker"
    folder: Path
    passwords: Mapping[str, str]
    port: int = field(default_factory=lambda: free_ports(1)[0])
    _server: RunningServer | None = None
    _running: AsyncExitStack = field(default_factory=AsyncExitStack)

    @property
    def url(self) -> str:
        return self._up.url

    @property
    def servers(self) -> Mapping[str, Server]:
        return {self.name: self._up}

    @property
    def _up(self) -> RunningServer:
        assert self._server is not None
        return self._server

    async def renew(self, _: str, release: Release) -> None:
        await self.stop()
        self._server = await self._running.enter_async_context(
            embedded_nats(
                self.folder, port=self.port, sync_interval="100ms", users=release.bus_users(),
                passwords=self.passwords,
            )
        )  # fmt: skip

    async def stop(self) -> None:
        """Stop it; what was acknowledged stays."""
        await self._running.aclose()


@dataclass(frozen=True)
class _Several:
    cluster: NatsCluster

    @property
    def url(self) -> str:
        return self.cluster.url

    @property
    def servers(self) -> Mapping[str, Server]:
        return {node.name: node for node in self.cluster.nodes}

    async def renew(self, name: str, release: Release) -> None:
        node = next(node for node in self.cluster.nodes if node.name == name)
        await node.stop()
        self.cluster.admit(node, release.bus_users())
        await node.start()
        await node.caught_up()
        await self.cluster.whole(streams=[stream.name for stream in STREAMS])
