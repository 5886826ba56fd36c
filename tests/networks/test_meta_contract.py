"""The Facebook and Instagram connectors keep the contract of every network.

Against a small server of our own that speaks the documented format: not exercised against Meta.
"""

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from services.kit.web import listening_socket
from services.networks.network import Network
from tests.networks.contract import NetworkContract
from tests.networks.meta_graph import GraphServer
from tests.networks.meta_scene import MetaScene, facebook_page, instagram_account, meta_scene
from tests.networks.wire import Answer, LoseAnswer, LoseRequest

pytestmark = pytest.mark.asyncio(loop_scope="module")


def nowhere() -> str:
    with listening_socket() as nobody:
        return f"http://127.0.0.1:{nobody.getsockname()[1]}"


class _MetaStage(ABC):
    def __init__(self, scene: MetaScene) -> None:
        self._scene = scene
        self.network: Network = self.another_network()

    @property
    def _server(self) -> GraphServer:
        return self._scene.server

    @abstractmethod
    def another_network(self) -> Network: ...

    async def author_edits(self, native_id: str, text: str) -> None:
        field = "text" if "text" in self._server.nodes[native_id] else "message"
        self._server.nodes[native_id][field] = text

    async def author_deletes(self, native_id: str) -> None:
        self._server.remove(native_id)

    async def someone_writes_privately(self, text: str) -> str:
        pytest.skip("comments are public there, and private messages are never asked for")

    async def next_write_loses_its_answer(self) -> None:
        self._scene.wire.next(LoseAnswer(), method="POST")

    async def next_write_gets_lost(self) -> None:
        self._scene.wire.next(LoseRequest(), method="POST")

    async def next_write_is_too_early(self, seconds: int) -> None:
        self._scene.wire.next(Answer(429, {"Retry-After": str(seconds)}), method="POST")

    async def texts_under(self, native_id: str) -> list[str]:
        return self._server.texts_under(native_id)


class FacebookStage(_MetaStage):
    """A fresh post of the Page, and people around it."""

    def __init__(self, scene: MetaScene) -> None:
        super().__init__(scene)
        self._post = scene.server.post()

    def another_network(self) -> Network:
        return self._scene.page()

    def network_with_wrong_token(self) -> Network:
        return self._scene.page(access_token="stolen")

    def unreachable_network(self) -> Network:
        return facebook_page(nowhere(), self._scene.client)

    async def someone_comments(self, text: str) -> str:
        return self._server.comment(self._post, text)


class InstagramStage(_MetaStage):
    """A fresh picture of the account, and people around it."""

    def __init__(self, scene: MetaScene) -> None:
        super().__init__(scene)
        self._media = scene.server.media()

    def another_network(self) -> Network:
        return self._scene.account()

    def network_with_wrong_token(self) -> Network:
        return self._scene.account(access_token="stolen")

    def unreachable_network(self) -> Network:
        return instagram_account(nowhere(), self._scene.client)

    async def someone_comments(self, text: str) -> str:
        return self._server.instagram_comment(self._media, text)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def scene() -> AsyncIterator[MetaScene]:
    async with meta_scene() as opened:
        yield opened


class TestFacebookPage(NetworkContract):
    @pytest.fixture
    def stage(self, scene: MetaScene) -> FacebookStage:
        return FacebookStage(scene)


class TestInstagramAccount(NetworkContract):
    @pytest.fixture
    def stage(self, scene: MetaScene) -> InstagramStage:
        return InstagramStage(scene)
