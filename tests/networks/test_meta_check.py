"""How a connection to Meta stands: token, permissions, subscription, and what ends when."""

import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
import pytest_asyncio
from pydantic import ValidationError

from services.networks.meta.versions import CURRENT, EXPIRES, expiry_of
from services.networks.network import Diagnosis
from tests.networks.meta_graph import APP_ID, PAGE
from tests.networks.meta_scene import MetaScene, facebook_page, meta_scene
from tests.networks.wire import Answer

pytestmark = pytest.mark.asyncio(loop_scope="module")

TODAY = datetime(2026, 11, 22, tzinfo=UTC)


@pytest_asyncio.fixture(loop_scope="module")
async def scene() -> AsyncIterator[MetaScene]:
    async with meta_scene() as opened:
        yield opened


def faults(diagnosis: Diagnosis) -> list[tuple[str, str]]:
    return [(fault.code, fault.detail) for fault in diagnosis.faults]


async def test_a_sound_connection_has_no_fault(scene: MetaScene) -> None:
    for network, name in ((scene.page(now=lambda: TODAY), "Lindenhof e. V."),
                          (scene.account(now=lambda: TODAY), "lindenhof")):  # fmt: skip
        diagnosis = await network.check()
        assert faults(diagnosis) == []
        assert diagnosis.signed_in_as == name
        assert diagnosis.subscribed is True
        assert all(diagnosis.permissions.values())
        assert diagnosis.expiries == {"graph_version": EXPIRES[CURRENT]}


async def test_the_versions_end_is_told_a_month_before(scene: MetaScene) -> None:
    """INVARIANT: nobody learns from failing replies that the Graph version has ended."""
    for version, day, code in [
        ("v21.0", datetime(2026, 12, 20, tzinfo=UTC), None),
        ("v21.0", datetime(2026, 12, 23, tzinfo=UTC), "expiring"),
        ("v21.0", datetime(2027, 1, 22, tzinfo=UTC), "expired"),
        ("v20.0", TODAY, "expired"),
        ("v9.0", TODAY, "expired"),
    ]:
        page = scene.page(graph_version=version, now=lambda day=day: day)
        found = [fault.code for fault in (await page.check()).faults]
        assert found == ([code] if code else [])


async def test_a_version_newer_than_we_know_has_no_end(scene: MetaScene) -> None:
    assert expiry_of("v99.0") is None
    assert expiry_of(CURRENT) is not None
    assert faults(await scene.page(graph_version="v99.0").check()) == []


async def test_the_tokens_end_is_told(scene: MetaScene) -> None:
    soon = int(time.time()) + int(timedelta(days=5).total_seconds())
    scene.server.token |= {"expires_at": soon, "data_access_expires_at": 1}
    diagnosis = await scene.page().check()
    assert {code for code, _ in faults(diagnosis)} == {"expiring", "expired"}
    assert diagnosis.expiries["token"] == datetime.fromtimestamp(soon, UTC)


async def test_a_missing_permission_is_named(scene: MetaScene) -> None:
    scene.server.token["scopes"] = ["pages_show_list"]
    diagnosis = await scene.page().check()
    assert ("scope", "pages_manage_engagement") in faults(diagnosis)
    assert diagnosis.permissions["pages_show_list"]
    assert not diagnosis.permissions["pages_manage_engagement"]


@pytest.mark.parametrize("apps", [[], [{"id": "4711", "subscribed_fields": ["feed"]}]])
async def test_a_missing_subscription_is_a_fault(
    scene: MetaScene, apps: list[dict[str, object]]
) -> None:
    """INVARIANT: a Page from which no call will come does not look healthy."""
    scene.server.apps = apps
    for network in (scene.page(), scene.account()):
        diagnosis = await network.check()
        assert diagnosis.subscribed is False
        assert [code for code, _ in faults(diagnosis)] == ["not_subscribed"]
    scene.server.apps = [{"id": APP_ID, "subscribed_fields": ["messages"]}]
    assert (await scene.page().check()).subscribed is False
    assert (await scene.account().check()).subscribed is True


async def test_an_app_that_listens_to_nothing_is_a_fault(scene: MetaScene) -> None:
    """INVARIANT: an app whose webhook was never set up or turned off does not look healthy."""
    for row in scene.server.subscriptions:
        row["active"] = False
    for network, wanted in ((scene.page(), "page -> feed"), (scene.account(), "comments")):
        diagnosis = await network.check()
        assert diagnosis.subscribed is False
        ((code, detail),) = faults(diagnosis)
        assert code == "not_subscribed"
        assert wanted in detail


async def test_a_token_that_may_not_ask_the_page_is_no_fault_on_instagram(
    scene: MetaScene,
) -> None:
    refusal = Answer(403, {}, b'{"error": {"code": 210}}')
    scene.wire.next(refusal, path="subscribed_apps", times=2)
    diagnosis = await scene.account().check()
    assert (faults(diagnosis), diagnosis.subscribed) == ([], None)
    assert [code for code, _ in faults(await scene.page().check())] == ["scope"]


async def test_a_token_that_ended_is_a_fault_and_no_exception(scene: MetaScene) -> None:
    diagnosis = await scene.page(access_token="stolen").check()
    assert diagnosis.signed_in_as is None
    assert {code for code, _ in faults(diagnosis)} == {"token"}
    scene.server.token["is_valid"] = False
    assert ("token", "Meta says that the access token is no longer valid") in faults(
        await scene.page().check()
    )
    scene.server.token |= {"is_valid": True, "app_id": "4711"}
    assert "another app" in str(faults(await scene.page().check()))
    scene.server.token |= {"app_id": APP_ID, "type": "SYSTEM_USER"}
    assert "Page access token" in str(faults(await scene.page().check()))
    assert faults(await scene.account().check()) == []
    scene.server.token |= {"type": "PAGE", "profile_id": "4711"}
    for network in (scene.page(), scene.account()):
        assert "another Page" in str(faults(await network.check()))


async def test_meta_out_of_reach_is_a_fault_and_no_exception(scene: MetaScene) -> None:
    diagnosis = await facebook_page("http://127.0.0.1:9", scene.client).check()
    assert {code for code, _ in faults(diagnosis)} == {"unreachable"}
    assert diagnosis.subscribed is None


async def test_a_mistyped_id_is_noticed_at_once() -> None:
    with pytest.raises(ValidationError):
        facebook_page("http://127.0.0.1:9", page_id="lindenhof")
    with pytest.raises(ValidationError):
        facebook_page("http://127.0.0.1:9", page_id=PAGE, graph_version="26")
