"""The ops board: what waits where, what came and went, what is wrong."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from fastapi import APIRouter, Request
from starlette.responses import Response

from schemas.streams import CONSUMERS
from services.kit.queues import QueueReading, StreamReading
from services.review.context import Desk
from services.review.house_state import HouseReader, HouseState
from services.review.rights import may
from services.review.sparkline import HEIGHT, WIDTH, WINDOW, Chart, chart_of, rate
from services.store import alarms, queues
from services.store.queues import Sample

STALE = timedelta(seconds=60)
"""Age of the last look after which the page says that nobody looks."""


@dataclass(frozen=True)
class Row:
    """A queue as the board shows it; without `reading` the broker does not know it."""

    queue: str
    service: str
    reading: QueueReading | None
    chart: Chart
    rate: tuple[float, float] | None
    """Messages a minute that came and went; None when nobody has looked long enough."""

    @property
    def quiet(self) -> bool:
        """True when nothing waits and nothing moved for an hour."""
        waits = self.reading is None or self.reading.depth > 0
        return not waits and not self.chart.came and not self.chart.went


@dataclass(frozen=True)
class Board:
    """Everything on the page."""

    rows: Sequence[Row]
    streams: Sequence[StreamReading]
    house: HouseState
    standing: Sequence[alarms.Alarm]
    cleared: Sequence[alarms.Alarm]
    undelivered: Sequence[alarms.Undelivered]
    read_at: datetime | None
    """When the bus was read last."""

    @property
    def groups(self) -> list[tuple[str, list[Row]]]:
        """The rows by the service that reads them."""
        grouped: dict[str, list[Row]] = {}
        for row in self.rows:
            grouped.setdefault(row.service, []).append(row)
        return list(grouped.items())

    def stale(self, now: datetime) -> bool:
        return self.read_at is None or now - self.read_at > STALE


def rows_of(
    readings: Sequence[QueueReading], samples: Mapping[str, Sequence[Sample]], now: datetime
) -> list[Row]:
    """Return a row for every consumer, in the order in which a comment travels. Pure."""
    known = {reading.queue: reading for reading in readings}
    return [
        Row(
            queue=consumer.name,
            service=consumer.service,
            reading=known.get(consumer.name),
            chart=chart_of(samples.get(consumer.name, ()), now),
            rate=rate(samples.get(consumer.name, ()), now),
        )
        for consumer in CONSUMERS
    ]


async def read_board(house: HouseReader, now: datetime) -> Board:
    """Read the page's content; nothing here asks the bus, the sampler has."""
    state = await house.read(now)
    async with house.pool.connection() as connection:
        return Board(
            rows=rows_of(
                await queues.read_queues(connection),
                await queues.read_samples(connection, now - WINDOW),
                now,
            ),
            streams=await queues.read_streams(connection),
            house=state,
            standing=await alarms.read_standing(connection),
            cleared=await alarms.read_cleared(connection),
            undelivered=await alarms.read_undelivered(connection),
            read_at=await queues.sampled_at(connection),
        )


def board_router(desk: Desk) -> APIRouter:
    """Return the board; htmx gets the part that changes."""
    router = APIRouter(default_response_class=Response)
    house = HouseReader(desk.pool, desk.settings)

    @router.get("/queues")
    @may("queues.read")
    async def board(request: Request) -> Response:
        now = datetime.now(UTC)
        found = await read_board(house, now)
        template = "_board.html" if "hx-request" in request.headers else "board.html"
        return desk.view.page(
            request, template, board=found, house=found.house, stale=found.stale(now),
            settings=desk.settings, width=WIDTH, height=HEIGHT,
        )  # fmt: skip

    return router
