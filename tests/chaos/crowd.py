"""People on the sandbox network: they comment at a pace, and some edit or delete afterwards."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

import httpx

from services.demo import sample

PAGE = "lindenhof"
POSTS_PER = 12
"""Comments under one post on the mean; replies in a thread are limited by deliver."""
PIECE = 10


@dataclass
class Crowd:
    """Offers comments; `offered` counts those that the network holds."""

    client: httpx.AsyncClient
    """Speaks with the administrator's token."""
    seed: int
    comments: int
    offered: int = 0
    changed: dict[str, str] = field(default_factory=dict)
    """What some comments went through, by id."""
    enough: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when no more comments are to come."""

    async def arrive(self) -> None:
        """Found page, people and posts."""
        posts = max(3, self.comments // POSTS_PER)
        people = max(5, self.comments // 3)
        await self._plant(
            pages=[{"id": PAGE, "name": "Lindenhof e. V."}],
            accounts=[{"id": f"u{n}", "display_name": f"Person {n}"} for n in range(people)],
            posts=[
                {"id": f"post{n}", "page": PAGE, "text": f"Aktuelles aus Haus {n}."}
                for n in range(posts)
            ],
        )

    async def comment(self, seconds: float) -> None:
        """Write all comments, spread evenly over so many seconds, unless told that it is enough."""
        random = Random(self.seed)
        words = [one["text"] for one in sample.comments() if 20 < len(one["text"]) < 300]
        posts, people = max(3, self.comments // POSTS_PER), max(5, self.comments // 3)
        loop = asyncio.get_running_loop()
        begin = loop.time()
        for piece in _pieces(range(self.comments)):
            await asyncio.sleep(begin + seconds * piece[0] / self.comments - loop.time())
            if self.enough.is_set():
                return
            await self._plant(
                comments=[
                    {
                        "id": f"c{n}", "author": f"u{random.randrange(people)}",
                        "under": f"post{random.randrange(posts)}",
                        "text": f"{random.choice(words)} [{n}]",
                        "visibility": "direct" if random.random() < 0.01 else "public",
                    }
                    for n in piece
                ]
            )  # fmt: skip
            self.offered += len(piece)
            await self._change_mind(random)

    async def _change_mind(self, random: Random) -> None:
        """Edit or delete an earlier comment now and then."""
        lot, chosen = random.random(), random.randrange(self.offered)
        if lot > 0.4 or f"c{chosen}" in self.changed:
            return
        name, path = f"c{chosen}", f"/api/comments/c{chosen}"
        note = (await self._ask("GET", f"/api/comments/{name}", "u0")).json()
        author = note.get("author", {}).get("id")
        if author is None:
            return
        if lot < 0.15:
            self.changed[name] = "deleted"
            await self._ask("DELETE", path, author)
        else:
            self.changed[name] = "edited"
            await self._ask("PUT", path, author, {"text": f"Genauer gefragt: wann? [{chosen}]"})

    async def _plant(self, **seed: Sequence[dict[str, Any]]) -> None:
        answer = await self.client.post("/api/admin/seed", json=seed)
        answer.raise_for_status()

    async def _ask(
        self, method: str, path: str, person: str, body: dict[str, str] | None = None
    ) -> httpx.Response:
        """Do it as a person, again until an answer comes: faults are meant for the services."""
        while True:
            try:
                answer = await self.client.request(
                    method, path, json=body, headers={"X-Act-As": person}
                )
            except httpx.HTTPError:
                continue
            if answer.status_code < 429:
                return answer


def _pieces(numbers: Sequence[int]) -> Iterator[Sequence[int]]:
    return (numbers[start : start + PIECE] for start in range(0, len(numbers), PIECE))
