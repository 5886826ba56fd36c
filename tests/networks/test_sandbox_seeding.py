"""A sample world is planted once, as a whole, with dates of its own."""

import httpx
import pytest

from tests.networks.sandbox_town import ADMIN, Town, bearer

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def plant(town: Town, world: object) -> httpx.Response:
    return await town.client.post("/api/admin/seed", json=world, headers=bearer(ADMIN))


async def test_a_seed_keeps_its_dates_and_changes_nothing_the_second_time(town: Town) -> None:
    world = {
        "pages": [{"id": "verein", "name": "Verein", "watches": []}],
        "accounts": [{"id": "ole", "display_name": "Ole", "handle": "ole"}],
        "posts": [
            {
                "id": "alt",
                "page": "verein",
                "text": "Damals",
                "created_at": "2025-03-01T10:00:00+01:00",
                "locked": True,
            }
        ],
        "comments": [
            {
                "id": "alt-1",
                "author": "ole",
                "under": "alt",
                "text": "Früh dran",
                "created_at": "2025-03-01T11:30:00+01:00",
            },
            {"id": "alt-2", "author": "verein", "under": "alt-1", "text": "Danke"},
            {"id": "alt-3", "author": "ole", "to": "verein", "text": "Privat"},
        ],
    }
    assert (await plant(town, world)).json() == {"planted": 6}
    before = (await town.call("GET", "/api/threads/alt", "verein")).json()
    assert (await plant(town, world)).json() == {"planted": 0}
    assert (await town.call("GET", "/api/threads/alt", "verein")).json() == before
    first, second = before["comments"]
    assert first["created_at"] == "2025-03-01T10:30:00+00:00"
    assert second["parent_id"] == "alt-1"
    assert before["root"]["why_not"] == "locked"
    private = (await town.call("GET", "/api/comments/alt-3", "verein")).json()
    assert private["visibility"] == "direct"


async def test_a_seed_that_is_refused_leaves_nothing_behind(town: Town) -> None:
    world = {
        "accounts": [{"id": "halb", "display_name": "Halb"}],
        "comments": [{"id": "nirgends", "author": "halb", "under": "nicht-da", "text": "?"}],
    }
    answer = await plant(town, world)
    assert answer.status_code == 422
    assert "nirgends" in answer.json()["message"]
    assert (await town.call("GET", "/api/comments/x", "halb")).status_code == 404
    assert (await plant(town, {"accounts": world["accounts"]})).json() == {"planted": 1}


@pytest.mark.parametrize(
    "world",
    [
        {"pages": [{"id": "mit leer", "name": "X"}]},
        {"pages": [{"id": "ok", "name": " "}]},
        {"pages": [{"id": "ok", "name": "X", "watches": [{"page": "weg", "relation": "own"}]}]},
        {"pages": [{"id": "ok", "name": "X", "colour": "red"}]},
        {"accounts": [{"id": "ok", "display_name": "X", "handle": "x" * 101}]},
        {"posts": [{"id": "p", "page": "nobody", "text": "x"}]},
        {"posts": [{"id": "p", "page": "lindenhof", "text": "x", "created_at": "2025-01-01"}]},
        {"posts": [{"id": "p", "page": "lindenhof", "text": "x" * 501}]},
        {"comments": [{"id": "c", "author": "nobody", "under": "p", "text": "x"}]},
    ],
)
async def test_a_broken_seed_is_refused(town: Town, world: object) -> None:
    assert (await plant(town, world)).status_code == 422
    assert (await town.call("GET", "/api/comments/x", "ok")).json()["message"].count("'ok'")
