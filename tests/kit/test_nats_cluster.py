"""The bus on a cluster of three: nodes die one after the other, the leader first."""

import asyncio
import re
import time
from asyncio.subprocess import PIPE, STDOUT
from pathlib import Path

import nats
import pytest

from schemas.comments import CommentReceived
from schemas.streams import CONSUMERS, STREAMS
from services.kit.bus import PUBLISH_PATIENCE, Bus
from services.kit.provision import provision_bus
from services.kit.servers.nats import find_binary
from services.kit.servers.readiness import until
from tests.kit.nats_cluster import NatsCluster, nats_cluster
from tests.kit.test_bus import handled_by, received

ROOT = Path(__file__).parents[2]
REPLICAS = 3
KILLS = 3


@pytest.mark.timeout(300)
async def test_no_acknowledged_message_is_lost_when_leaders_die(tmp_path: Path) -> None:
    """INVARIANT: with three replicas a node may die at any time, the leader included.

    What was acknowledged is stored once and handled; publishing pauses and goes on by itself.
    """
    handled: set[str] = set()

    async def handle(event: CommentReceived) -> None:
        handled.add(event.comment_key)

    async with nats_cluster(tmp_path) as cluster:
        await provision_bus(cluster.url, STREAMS, CONSUMERS, replicas=REPLICAS)
        async with handled_by(cluster.url, handle) as bus:
            stop = asyncio.Event()
            publishing = asyncio.create_task(_publish(bus, stop))
            for _ in range(KILLS):
                await _kill_the_leader(cluster)
            stop.set()
            published, pauses = await publishing

            async def all_handled() -> bool | None:
                return published <= handled or None

            await asyncio.wait_for(until(all_handled), 90)
        stored = await _stored(cluster)
    assert stored == len(published)
    assert max(pauses) < PUBLISH_PATIENCE


async def test_the_file_for_a_cluster_that_the_guide_shows_is_valid(tmp_path: Path) -> None:
    guide = (ROOT / "docs/scaling.md").read_text(encoding="utf-8")
    (shown,) = [part for part in guide.split("```\n") if part.startswith('include "nats.conf"')]
    (tmp_path / "cluster.conf").write_text(shown, encoding="utf-8")
    users = (ROOT / "schemas/generated/nats.conf").read_text(encoding="utf-8")
    (tmp_path / "nats.conf").write_text(users, encoding="utf-8")
    words = dict.fromkeys(re.findall(r"\$(\w+_PASSWORD)", users), "x")
    checking = await asyncio.create_subprocess_exec(
        find_binary(), "-t", "-c", tmp_path / "cluster.conf", env=words,
        stdout=PIPE, stderr=STDOUT,
    )  # fmt: skip
    printed, _ = await checking.communicate()
    assert checking.returncode == 0, printed.decode()


async def _publish(bus: Bus, stop: asyncio.Event) -> tuple[set[str], list[float]]:
    """Publish one message after the other; return what was acknowledged and how long each took."""
    done: set[str] = set()
    pauses = []
    while not stop.is_set():
        key = f"{len(done):032x}"
        began = time.monotonic()
        await bus.publish(received(key))
        pauses.append(time.monotonic() - began)
        done.add(key)
    return done, pauses


async def _kill_the_leader(cluster: NatsCluster) -> None:
    leader = await cluster.leader("comments")
    await leader.kill()
    await cluster.ready(streams=("comments",))
    await leader.restart()
    await cluster.ready(streams=tuple(stream.name for stream in STREAMS))


async def _stored(cluster: NatsCluster) -> int:
    client = await nats.connect(cluster.url.split(","))
    try:
        return (await client.jetstream(timeout=5).stream_info("comments")).state.messages
    finally:
        await client.close()
