r"""The Mastodon connector keeps the contract of every network, whatever server it meets.

By hand against a real server, with the tokens of two accounts that may post there:

    MASTODON_TEST_URL=https://... MASTODON_TEST_TOKEN=... MASTODON_TEST_OTHER_TOKEN=... \
        python -m pytest tests/networks/test_mastodon_contract.py -k Real
"""

import os
from collections.abc import AsyncIterator

import httpx
import pytest
import pytest_asyncio

from tests.networks.contract import NetworkContract
from tests.networks.mastodon_server import Server, mastodon_server
from tests.networks.mastodon_stage import POLITE, FaultyTransport, MastodonStage, Person, Route
from tests.networks.mastodon_world import GOTOSOCIAL, MASTODON, Flavour
from tests.networks.wire import wire_to

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server() -> AsyncIterator[Server]:
    async with mastodon_server() as running:
        yield running


async def small_stage(server: Server, flavour: Flavour) -> AsyncIterator[MastodonStage]:
    server.begin(flavour)
    async with (
        wire_to(server.url) as wire,
        httpx.AsyncClient(trust_env=False, verify=False, timeout=30) as client,
    ):
        org, other = server.world.join("lindenhof"), server.world.join("jana")
        people = (
            await Person(server.url, org.token, client).sign_in(),
            await Person(server.url, other.token, client).sign_in(),
        )
        yield await MastodonStage.open(Route(wire.url, client, wire), people, org.token)


async def real_stage(url: str) -> AsyncIterator[MastodonStage]:
    token, other = os.environ["MASTODON_TEST_TOKEN"], os.environ["MASTODON_TEST_OTHER_TOKEN"]
    faults = FaultyTransport()
    async with (
        httpx.AsyncClient(timeout=30) as client,
        httpx.AsyncClient(transport=faults) as faulty,
    ):
        org = await Person(url, token, client).sign_in()
        person = await Person(url, other, client).sign_in()
        await org.rest()
        await person.rest()
        yield await MastodonStage.open(Route(url, faulty, faults), (org, person), token, POLITE)


class TestMastodon(NetworkContract):
    @pytest_asyncio.fixture(loop_scope="module")
    async def stage(self, server: Server) -> AsyncIterator[MastodonStage]:
        async for stage in small_stage(server, MASTODON):
            yield stage


class TestGoToSocial(NetworkContract):
    @pytest_asyncio.fixture(loop_scope="module")
    async def stage(self, server: Server) -> AsyncIterator[MastodonStage]:
        async for stage in small_stage(server, GOTOSOCIAL):
            yield stage


if "MASTODON_TEST_URL" in os.environ:

    class TestRealServer(NetworkContract):
        @pytest_asyncio.fixture(loop_scope="module")
        async def stage(self) -> AsyncIterator[MastodonStage]:
            async for stage in real_stage(os.environ["MASTODON_TEST_URL"].rstrip("/")):
                yield stage
