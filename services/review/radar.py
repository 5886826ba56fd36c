"""The page of partners' joys and sorrows: what happened, why we think so, a few words to send."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from services.kit.db import Connection
from services.review import going_out as going
from services.review.context import Desk
from services.review.going_out import GoingRefusal
from services.review.going_pages import GoingPage, choose
from services.review.pages import Key
from services.review.radar_events import Event, events
from services.review.rights import may
from services.review.security import SignedIn, with_token
from services.review.worklist import Worklist
from services.store.radar_desk import list_radar


def radar_router(desk: Desk) -> APIRouter:
    """Return the page of the radar and its forms."""
    router = APIRouter(default_response_class=Response)
    page = _RadarPage(desk, "/radar")

    @router.get("/radar")
    @may("opportunities.read")
    async def listed(request: Request, at: Annotated[str, Query(max_length=64)] = "") -> Response:
        return await page.show(request, at)

    page.add_posts(router)

    @router.post("/radar/{comment_key}/pass", dependencies=[Depends(with_token)])
    @may("opportunities.decide")
    async def let_pass(request: Request, person: SignedIn, comment_key: Key) -> Response:
        work = going.judge(desk.pool, person.account_id, comment_key, "not_useful")
        return await page.carry_out(request, comment_key, "going_passed", work)

    return router


class _RadarPage(GoingPage):
    async def show(
        self, request: Request, at: str, *, refused: GoingRefusal | None = None,
        text: str | None = None,
    ) -> Response:  # fmt: skip
        now = datetime.now(UTC)
        async with self.desk.pool.connection() as connection:
            listed = events(await list_radar(connection, now))
            posts = [event.one for event in listed]
            chosen = await choose(connection, posts, _worklist(listed), at, now)
        return self.desk.view.page(
            request, "radar.html", status=409 if refused else 200, listed=listed, chosen=chosen,
            event=listed[posts.index(chosen.one)] if chosen else None, refused=refused, typed=text,
        )  # fmt: skip

    async def order(self, connection: Connection, _: str, now: datetime, /) -> Worklist:
        return _worklist(events(await list_radar(connection, now)))


def _worklist(listed: Sequence[Event]) -> Worklist:
    waiting = {event.one.comment_key for event in listed if event.waits}
    return Worklist([event.one.comment_key for event in listed], waiting)
