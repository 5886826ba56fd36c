"""The queue and the page of one item."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Annotated, Any, get_args

from fastapi import APIRouter, HTTPException, Path, Query, Request
from fastapi.sse import EventSourceResponse, ServerSentEvent
from starlette.responses import Response

from schemas.comments import Lane
from services.kit.db import Connection
from services.networks.connections import reply_limit
from services.review.context import Desk
from services.review.conversation import arrange
from services.review.cursors import from_cursor, to_cursor
from services.review.evidence import gather
from services.review.refusals import MAX_DAYS
from services.review.security import SignedIn
from services.store import decisions, desk_item, mutes
from services.store import desk as reads
from services.store.desk import QueueFilter

LANES: tuple[Lane, ...] = ("urgent", "answer", "acknowledge", "discuss", "rest")
PAGE = 40
NOTHING_TYPED: dict[str, str | None] = {"form": "", "text": None, "reason": "", "days": ""}
LONGEST_STREAM = 3600.0
"""Seconds after which a browser's event stream is opened anew."""

Key = Annotated[str, Path(pattern="^[0-9a-f]{32}$")]
LaneName = Annotated[str, Query(max_length=20)]
DraftName = Annotated[str, Query(max_length=20)]


def chosen(lane: str, draft: str, default: Lane | None = None) -> QueueFilter:
    """Return the filter that an address names; what it does not know is not restricted."""
    known = next((name for name in LANES if name == lane), None if lane == "all" else default)
    drafts = next((name for name in get_args(reads.DraftFilter) if name == draft), None)
    return QueueFilter(known, drafts)


async def item_context(
    connection: Connection, comment_key: str, lane: str, draft: str, mute_days: int
) -> dict[str, Any]:
    """Return everything the page of an item shows; raises 404 when there is no such item."""
    head = await desk_item.read_head(connection, comment_key)
    if head is None:
        raise HTTPException(404)
    which = chosen(lane, draft, head.lane)
    made = await desk_item.read_draft(connection, head.draft_id) if head.draft_id else None
    returned = (head.note or "").startswith("returned:")
    approved = await decisions.last_approved_text(connection, comment_key) if returned else None
    history = await decisions.read_history(connection, comment_key, head.thread_key)
    comments = await desk_item.read_thread(connection, comment_key)
    lanes = {count.lane: count for count in await reads.read_lanes(connection)}
    return {
        "head": head,
        "draft": made,
        "evidence": gather(made.sentences, made.sources) if made else None,
        "text": approved or (made.text if made and head.draft_state == "proposed" else ""),
        "limit": reply_limit(head.network),
        "history": history,
        "answered": next((past for past in history if past.action == "approve"), None),
        "last": next((past for past in history if past.action not in ("mute", "unmute")), None),
        "placed": arrange(comments),
        "hidden": max(0, await desk_item.count_thread(connection, head.thread_key) - len(comments)),
        "mute": await mutes.active_mute(connection, head.thread_key),
        "days": mute_days,
        "max_days": MAX_DAYS,
        "which": which,
        "lane_count": sum(
            count.count for count in lanes.values() if which.lane in (None, count.lane)
        ),
        "next_key": await reads.neighbour(connection, which, head.position, forward=True),
        "previous_key": await reads.neighbour(connection, which, head.position, forward=False),
        "fault": None,
        "typed": NOTHING_TYPED,
        "live": False,
    }


def pages_router(desk: Desk) -> APIRouter:
    """Return the routes that only read."""
    router = APIRouter(default_response_class=Response)

    @router.get("/")
    async def queue(
        request: Request,
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
                rows = await reads.read_open_rows(connection, which, after=place, limit=PAGE + 1)
        more = to_cursor(rows[PAGE - 1], decided=decided) if len(rows) > PAGE else None
        fragment = "hx-request" in request.headers
        return desk.view.page(
            request, "_queue.html" if fragment else "queue.html", lanes=lanes, order=LANES,
            which=which, decided=decided, rows=rows[:PAGE], more=more, first=place is None,
        )  # fmt: skip

    @router.get("/nav")
    async def nav(request: Request) -> Response:
        """Return the menu with its figures."""
        async with desk.pool.connection() as connection:
            badges = await reads.read_badges(connection)
        return desk.view.page(request, "_nav.html", badges=badges)

    @router.get("/items/{comment_key}")
    async def item(
        request: Request, comment_key: Key, lane: LaneName = "", draft: DraftName = ""
    ) -> Response:
        async with desk.pool.connection() as connection:
            context = await item_context(
                connection, comment_key, lane, draft, desk.settings.mute_days
            )
        return desk.view.page(request, "item.html", **context)

    @router.get("/items/{comment_key}/live")
    async def item_live(
        request: Request,
        comment_key: Key,
        lane: LaneName = "",
        draft: DraftName = "",
        stamp: Annotated[str, Query(max_length=200)] = "",
    ) -> Response:
        """Return what has changed on an item's page since the stamp."""
        async with desk.pool.connection() as connection:
            context = await item_context(
                connection, comment_key, lane, draft, desk.settings.mute_days
            )
        context |= {"live": True, "changed": context["head"].stamp != stamp}
        return desk.view.page(request, "_item_live.html", **context)

    @router.get("/events", response_class=EventSourceResponse)
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
                names = await subscription.next(desk.stopping, patience=patience)
                if names is None:
                    return
                for name in names:
                    yield ServerSentEvent(event=name, raw_data="changed")

    return router
