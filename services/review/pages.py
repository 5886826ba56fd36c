"""The queue and the page of one item."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from fastapi.sse import EventSourceResponse, ServerSentEvent
from starlette.responses import Response

from services.kit.db import transaction
from services.review.claims import show_item, visit_of
from services.review.context import Desk
from services.review.cursors import from_cursor, to_cursor
from services.review.item import LANES, chosen, item_context, with_stance
from services.review.menu import read_figures
from services.review.rights import may
from services.review.security import SignedIn
from services.store import desk as reads
from services.store.accounts import Person
from services.store.sessions import session_stands

PAGE = 40
LONGEST_STREAM = 3600.0
"""Seconds after which a browser's event stream is opened anew."""
LOOK_AGAIN = 60.0
"""Seconds after which a silent stream looks whether its session still stands."""

Key = Annotated[str, Path(pattern="^[0-9a-f]{32}$")]
LaneName = Annotated[str, Query(max_length=20)]
DraftName = Annotated[str, Query(max_length=20)]


async def stands(desk: Desk, person: Person) -> bool:
    """Return whether the person is still signed in, with the same role."""
    async with desk.pool.connection() as connection:
        return await session_stands(connection, person.session_id, person.role, desk.idle)


def pages_router(desk: Desk) -> APIRouter:
    """Return the routes that only read."""
    router = APIRouter(default_response_class=Response)

    @router.get("/")
    @may("items.read")
    async def queue(
        request: Request,
        person: SignedIn,
        *,
        lane: LaneName = "",
        draft: DraftName = "",
        show: Annotated[str, Query(max_length=20)] = "",
        after: Annotated[str, Query(max_length=80)] = "",
    ) -> Response:
        which, decided, place = chosen(lane, draft), show == "decided", from_cursor(after)
        async with desk.pool.connection() as connection:
            lanes = {count.lane: count for count in await reads.read_lanes(connection)}
            if decided:
                before = (place.at, place.comment_key) if place else None
                rows = await reads.read_decided_rows(
                    connection, which.lane, before=before, limit=PAGE + 1
                )
            else:
                rows = await reads.read_open_rows(
                    connection, which, person.account_id, after=place, limit=PAGE + 1
                )
            given = await reads.read_given(connection, person.account_id, limit=PAGE)
        more = to_cursor(rows[PAGE - 1], decided=decided) if len(rows) > PAGE else None
        fragment = "hx-request" in request.headers
        return desk.view.page(
            request, "_queue.html" if fragment else "queue.html", lanes=lanes, order=LANES,
            which=which, decided=decided, rows=rows[:PAGE], more=more, first=place is None,
            deadlines=desk.deadlines, given=[] if decided or place else given,
        )  # fmt: skip

    @router.get("/nav")
    @may("desk.use")
    async def nav(request: Request) -> Response:
        """Return the menu with its figures."""
        async with desk.pool.connection() as connection:
            badges = await read_figures(connection, datetime.now(UTC))
        return desk.view.page(request, "_nav.html", badges=badges)

    @router.get("/items/{comment_key}")
    @may("items.read")
    async def item(
        request: Request,
        person: SignedIn,
        comment_key: Key,
        *,
        lane: LaneName = "",
        draft: DraftName = "",
        stance: Annotated[str, Query(max_length=20)] = "",
    ) -> Response:
        visit = visit_of(person, desk.settings.claim_minutes)
        async with transaction(desk.pool) as connection:
            await show_item(connection, person, comment_key, visit)
            context = await item_context(
                desk, connection, visit, comment_key, lane=lane, draft=draft
            )
        return desk.view.page(request, "item.html", **with_stance(context, stance))

    @router.get("/items/{comment_key}/live")
    @may("items.read")
    async def item_live(
        request: Request,
        person: SignedIn,
        comment_key: Key,
        *,
        lane: LaneName = "",
        draft: DraftName = "",
        stamp: Annotated[str, Query(max_length=200)] = "",
        muting_stamp: Annotated[str, Query(max_length=200)] = "",
    ) -> Response:
        """Return what has changed on an item's page since the stamps."""
        visit = visit_of(person, desk.settings.claim_minutes)
        async with desk.pool.connection() as connection:
            context = await item_context(
                desk, connection, visit, comment_key, lane=lane, draft=draft
            )
        context |= {
            "live": True,
            "changed": context["stamp"] != stamp,
            "muting_changed": context["muting_stamp"] != muting_stamp,
        }
        return desk.view.page(request, "_item_live.html", **context)

    @router.get("/events", response_class=EventSourceResponse)
    @may("desk.use")
    async def events(
        person: SignedIn, thread: Annotated[str, Query(pattern="^([0-9a-f]{16})?$")] = ""
    ) -> AsyncIterator[ServerSentEvent]:
        """Stream `desk` when anything, and `thread` when this thread has changed."""
        left = (person.expires_at - datetime.now(UTC)).total_seconds()
        loop = asyncio.get_running_loop()
        ends = loop.time() + min(LONGEST_STREAM, left)
        with desk.live.subscribed(thread or None) as subscription:
            yield ServerSentEvent(comment="open", retry=2000)
            while (patience := ends - loop.time()) > 0:
                names = await subscription.next(desk.stopping, patience=min(patience, LOOK_AGAIN))
                if desk.stopping.is_set() or not await stands(desk, person):
                    return
                for name in names or ():
                    yield ServerSentEvent(event=name, raw_data="changed")

    return router
