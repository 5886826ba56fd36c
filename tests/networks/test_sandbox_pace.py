"""The write limit: how it counts, what it says, and that waiting helps."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from services.networks.network import Temporary
from services.networks.sandbox.pace import Pace
from services.networks.sandbox.server import create_app
from tests.networks.conftest import running
from tests.networks.sandbox_town import Town, bearer, town_settings
from tests.networks.stage import outgoing


class Clock:
    """A clock that goes when it is told to."""

    def __init__(self) -> None:
        self.moment = datetime(2026, 3, 1, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.moment


async def test_the_fourth_write_of_three_has_to_wait(tmp_path: Path) -> None:
    clock = Clock()
    app = create_app(town_settings(tmp_path, write_limit=3, write_window=60.0), now=clock)
    async with running(app) as url, Town.at(url) as town:
        post = await town.post()
        network = town.network(client=town.client)
        for number in range(3):
            await network.reply(outgoing(parent_id=post, text=f"{number}", key=f"{number}"))
            clock.moment += timedelta(seconds=10)
        with pytest.raises(Temporary) as refused:
            await network.reply(outgoing(parent_id=post, text="3", key="3"))
        assert refused.value.retry_after == 30
        other = town.network("tagblatt", client=town.client)
        await other.reply(outgoing(parent_id=post, text="andere", key="3"))
        assert await network.read(post) is not None
        clock.moment += timedelta(seconds=refused.value.retry_after)
        await network.reply(outgoing(parent_id=post, text="3", key="3"))
        assert [r["text"] for r in await town.replies(post)] == ["0", "1", "2", "andere", "3"]


async def test_every_write_says_how_many_are_left(tmp_path: Path) -> None:
    clock = Clock()
    app = create_app(town_settings(tmp_path, write_limit=2, write_window=60.0), now=clock)
    async with running(app) as url, Town.at(url) as town:
        left = []
        for text in ("eins", "", "drei"):
            answer = await town.client.post(
                "/api/posts",
                json={"page": "lindenhof", "text": text},
                headers=bearer("lindenhof-token"),
            )
            left.append((answer.status_code, answer.headers["X-RateLimit-Remaining"]))
            assert answer.headers["X-RateLimit-Limit"] == "2"
            assert int(answer.headers["X-RateLimit-Reset"]) == clock.moment.timestamp() + 60
        assert left == [(201, "1"), (422, "0"), (429, "0")]
        assert answer.headers["Retry-After"] == "60"


def test_the_window_slides() -> None:
    pace = Pace(limit=2, window=10.0)
    assert [pace.take("a", at).allowed for at in (0.0, 5.0, 9.0, 10.0, 12.0, 15.0)] == [
        True,
        True,
        False,
        True,
        False,
        True,
    ]
