"""The sandbox connector against the sandbox network keeps the contract of every network."""

from collections.abc import AsyncIterator

import httpx
import pytest
import pytest_asyncio

from services.kit.web import listening_socket
from services.networks.network import Network
from services.networks.sandbox.connector import SandboxNetwork
from tests.networks.contract import NetworkContract
from tests.networks.sandbox_town import Town

pytestmark = pytest.mark.asyncio(loop_scope="module")


class SandboxStage:
    """A fresh post of Lindenhof, and people around it."""

    def __init__(self, town: Town, client: httpx.AsyncClient, post_id: str) -> None:
        self._town = town
        self._client = client
        self._post_id = post_id
        self._authors: dict[str, str] = {}
        self.network: Network = self.another_network()

    def another_network(self) -> Network:
        return self._town.network(client=self._client)

    def network_with_wrong_token(self) -> Network:
        return self._town.network(token="stolen", client=self._client)

    def unreachable_network(self) -> Network:
        with listening_socket() as nobody:
            port = nobody.getsockname()[1]
        return SandboxNetwork(f"http://127.0.0.1:{port}", "t", "lindenhof", self._client)

    async def someone_comments(self, text: str) -> str:
        author = await self._town.person()
        native_id = await self._town.comment(self._post_id, text, by=author)
        self._authors[native_id] = author
        return native_id

    async def author_edits(self, native_id: str, text: str) -> None:
        author = self._authors[native_id]
        answer = await self._town.call("PUT", f"/api/comments/{native_id}", author, {"text": text})
        assert answer.status_code == 200

    async def author_deletes(self, native_id: str) -> None:
        author = self._authors[native_id]
        answer = await self._town.call("DELETE", f"/api/comments/{native_id}", author)
        assert answer.status_code == 204

    async def someone_writes_privately(self, text: str) -> str:
        return await self._town.message("lindenhof", text)

    async def next_write_loses_its_answer(self) -> None:
        await self._town.fault("accept_then_drop")

    async def next_write_gets_lost(self) -> None:
        await self._town.fault("drop_before")

    async def next_write_is_too_early(self, seconds: int) -> None:
        await self._town.fault("status", status=429, retry_after=seconds)

    async def texts_under(self, native_id: str) -> list[str]:
        return [reply["text"] for reply in await self._town.replies(native_id, "tagblatt")]


class TestSandboxNetwork(NetworkContract):
    @pytest_asyncio.fixture(loop_scope="module")
    async def stage(self, town: Town) -> AsyncIterator[SandboxStage]:
        async with httpx.AsyncClient(trust_env=False, timeout=30) as client:
            yield SandboxStage(town, client, await town.post())
