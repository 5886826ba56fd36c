"""A radar whose engine has no opinion, and pages of partners that tell what happened to them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from schemas.watches import PostEdited, PostSeen
from services.kit.db import Pool, transaction
from services.outreach.main import radar_prompts
from services.outreach.radar.impression import Impression
from services.outreach.radar.spot import Radar, note, spot
from services.review.radar_events import Event, events
from services.store.radar_desk import list_radar
from tests.outreach.scene import CALM, Street

ATTACK = "Auf unser Büro wurde heute Nacht ein Brandanschlag verübt. Wir sind erschüttert."
AWARD = "Wir haben den Umweltpreis gewonnen und freuen uns riesig!"


class Undecided:
    """Doubts nothing that the rules are sure of."""

    async def of(self, texts: Sequence[str]) -> list[Impression]:
        return [Impression(0.5, 0.2) for _ in texts]


def listening(pool: Pool, address: str = "sie") -> Radar:
    return Radar(pool, Undecided(), radar_prompts(), address)


@dataclass(frozen=True)
class Partners:
    """Lets pages tell something, and looks as outreach does."""

    pool: Pool

    @property
    def street(self) -> Street:
        return Street(self.pool)

    async def tell(
        self, page: str, text: str, *, relation: str = "partner",
        ago: timedelta = timedelta(hours=1), looked_at: bool = True,
    ) -> PostSeen:  # fmt: skip
        seen = await self.street.post(page, text, relation=relation, ago=ago)
        await self.hear(seen)
        if looked_at:
            await self.street.look(seen, CALM)
        return seen

    async def hear(self, seen: PostSeen | PostEdited) -> None:
        now = datetime.now(UTC)
        item = await spot(listening(self.pool), seen, now)
        async with transaction(self.pool) as connection:
            await note(connection, seen, item, now)

    async def edit(self, seen: PostSeen, text: str) -> None:
        """Give the post another text, as ingest would, and hear of it."""
        revision = seen.revision + 1
        async with transaction(self.pool) as connection:
            await connection.execute(
                "insert into comment_revisions"
                " (comment_key, revision, native_revision, text, seen_at)"
                " values (%s, %s, %s, %s, now())",
                [seen.comment_key, revision, str(revision), text],
            )
            await connection.execute(
                "update comments set revision = %s where comment_key = %s",
                [revision, seen.comment_key],
            )
        await self.hear(PostEdited.model_validate({**seen.model_dump(), "revision": revision}))

    async def events(self) -> list[Event]:
        async with self.pool.connection() as connection:
            return events(await list_radar(connection, datetime.now(UTC)))

    async def waiting(self) -> list[Event]:
        return [one for one in await self.events() if one.waits]
