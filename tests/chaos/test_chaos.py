"""The short form: one seed of everything that can go wrong, and the books afterwards."""

from pathlib import Path

import pytest

from tests.chaos.plan import LED, META, MODEL_MOODS, SERVERS, SERVICES, Layout, draw, service_of
from tests.chaos.run import Size, run

SHORT = Size(comments=80, seconds=12.0, patience=400.0)
"""On a busy machine each of the three witnesses of a killer takes half a minute to come up."""


@pytest.mark.timeout(900)
async def test_nothing_is_lost_and_nothing_is_posted_twice(tmp_path: Path) -> None:
    """INVARIANT: whatever dies under load, the books balance and each approval is posted once.

    Services, broker and database are killed, links cut and held up, streams full, the model and
    the network out of their minds; `python -m tests.chaos` runs many seeds at length.
    """
    outcome = await run(7, SHORT, tmp_path, tmp_path / "models")
    assert outcome.wrong == []
    assert outcome.verdict.replies > 0
    assert outcome.starts > len(SERVICES)


def test_a_seed_draws_the_same_faults_again_and_leaves_none_out() -> None:
    drawn = draw(3, seconds=60.0)
    assert drawn == draw(3, seconds=60.0)
    assert drawn != draw(4, seconds=60.0)
    killed = {fault.target for fault in drawn if fault.kind == "kill"}
    assert killed == {*SERVICES, *SERVERS}
    kinds = {fault.kind for fault in drawn}
    assert kinds >= {
        "cut",
        "hold",
        "slow",
        "full",
        "model",
        "network",
        "listening",
        "poison",
        "killer",
    }
    assert {fault.target for fault in drawn if fault.kind == "model"} <= set(MODEL_MOODS)
    assert all(0 <= fault.at <= 60.0 for fault in drawn)


def test_each_round_kills_a_leader_of_the_cluster_and_one_of_several_processes() -> None:
    rounds, layout = 20, Layout(nodes=3, instances=2)
    drawn = draw(3, seconds=60.0 * rounds, rounds=rounds, layout=layout)
    leaders = [fault.target for fault in drawn if fault.kind == "leader"]
    assert leaders.count(META) == rounds
    assert sum(target in LED for target in leaders) == rounds
    killed = {fault.target for fault in drawn if fault.kind == "kill"}
    assert killed == {*layout.bus_servers, "postgres", *layout.all_processes, *SERVICES}
    assert {service_of(process) for process in layout.all_processes} == set(SERVICES)
