"""The small server answers as a real one was recorded to answer."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from websockets.asyncio.client import connect

from tests.networks.mastodon_server import Server, mastodon_server
from tests.networks.mastodon_shape import derive, misfits, recorded
from tests.networks.mastodon_square import square
from tests.networks.mastodon_world import GOTOSOCIAL, MASTODON, Flavour

in_module = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server() -> AsyncIterator[Server]:
    async with mastodon_server() as running:
        yield running


@in_module
@pytest.mark.parametrize("flavour", [MASTODON, GOTOSOCIAL])
async def test_each_answer_fits_what_was_recorded(server: Server, flavour: Flavour) -> None:
    """INVARIANT: what the connector is tested against looks like a real server."""
    async with square(server, flavour) as here:
        server, world = here.server, here.server.world
        address = f"{server.entities.instance()['configuration']['urls']['streaming']}"
        url = f"{address.replace('wss', 'ws')}/api/v1/streaming?stream=user"
        header = {"Authorization": f"Bearer {here.org.token}"}
        async with connect(url, additional_headers=header, proxy=None) as stream:
            comment = here.comment("Wann? #Fest https://example.org/", spoiler="Politik")
            world.edit(here.jana, comment.id, f"@{here.org.username} Wann genau?")
            direct = here.comment("unter uns", visibility="direct")
            world.post(here.org, "Noch etwas")
            frames = [json.loads(await stream.recv()) for _ in range(3)]
            world.delete(here.jana, direct.id)
            frames.append(json.loads(await stream.recv()))
        assert [frame["event"] for frame in frames] == [
            "notification",
            "notification",
            "update",
            "delete",
        ]
        shape = recorded()
        asked = {
            "/api/v2/instance": "instance",
            "/api/v1/accounts/verify_credentials": "account",
            f"/api/v1/accounts/lookup?acct={here.jana.acct}": "account",
            f"/api/v1/statuses/{comment.id}": "status",
            f"/api/v1/statuses/{here.root.id}": "status",
            f"/api/v1/statuses/{here.root.id}/context": "context",
            f"/api/v1/statuses/{comment.id}/context": "context",
            "/api/v1/notifications": "[notification]",
            f"/api/v1/accounts/{here.org.id}/statuses": "[status]",
        }
        found = [fault for frame in frames for fault in misfits(shape, "frame", frame)]
        for path, entity in asked.items():
            answer = await here.client.get(f"{server.url}{path}", headers=header)
            said = answer.json()
            assert said, path
            for one in said if entity.startswith("[") else [said]:
                found += misfits(shape, entity.strip("[]"), one)
        posted = await here.client.post(
            f"{server.url}/api/v1/statuses", headers=header, json={"status": "Ja."}
        )
        found += misfits(shape, "status", posted.json())
        assert found == []


@in_module
@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"id": 7}, "status.id: is number, recorded string"),
        ({"karma": 1}, "status.karma: unknown"),
        ({"content": None}, "status.content: is null, recorded string"),
    ],
)
async def test_another_shape_is_noticed(
    server: Server, changes: dict[str, Any], fault: str
) -> None:
    async with square(server, GOTOSOCIAL) as here:
        said = here.server.entities.status(here.root)
        assert misfits(recorded(), "status", said) == []
        assert misfits(recorded(), "status", said | changes) == [fault]
        del said["visibility"]
        assert misfits(recorded(), "status", said) == ["status.visibility: missing"]


def test_a_shape_holds_types_and_no_values(tmp_path: Path) -> None:
    said = {"id": "secret", "account": {"id": "name", "acct": "n"}, "tags": [{"name": "x"}, {}]}
    (tmp_path / "gotosocial_status_x.json").write_text(json.dumps(said))
    shape = derive(tmp_path)
    assert shape["status"][".account"] == "@account"
    assert shape["account"][".id"] == "string"
    assert shape["status"][".tags[].name"] == "string?"
    assert "secret" not in json.dumps(shape)
