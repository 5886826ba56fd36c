"""Signing in at a real PDS: rarely, in one process at a time, and without its AppView."""

import asyncio
import json
from collections.abc import AsyncIterator

import httpx
import pytest
import pytest_asyncio
from pydantic import SecretStr

from services.networks.bluesky.account import Account
from services.networks.bluesky.settings import BlueskySettings, WatchedAccount
from services.networks.bluesky.xrpc import Xrpc
from services.networks.keeper import InMemoryKeeper
from services.networks.network import Refused, Temporary
from tests.networks.bluesky_appview import running_view
from tests.networks.bluesky_pds import Pds, start_pds, the_pds
from tests.networks.bluesky_stage import House, Household, found_household, open_house
from tests.networks.stage import outgoing
from tests.networks.wire import Answer, LoseAnswer

pytestmark = pytest.mark.asyncio(loop_scope="module")

SIGN_IN = "com.atproto.server.createSession"
REFRESH = "com.atproto.server.refreshSession"
EXPIRED = Answer(400, {}, b'{"error":"ExpiredToken","message":"Token has expired"}')


@pytest.fixture(scope="module")
def pds(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Pds:
    return the_pds(request, tmp_path_factory)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def household(pds: Pds) -> AsyncIterator[Household]:
    async with httpx.AsyncClient(trust_env=False, timeout=30) as client:
        yield await found_household(pds, client)


@pytest_asyncio.fixture(loop_scope="module")
async def house(pds: Pds, household: Household) -> AsyncIterator[House]:
    """A fresh wire and nobody signed in."""
    async with open_house(pds, firehose=True, household=household) as opened:
        yield opened


def _asked(house: House, method: str) -> int:
    return len([one for one in house.wire.seen if method in one.path])


async def test_all_processes_share_one_sign_in(house: House) -> None:
    """INVARIANT: sign-ins are limited per day, so nobody signs in where a session is kept."""
    root = await house.org.post("Hallo")
    readers = [house.network().read(root["uri"]) for _ in range(5)]
    assert all(await asyncio.gather(*readers))
    assert (_asked(house, SIGN_IN), _asked(house, REFRESH)) == (1, 0)


async def test_an_expired_token_is_refreshed_once_and_the_new_one_is_kept(house: House) -> None:
    """INVARIANT: a refresh token is used by one process; the others take what it got."""
    root = await house.org.post("Hallo")
    await house.network().read(root["uri"])
    before = json.loads(await house.keeper.session() or "")
    house.wire.next(EXPIRED, path="getPostThreadV2", times=3)
    assert all(await asyncio.gather(*(house.network().read(root["uri"]) for _ in range(3))))
    after = json.loads(await house.keeper.session() or "")
    assert after["refresh"] != before["refresh"]
    assert (_asked(house, SIGN_IN), _asked(house, REFRESH)) == (1, 1)


async def test_a_reply_outlives_its_token(house: House) -> None:
    root = await house.org.post("Hallo")
    comment = await house.guest.post("Ja?", under=root)
    house.wire.next(EXPIRED, path="putRecord")
    posted = await house.network().reply(
        outgoing(parent_id=comment["uri"], text="Ja.", key="abgelaufen")
    )
    assert await house.network().read(posted.native_id) is not None


async def test_a_revoked_refresh_token_falls_back_to_the_app_password(house: House) -> None:
    root = await house.org.post("Hallo")
    network = house.network()
    await network.read(root["uri"])
    house.wire.next(EXPIRED, path="getPostThreadV2")
    house.wire.next(EXPIRED, path=REFRESH)
    assert await network.read(root["uri"]) is not None
    assert _asked(house, SIGN_IN) == 2


async def test_a_lost_answer_to_a_refresh_is_worth_another_try(house: House) -> None:
    root = await house.org.post("Hallo")
    network = house.network()
    await network.read(root["uri"])
    house.wire.next(EXPIRED, path="getPostThreadV2")
    house.wire.next(LoseAnswer(), path=REFRESH)
    with pytest.raises(Temporary):
        await network.read(root["uri"])
    assert await network.read(root["uri"]) is not None


async def test_a_refused_password_is_not_tried_again_and_again(house: House) -> None:
    """INVARIANT: a wrong password costs one sign-in, not the day's allowance."""
    network = house.network(keeper=InMemoryKeeper(), app_password=SecretStr("falsch"))
    for _ in range(5):
        with pytest.raises(Refused) as refused:
            await network.read("at://did:plc:x/app.bsky.feed.post/3n2vww3dnkc23")
        assert refused.value.code == "token"
        assert "falsch" not in str(refused.value)
    assert _asked(house, SIGN_IN) == 1


async def test_somebody_elses_account_does_not_speak_for_this_connection(house: House) -> None:
    """INVARIANT: a connection speaks as the account it was made for, or not at all."""
    xrpc = Xrpc(house.wire.url, house.client, patience=10)
    account = Account(xrpc, house.settings, InMemoryKeeper(), connection="bluesky:did:plc:other")
    with pytest.raises(Refused) as refused:
        await account.session()
    assert refused.value.code == "token"


async def test_a_kept_session_that_cannot_be_read_is_replaced(house: House) -> None:
    async def other(_: str | None) -> str:
        return "from another release"

    await house.keeper.renew(None, other)
    root = await house.org.post("Hallo")
    assert await house.network().read(root["uri"]) is not None


async def test_no_secret_shows_in_what_is_logged_or_raised(house: House) -> None:
    network = house.network()
    await network.check()
    session = await network._account.session()
    password = house.settings.app_password.get_secret_value()
    for shown in (repr(session), str(session), repr(house.settings), repr(network)):
        assert password not in shown
        assert session.access not in shown
        assert session.refresh not in shown


async def test_the_check_finds_everything_in_order(house: House) -> None:
    watch = (WatchedAccount(account=house.guest.handle),)
    diagnosis = await house.network(watch=watch).check()
    assert diagnosis.signed_in_as == house.org.handle
    assert diagnosis.faults == []
    assert diagnosis.capabilities.receive == "stream"


async def test_the_check_names_what_is_wrong(house: House) -> None:
    password = await house.network(
        keeper=InMemoryKeeper(), app_password=SecretStr("falsch")
    ).check()
    assert [fault.code for fault in password.faults] == ["token"]
    assert password.signed_in_as is None
    no_view = await house.network(firehose=None).check()
    assert [fault.code for fault in no_view.faults] == ["unreachable"]
    watch = (WatchedAccount(account="niemand-hier.test"),)
    nobody = await house.network(watch=watch, firehose="http://127.0.0.1:9").check()
    assert [fault.code for fault in nobody.faults] == ["unreachable", "not_subscribed"]
    house.wire.next(Answer(503), path="getSession")
    assert [fault.code for fault in (await house.network().check()).faults] == ["unreachable"]


async def test_the_check_finds_an_account_that_was_deactivated(house: House, pds: Pds) -> None:
    async with open_house(pds, firehose=True) as other:
        await other.org.leave()
        left = await other.network().check()
    assert [fault.code for fault in left.faults][:1] == ["token"]


async def test_with_an_appview_no_stream_is_needed(house: House, pds: Pds) -> None:
    async with running_view(pds):
        diagnosis = await house.network(firehose=None).check()
    assert diagnosis.faults == []
    assert diagnosis.capabilities.receive == "poll"


async def test_without_appview_and_stream_there_is_nothing_to_hear(house: House) -> None:
    with pytest.raises(Temporary, match="AppView"):
        await anext(house.network(firehose=None).listen(None))


async def test_a_real_rate_limit_says_when_to_come_back(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """The PDS takes thirty sign-ins in five minutes and sends no Retry-After."""
    strict = start_pds(tmp_path_factory.mktemp("strict"), rate_limits=True)
    try:
        async with httpx.AsyncClient(trust_env=False, timeout=30) as client:
            body = {"identifier": "niemand.test", "password": "egal"}
            tries = [client.post(f"{strict.url}/xrpc/{SIGN_IN}", json=body) for _ in range(31)]
            answers = await asyncio.gather(*tries)
            limited = [answer for answer in answers if answer.status_code == 429]
            assert len(limited) == 1
            assert "Retry-After" not in limited[0].headers
            settings = BlueskySettings(
                service=strict.url, identifier="niemand.test", app_password=SecretStr("egal")
            )
            xrpc = Xrpc(strict.url, client, patience=10)
            account = Account(xrpc, settings, InMemoryKeeper(), connection="bluesky:x")
            with pytest.raises(Temporary) as refused:
                await account.session()
            assert refused.value.retry_after is not None
            assert 200 < refused.value.retry_after <= 300
    finally:
        strict.stop()
