"""An earlier release comes from git, or the lack of it is told; users are those of its file."""

from pathlib import Path

import pytest

from services.commands.generate import bus_users
from tests.chaos.release import HERE, NoHistory, earlier


async def test_without_its_history_the_run_says_how_to_get_it(tmp_path: Path) -> None:
    with pytest.raises(NoHistory, match="no revision v0"):
        await earlier("v0", tmp_path / "old")


def test_the_users_of_a_release_are_read_from_its_own_configuration() -> None:
    """INVARIANT: the broker of an upgrade allows each service what its release allows it."""
    assert HERE.bus_users() == bus_users()
