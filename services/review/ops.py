"""Lists beside the queue: muted threads, dead letters, deadlines, the books."""

from datetime import UTC, datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from schemas.streams import STREAMS
from services.review.context import Desk
from services.review.cursors import from_letter, from_place, to_letter, to_place
from services.review.finding import Day
from services.review.letters import Words, which_of
from services.review.rights import may
from services.store import dead_letters, mute_figures, mutes
from services.store.books import read_books
from services.store.care import read_pace
from services.store.deadlines import read_waiting
from services.store.finding import Place
from services.store.spending import read_months

LETTERS = 30
MUTES = 40
PACE_OF = timedelta(days=30)
"""Time in which the team's pace is measured."""


def ops_router(desk: Desk) -> APIRouter:
    """Return the pages that show how things stand."""
    router = APIRouter(default_response_class=Response)

    @router.get("/muted")
    @may("mutes.read")
    async def muted(request: Request, after: Annotated[str, Query(max_length=80)] = "") -> Response:
        place = from_place(after)
        async with desk.pool.connection() as connection:
            standing = await mutes.read_mutes(
                connection, after=(place.at, place.comment_key) if place else None, limit=MUTES + 1
            )
            past = await mutes.read_past_mutes(connection)
            figures = await mute_figures.read_figures(connection)
            own = await mute_figures.read_page_muting(connection)
        saved = timedelta(seconds=figures.held_back * figures.seconds)
        last = standing[MUTES - 1] if len(standing) > MUTES else None
        more = to_place(Place(last.muted_at, last.mute_id)) if last else None
        return desk.view.page(
            request, "muted.html", standing=standing[:MUTES], past=past, figures=figures, own=own,
            saved_since=datetime.now(UTC) - saved, more=more, first=place is None,
        )  # fmt: skip

    @router.get("/dead")
    @may("letters.read")
    async def dead(
        request: Request, after: Annotated[str, Query(max_length=2100)] = "",
        consumer: Words = "", reason: Words = "", since: Day = "",
    ) -> Response:  # fmt: skip
        which = which_of(consumer, reason, since)
        async with desk.pool.connection() as connection:
            letters = await dead_letters.read_waiting_letters(
                connection, limit=LETTERS + 1, before=from_letter(after), which=which
            )
            settled = await dead_letters.read_settled_letters(connection)
            waiting = await dead_letters.count_waiting(connection)
        more = to_letter(letters[LETTERS - 1]) if len(letters) > LETTERS else None
        return desk.view.page(
            request, "dead.html", letters=letters[:LETTERS], settled=settled, more=more,
            streams={stream.name for stream in STREAMS}, first=not after, waiting=waiting,
            which=which, since=since if which.since else "",
        )  # fmt: skip

    @router.get("/waiting")
    @may("items.read")
    async def waiting(request: Request) -> Response:
        async with desk.pool.connection() as connection:
            rows = await read_waiting(connection, desk.deadlines, datetime.now(UTC))
        return desk.view.page(request, "waiting.html", waiting=rows, deadlines=desk.deadlines)

    @router.get("/books")
    @may("books.read")
    async def books(request: Request) -> Response:
        async with desk.pool.connection() as connection:
            counted = await read_books(connection)
            muting = await mute_figures.read_figures(connection)
            months = await read_months(connection)
            pace = await read_pace(connection, PACE_OF)
        return desk.view.page(
            request, "books.html", books=counted, pace=pace, muting=muting, months=months,
            settings=desk.settings,
        )  # fmt: skip

    return router
