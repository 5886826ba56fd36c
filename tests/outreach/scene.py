"""Watched pages with posts that were read, in a real database; no network is asked."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from schemas.inbound import InboundEvent
from schemas.watches import PostSeen
from services.ingest.take import take_in
from services.kit.db import Pool, transaction
from services.outreach.choose import OLDEST
from services.review.watch_list import read_entry
from services.store import opportunities, watches
from services.store.opportunities import Candidate, Look
from services.store.post_readings import PostReading, save_reading
from services.store.watch_readings import Visited, note_visit
from tests.ingest.events import KEY
from tests.review.reading import rows

CALM = Look(remarks=3, hostile=0, quarrel=False, ours=False, said=None)
US = "sandbox:us"


@dataclass(frozen=True)
class Street:
    """Stores watched pages and what they say."""

    pool: Pool

    async def page(self, name: str, relation: str = "news", readers: int = 5000) -> str:
        """Watch a page, as if it had been read once; return the watch."""
        entry = read_entry(name, "sandbox", name, relation, "Hitze")
        now = datetime.now(UTC)
        async with transaction(self.pool) as connection:
            await watches.add_watches(connection, [entry], by="command", now=now)
        return entry.watch_id

    async def post(
        self, page: str, text: str = "Es wird heiß.", *, author: str | None = None,
        ago: timedelta = timedelta(hours=2), nearness: float = 0.9, relation: str = "news",
    ) -> PostSeen:  # fmt: skip
        """Let a page, or somebody who writes there, post; it is read at once."""
        watch_id, post = await self.page(page, relation), uuid4().hex
        made = datetime.now(UTC) - ago
        event = InboundEvent.model_validate(
            {
                "id": f"{post}#1", "source": US, "type": "comment.received.v1", "time": made,
                "data": {
                    "network": "sandbox", "native_id": post, "revision": "1",
                    "page": {"native_id": author or page, "name": page, "relation": relation},
                    "root": {"native_id": post, "text": text},
                    "author": {"native_id": author or page, "display_name": author or page},
                    "text": text, "visibility": "public", "created_at": made,
                },
            }
        )  # fmt: skip
        now = datetime.now(UTC)
        async with transaction(self.pool) as connection:
            await take_in(connection, [event], pseudonym_key=KEY, now=now, watch_id=watch_id)
        ((key, thread, page_key),) = await rows(
            self.pool, "select comment_key, thread_key, page_key from comments"
            f" join threads using (thread_key) where native_id = '{post}'",
        )  # fmt: skip
        async with transaction(self.pool) as connection:
            if author is None:
                visited = Visited(
                    due_at=now, memory=None, page_key=page_key, readers=5000, news=1, strangers=0
                )
                await note_visit(connection, watch_id, visited, now)
            reading = PostReading(
                key, 1, "words384", nearness, None, None, ["Hitze"], "de", asks=False, off=False
            )
            await save_reading(connection, reading, now)
        return PostSeen(
            happened_at=now, network="sandbox", thread_key=thread, comment_key=key, revision=1,
            watch_id=watch_id,
        )  # fmt: skip

    async def candidates(self) -> list[Candidate]:
        now = datetime.now(UTC)
        async with self.pool.connection() as connection:
            return await opportunities.read_candidates(connection, now, since=now - OLDEST)

    async def offered(self, page: str, look: Look | None = CALM, **post: object) -> PostSeen:
        """Post and offer it to the team, its thread looked at a moment ago."""
        seen = await self.post(page, **post)  # type: ignore[arg-type]  # named by the test
        await self.offer(seen)
        if look is not None:
            await self.look(seen, look)
        return seen

    async def offer(self, seen: PostSeen) -> None:
        (candidate,) = [
            one for one in await self.candidates() if one.comment_key == seen.comment_key
        ]
        now = datetime.now(UTC)
        async with transaction(self.pool) as connection:
            assert await opportunities.add_opportunity(
                connection, candidate, score=0.7, parts={"near": 0.8, "fresh": 0.9},
                day=now.astimezone().date(), now=now,
            )  # fmt: skip

    async def look(self, seen: PostSeen, look: Look, ago: timedelta = timedelta()) -> None:
        async with transaction(self.pool) as connection:
            await opportunities.keep_look(
                connection, seen.comment_key, look, datetime.now(UTC) - ago
            )
