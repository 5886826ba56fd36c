"""The YouTube connector keeps the contract of every network.

Against a small server of our own that speaks the documented format: not exercised against YouTube.
"""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from services.kit.web import listening_socket
from services.networks.network import Network
from tests.networks.contract import NetworkContract
from tests.networks.wire import Answer, LoseAnswer, LoseRequest
from tests.networks.youtube_scene import YouTubeScene, youtube_network, youtube_scene

pytestmark = pytest.mark.asyncio(loop_scope="module")

WRITES = "/v3/comments"


class YouTubeStage:
    """A fresh video of ours, and people around it."""

    def __init__(self, scene: YouTubeScene) -> None:
        self._scene = scene
        self._video = scene.server.video()
        scene.server.used = 0
        self.network: Network = self.another_network()

    def another_network(self) -> Network:
        return self._scene.network()

    def network_with_wrong_token(self) -> Network:
        return self._scene.network(refresh_token="revoked")

    def unreachable_network(self) -> Network:
        with listening_socket() as nobody:
            port = nobody.getsockname()[1]
        return youtube_network(f"http://127.0.0.1:{port}", self._scene.client)

    async def someone_comments(self, text: str) -> str:
        return self._scene.server.comment(self._video, text)

    async def author_edits(self, native_id: str, text: str) -> None:
        self._scene.server.edit(native_id, text)

    async def author_deletes(self, native_id: str) -> None:
        self._scene.server.remove(native_id)

    async def someone_writes_privately(self, text: str) -> str:
        pytest.skip("YouTube has no private messages")

    async def next_write_loses_its_answer(self) -> None:
        self._scene.wire.next(LoseAnswer(), method="POST", path=WRITES)

    async def next_write_gets_lost(self) -> None:
        self._scene.wire.next(LoseRequest(), method="POST", path=WRITES)

    async def next_write_is_too_early(self, seconds: int) -> None:
        answer = Answer(429, {"Retry-After": str(seconds)})
        self._scene.wire.next(answer, method="POST", path=WRITES)

    async def texts_under(self, native_id: str) -> list[str]:
        return self._scene.server.texts_under(native_id)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def scene() -> AsyncIterator[YouTubeScene]:
    async with youtube_scene() as opened:
        yield opened


class TestYouTubeNetwork(NetworkContract):
    @pytest.fixture
    def stage(self, scene: YouTubeScene) -> YouTubeStage:
        return YouTubeStage(scene)
