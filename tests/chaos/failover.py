"""The death of a cluster's leader, and how long whom it led is missed."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from uuid import uuid4

import nats
import nats.errors
import nats.js.errors
from nats.aio.client import Client

from services.kit.servers.readiness import until
from tests.chaos.plan import META
from tests.kit.nats_cluster import NatsCluster, Node

BUS_TROUBLE = (nats.errors.Error, nats.js.errors.Error, OSError, TimeoutError)
ANSWER = 0.5
"""Seconds to wait for each answer."""


@dataclass(frozen=True)
class Failover:
    """How many seconds passed from a leader's death until its stream took a message again.

    For `meta`, until the cluster itself answered again.
    """

    of: str
    seconds: float


async def find_leader(cluster: NatsCluster, of: str) -> Node:
    """Return the node that leads a stream or, for `meta`, the cluster; waits until one does."""

    async def leader() -> Node | None:
        try:
            if of == META:
                return await cluster.meta_leader()
            return await cluster.leader(of)
        except (*BUS_TROUBLE, StopIteration):
            return None

    return await until(leader)


async def kill_and_time(cluster: NatsCluster, of: str, leader: Node) -> Failover:
    """Kill the leader and ask the nodes that live on until there is a new one."""
    others = [node.url for node in cluster.nodes if node is not leader]
    client = await until(lambda: _connected(others))
    try:
        asked = _cluster_answers(client) if of == META else takes(client, of)
        loop = asyncio.get_running_loop()
        await leader.kill()
        died = loop.time()
        await until(asked)
        return Failover(of, round(loop.time() - died, 3))
    finally:
        await client.close()


async def _connected(urls: Sequence[str]) -> Client | None:
    try:
        return await nats.connect(
            list(urls), allow_reconnect=True, max_reconnect_attempts=-1, reconnect_time_wait=0.1,
            connect_timeout=2, error_cb=unheard,
        )  # fmt: skip
    except BUS_TROUBLE:
        return None


def takes(client: Client, stream: str) -> Callable[[], Awaitable[bool | None]]:
    """Return a question to a stream: a message that no consumer wants, stored once."""
    jetstream, name = client.jetstream(), uuid4().hex

    async def publish() -> bool | None:
        try:
            await jetstream.publish(
                f"{stream}.nobody", b"{}", timeout=ANSWER, stream=stream,
                headers={"Nats-Msg-Id": name},
            )  # fmt: skip
        except BUS_TROUBLE:
            return None
        return True

    return publish


def _cluster_answers(client: Client) -> Callable[[], Awaitable[bool | None]]:
    jetstream = client.jetstream(timeout=ANSWER)

    async def ask() -> bool | None:
        try:
            await jetstream.account_info()
        except BUS_TROUBLE:
            return None
        return True

    return ask


async def unheard(_: Exception) -> None:
    """Take what nats-py tells about a connection that we try again anyway."""
