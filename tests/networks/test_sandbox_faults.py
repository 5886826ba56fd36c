"""Faults that were ordered happen to real requests, and to no others."""

import asyncio
import sqlite3
from pathlib import Path

import httpx
import pytest

from services.networks.network import OutcomeUnknown, Temporary
from services.networks.sandbox.server import STATE_FILE, create_app
from tests.networks.conftest import running
from tests.networks.sandbox_town import ADMIN, Town, bearer, town_settings
from tests.networks.stage import outgoing

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_faults_wait_for_their_kind_of_request(town: Town) -> None:
    comment = await town.comment(await town.post(), "Hallo")
    await town.fault("status", on="read", status=500)
    await town.fault("status", on="listen", status=503, retry_after=4)
    network = town.network(client=town.client)
    await network.reply(outgoing(parent_id=comment, text="Hallo", key="f1"))
    with pytest.raises(Temporary) as listening:
        await anext(network.listen(None))
    assert listening.value.retry_after == 4
    with pytest.raises(Temporary):
        await network.read(comment)
    assert await network.read(comment) is not None


async def test_faults_come_as_often_and_in_the_order_they_were_ordered(town: Town) -> None:
    await town.fault("status", status=500, times=2)
    await town.fault("status", status=503)
    post = await town.post()
    statuses = [
        (
            await town.call("POST", f"/api/comments/{post}/replies", "lindenhof", {"text": "x"})
        ).status_code
        for _ in range(4)
    ]
    assert statuses == [500, 500, 503, 201]


async def test_a_dropped_read_is_worth_another_try(town: Town) -> None:
    comment = await town.comment(await town.post(), "Hallo")
    network = town.network(client=town.client)
    for kind in ("drop_before", "accept_then_drop"):
        await town.fault(kind, on="read")
        with pytest.raises(Temporary):
            await network.read(comment)
    assert await network.read(comment) is not None


async def test_a_late_write_is_an_unknown_outcome_and_still_one_reply(tmp_path: Path) -> None:
    """INVARIANT: a reply that the network carries out after we gave up waiting is not doubled."""
    settings = town_settings(tmp_path)
    async with running(create_app(settings)) as url, Town.at(url) as town:
        slow, silent = [await town.comment(await town.post(), text) for text in "AB"]
        await town.fault("delay", seconds=3, times=2)
        async with httpx.AsyncClient(trust_env=False, timeout=30) as client:
            hasty = town.network(client=client, patience=0.1)
            for comment in (slow, silent):
                with pytest.raises(OutcomeUnknown):
                    await hasty.reply(outgoing(parent_id=comment, text="!", key=comment))
        network = town.network(client=town.client)
        assert await network.find_reply(outgoing(parent_id=slow, key=slow, text="!")) is None
        retried = await network.reply(outgoing(parent_id=slow, text="!", key=slow))
    async with running(create_app(settings)) as url, Town.at(url) as town:
        assert [reply["id"] for reply in await town.replies(slow)] == [retried.native_id]
        network = town.network(client=town.client)
        late = await network.find_reply(outgoing(parent_id=silent, key=silent, text="!"))
        assert late is not None
        assert len(await town.replies(silent)) == 1


async def test_a_caller_who_leaves_amid_the_request_does_no_harm(town: Town) -> None:
    post = await town.post()
    address = httpx.URL(town.url)
    _, writer = await asyncio.open_connection(address.host, address.port)
    writer.write(
        f"POST /api/comments/{post}/replies HTTP/1.1\r\nHost: x\r\nContent-Length: 30\r\n"
        'Authorization: Bearer lindenhof-token\r\n\r\n{"text": '.encode()
    )
    await writer.drain()
    writer.close()
    await writer.wait_closed()
    assert await town.comment(post, "Weiter geht es")
    assert len(await town.replies(post)) == 1


async def test_faults_can_be_called_off(town: Town) -> None:
    await town.fault("drop_before", times=1000)
    await town.fault("status", on="read", times=1000)
    answer = await town.client.delete("/api/admin/faults", headers=bearer(ADMIN))
    assert answer.json() == {"write": 0, "read": 0, "listen": 0}
    assert await town.comment(await town.post(), "geht")


async def test_browsers_and_the_administrator_meet_no_faults(town: Town) -> None:
    await town.fault("drop_before", on="read")
    await town.fault("drop_before", on="write")
    assert (await town.client.get("/")).status_code == 200
    assert await town.seed(accounts=[{"id": "ungestoert", "display_name": "U"}]) == 1
    await town.client.delete("/api/admin/faults", headers=bearer(ADMIN))


@pytest.mark.parametrize(
    "order",
    [{}, {"kind": "fire"}, {"kind": "status", "status": 200}, {"kind": "delay", "times": 0}],
)
async def test_a_senseless_order_is_refused(town: Town, order: object) -> None:
    answer = await town.client.post("/api/admin/faults", json=order, headers=bearer(ADMIN))
    assert answer.status_code == 422


async def test_a_failure_of_the_network_itself_is_said_and_not_taken_for_a_no(
    tmp_path: Path,
) -> None:
    async with running(create_app(town_settings(tmp_path))) as url, Town.at(url) as town:
        comment = await town.comment(await town.post(), "Hallo")
        state = sqlite3.connect(tmp_path / STATE_FILE)
        state.execute("DROP TABLE blocks")
        state.close()
        network = town.network(client=town.client)
        with pytest.raises(OutcomeUnknown, match="500 internal"):
            await network.reply(outgoing(parent_id=comment, text="Hallo", key="k"))
        with pytest.raises(Temporary, match="500 internal"):
            await network.read(comment)


async def test_a_folder_that_cannot_be_written_keeps_the_network_from_starting(
    tmp_path: Path,
) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(OSError, match="file"):
        async with running(create_app(town_settings(tmp_path / "file"))) as url:
            await httpx.AsyncClient().get(url)
