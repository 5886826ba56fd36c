"""A town on the sandbox network: three pages, and people who comment there over real HTTP."""

import asyncio
import itertools
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
from pydantic import SecretStr

from services.kit.web import listening_socket
from services.networks.sandbox.connector import SandboxNetwork
from services.networks.sandbox.server import create_app, serving
from services.networks.sandbox.settings import PageToken, SandboxSettings

ADMIN = "admin-token"
ATTACKS = [
    "<script>document.title='owned'</script>",
    "<img src=x onerror=document.title='owned'>",
    '"><svg onload=document.title="owned">',
    "</textarea><script>document.title='owned'</script>",
    "{{ 7*7 }}{% raw %}",
    "javascript:document.title='owned'",
    "https://x.example/\"onmouseover=\"document.title='owned'",
]
"""What must stay text wherever it is shown."""
PAGES: list[dict[str, Any]] = [
    {"id": "tagblatt", "name": "Tagblatt"},
    {"id": "radhaus", "name": "Radhaus"},
    {
        "id": "lindenhof",
        "name": "Lindenhof e. V.",
        "about": "Nachbarschaft im Viertel",
        "watches": [
            {"page": "tagblatt", "relation": "news"},
            {"page": "radhaus", "relation": "partner"},
        ],
    },
]


def town_settings(data: Path, **changes: Any) -> SandboxSettings:
    """Settings with one token per page, named after it."""
    tokens = tuple(
        PageToken(token=SecretStr(f"{page['id']}-token"), pages=(page["id"],)) for page in PAGES
    )
    settings = SandboxSettings(
        data=data, tokens=tokens, admin_token=SecretStr(ADMIN), write_limit=10_000
    )
    return settings.model_copy(update=changes)


class Town:
    """Acts for people and pages; every id it gives away is new."""

    def __init__(self, url: str, client: httpx.AsyncClient) -> None:
        self.url = url
        self.client = client
        self._numbers = itertools.count(1)

    @classmethod
    @asynccontextmanager
    async def at(cls, url: str) -> AsyncIterator["Town"]:
        """Found the town on the network at this address, or find it there."""
        async with httpx.AsyncClient(base_url=url, trust_env=False, timeout=30) as client:
            town = cls(url, client)
            await town.seed(pages=PAGES)
            yield town

    def network(self, page: str = "lindenhof", **changes: Any) -> SandboxNetwork:
        """Return a connector of the page, with its own client unless one is given."""
        return SandboxNetwork(self.url, changes.pop("token", f"{page}-token"), page, **changes)

    async def seed(self, **world: Any) -> int:
        """Plant a part of the world; returns how much of it was new."""
        answer = await self.client.post("/api/admin/seed", json=world, headers=bearer(ADMIN))
        assert answer.status_code == 200, answer.text
        return int(answer.json()["planted"])

    async def person(self, name: str = "Jana Krüger") -> str:
        person_id = f"person-{next(self._numbers)}"
        await self.seed(accounts=[{"id": person_id, "display_name": name}])
        return person_id

    async def post(self, page: str = "lindenhof", text: str = "Am Samstag ist Hoffest.") -> str:
        post_id = f"post-{next(self._numbers)}"
        await self.seed(posts=[{"id": post_id, "page": page, "text": text}])
        return post_id

    async def comment(self, under: str, text: str, *, by: str | None = None) -> str:
        answer = await self.call(
            "POST", f"/api/comments/{under}/replies", by or await self.person(), {"text": text}
        )
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    async def message(self, page: str, text: str, *, by: str | None = None) -> str:
        sender = by or await self.person()
        answer = await self.call("POST", "/api/messages", sender, {"page": page, "text": text})
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    async def fault(self, kind: str, **details: Any) -> None:
        """Order a fault for the next request of a kind."""
        answer = await self.client.post(
            "/api/admin/faults", json={"kind": kind, **details}, headers=bearer(ADMIN)
        )
        assert answer.status_code == 200, answer.text

    async def call(
        self,
        method: str,
        path: str,
        actor: str,
        body: Any = None,
        headers: dict[str, str] | None = None,
    ) -> httpx.Response:
        """Call the API in the name of a person or page."""
        return await self.client.request(
            method,
            path,
            json=body,
            headers=bearer(ADMIN) | {"X-Act-As": actor} | (headers or {}),
        )

    async def events(self, page: str = "lindenhof", after: int = 0) -> list[dict[str, Any]]:
        """Return all events of a page's feed after the cursor."""
        found: list[dict[str, Any]] = []
        while True:
            answer = await self.client.get(
                "/api/events", params={"after": after}, headers=bearer(f"{page}-token")
            )
            assert answer.status_code == 200, answer.text
            stretch = answer.json()
            if not stretch["events"]:
                return found
            found += stretch["events"]
            after = stretch["cursor"]

    async def replies(self, note_id: str, page: str = "lindenhof") -> list[dict[str, Any]]:
        """Return the replies to a comment as a page sees them."""
        answer = await self.client.get(
            f"/api/comments/{note_id}/replies", headers=bearer(f"{page}-token")
        )
        assert answer.status_code == 200, answer.text
        return list(answer.json()["replies"])


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


async def _serve(data: Path) -> None:
    async with serving(create_app(town_settings(data)), listening_socket()) as url:
        sys.stdout.write(f"{url}\n")
        sys.stdout.flush()
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(_serve(Path(sys.argv[1])))
