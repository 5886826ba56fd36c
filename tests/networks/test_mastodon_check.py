"""What a connection's check finds."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
import pytest_asyncio

from services.networks.mastodon.settings import WatchedAccount
from services.networks.network import Fault
from tests.networks.mastodon_server import Server, mastodon_server
from tests.networks.mastodon_square import square
from tests.networks.mastodon_stage import settings_for
from tests.networks.mastodon_world import GOTOSOCIAL, MASTODON, Flavour
from tests.networks.wire import Answer

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server() -> AsyncIterator[Server]:
    async with mastodon_server() as running:
        yield running


@pytest.mark.parametrize("flavour", [MASTODON, GOTOSOCIAL])
async def test_a_sound_connection_has_no_faults(server: Server, flavour: Flavour) -> None:
    async with square(server, flavour) as here:
        network = here.network()
        found = await network.check()
        assert found.signed_in_as == f"@lindenhof@{here.server.url.removeprefix('http://')}"
        assert found.faults == []
        assert all(found.permissions.values())
        assert found.permissions["write:statuses"]
        assert found.capabilities.max_length == flavour.max_characters - 32
        assert found.capabilities.url_length == flavour.per_url
        assert len(here.server.world.statuses) == 1


async def test_dropped_notifications_are_a_fault(server: Server) -> None:
    """INVARIANT: what a server throws away before we can read it is said aloud."""
    async with square(server, MASTODON) as here:
        here.org.policy |= {"for_new_accounts": "drop", "for_private_mentions": "filter"}
        found = await here.network().check()
        assert found.faults == [Fault("filtered", "for_new_accounts")]


@pytest.mark.parametrize(
    ("flavour", "detail"),
    [(MASTODON, "write:statuses"), (GOTOSOCIAL, "write:statuses")],
    ids=["told", "tried"],
)
async def test_a_missing_permission_is_named(server: Server, flavour: Flavour, detail: str) -> None:
    async with square(server, flavour) as here:
        here.org.scopes = ("read",)
        found = await here.network().check()
        assert found.faults == [Fault("scope", detail)]
        assert found.permissions["write:statuses"] is False


async def test_a_wrong_token_is_a_fault(server: Server) -> None:
    async with square(server, MASTODON) as here:
        network = here.network(settings=settings_for(here.wire.url, "stolen"))
        found = await network.check()
        assert found.signed_in_as is None
        assert [fault.code for fault in found.faults] == ["token"]


@pytest.mark.parametrize(
    ("answer", "code"),
    [(Answer(503), "unreachable"), (Answer(404), "incompatible"), (Answer(403), "scope")],
)
async def test_a_server_that_is_none_is_a_fault(server: Server, answer: Answer, code: str) -> None:
    async with square(server, MASTODON) as here:
        here.wire.next(answer, path="verify_credentials")
        found = await here.network().check()
        assert [fault.code for fault in found.faults] == [code]


async def test_a_missing_stream_and_an_unknown_page_are_faults(server: Server) -> None:
    async with square(server, replace(MASTODON, lookup=False)) as here:
        here.server.streams.refuses = True
        here.server.world.join("radhaus")
        watch = (WatchedAccount(account="@radhaus"), WatchedAccount(account="@nobody@x.example"))
        settings = settings_for(here.wire.url, here.org.token, watch=watch)
        found = await here.network(settings=settings).check()
        assert [(fault.code, fault.detail) for fault in found.faults] == [
            ("not_subscribed", "@nobody@x.example"),
            ("incompatible", "the server answered 404"),
        ]
