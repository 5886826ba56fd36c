"""What the upgrade of three brokers decides by itself; the whole run goes by hand."""

from pathlib import Path

import pytest
from nats.js.api import ClusterInfo, PeerInfo

from services.kit.bus_users import OWNER, BusUser, authorization
from tests.chaos.waits import Waited, Waits
from tests.kit.nats_cluster import NatsCluster, Node, is_whole

UP = PeerInfo("node2", current=True, offline=False)
BEHIND = PeerInfo("node3", current=False, offline=False, lag=7)
AWAY = PeerInfo("node3", current=True, offline=True)


@pytest.mark.parametrize(
    ("stands", "whole"),
    [
        pytest.param(ClusterInfo("node1", replicas=[UP, UP]), True, id="all copies"),
        pytest.param(ClusterInfo("node1", replicas=[UP, BEHIND]), False, id="one behind"),
        pytest.param(ClusterInfo("node1", replicas=[UP, AWAY]), False, id="one away"),
        pytest.param(ClusterInfo("node1", replicas=[UP]), False, id="one copy too few"),
        pytest.param(ClusterInfo(None, replicas=[UP, UP]), False, id="nobody leads"),
        pytest.param(None, False, id="no cluster"),
    ],
)
def test_the_next_broker_waits_until_each_stream_is_whole(
    stands: ClusterInfo | None, whole: bool
) -> None:
    assert is_whole(stands, nodes=3) is whole


def test_a_broker_knows_new_users_while_the_others_keep_theirs() -> None:
    old, new = BusUser("route", ("a",), ()), BusUser("route", ("b",), ())
    words = {OWNER: "o", "route": "r"}
    first, second = (
        Node(name, Path(name), 0, 0, "", {"authorization": authorization([old], words)})
        for name in ("node1", "node2")
    )
    NatsCluster([first, second], words).admit(first, [new])
    assert first.config["authorization"] == authorization([new], words)
    assert second.config["authorization"] == authorization([old], words)


def test_the_longest_wait_is_known_by_place_and_for_each_step() -> None:
    waits = Waits()
    for place, step, seconds in [
        ("the desk", "node1", 2.0), ("the desk", "node1", 1.0), ("the desk", "node2", 3.0),
        ("route_received", "node1", 2.5), ("outbox of review", "node1", 0.05),
    ]:  # fmt: skip
        waits.note(place, step, seconds)
    longest = [Waited("the desk", 3.0, "node2"), Waited("route_received", 2.5, "node1")]
    assert waits.by_place() == longest
    assert waits.during("node1") == [longest[1], Waited("the desk", 2.0, "node1")]
