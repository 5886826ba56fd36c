"""Pages that were found: why each is worth a look, and what was asked of whom."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Query, Request
from starlette.responses import RedirectResponse, Response

from services.kit.db import transaction
from services.review.context import Desk
from services.review.rights import may
from services.review.security import SignedIn, with_token
from services.review.view import query
from services.review.watch_list import UnfitEntry, read_topics
from services.review.worklist import Worklist
from services.store import discovered_channels, discovery_desk
from services.store.discovery_desk import Find, TopicCount

Topic = Annotated[str, Query(max_length=100)]


@dataclass(frozen=True)
class Chosen:
    """The page that is open, and its neighbours."""

    one: Find
    following: str | None
    previous: str | None


@dataclass(frozen=True)
class Unfit:
    """Why a page cannot be watched as it was entered, and the topics that were typed."""

    code: str
    detail: str
    topics: str


def reasons(one: Find) -> list[str]:
    """Return the codes of what speaks for a page, the strongest first. Pure."""
    told = {
        "focus": one.share, "talk": one.answers, "partners": one.followed, "links": one.linking,
        "readers": one.readers,
    }  # fmt: skip
    strong = sorted(
        (name for name, size in told.items() if size), key=lambda name: -size_of(one, name)
    )
    return ["posts", *strong]


def size_of(one: Find, part: str) -> float:
    """Return the size of a part of a page's score; 0 where it is not weighed."""
    return one.parts.get(part, 0.0)


def discovery_router(desk: Desk) -> APIRouter:
    """Return the page of pages that were found, and its forms."""
    router = APIRouter(default_response_class=Response)

    @router.get("/discovery")
    @may("discovery.read")
    async def listed(
        request: Request, topic: Topic = "", page: Annotated[str, Query(max_length=16)] = "",
        undo: Annotated[str, Query(max_length=16)] = "",
    ) -> Response:  # fmt: skip
        return await discovery_page(desk, request, topic, page, undo)

    @router.post("/discovery/topics", dependencies=[Depends(with_token)])
    @may("discovery.decide")
    async def set_topics(
        request: Request, person: SignedIn, topics: Annotated[str, Form(max_length=1000)] = ""
    ) -> Response:
        try:
            wanted = read_topics(topics)
        except UnfitEntry:
            return await discovery_page(desk, request, "", "", "", typed=topics)
        async with transaction(desk.pool) as connection:
            await discovery_desk.set_topics(
                connection, wanted, by=person.account_id, now=datetime.now(UTC)
            )
        return back("", "", "discovery_topics")

    return router


def back(topic: str, at: str, done: str, undo: str = "") -> Response:
    """Lead to a topic's list with a page open, what was done, and what may be undone."""
    where = query(topic=topic, page=at, undo=undo, done=done)
    return RedirectResponse(f"/discovery{where}", status_code=303)


def chosen_topic(topics: Sequence[TopicCount], wanted: str) -> str:
    """Return the topic that is shown: the wanted one, else the one with most to look at. Pure."""
    names = [one.topic for one in topics]
    if wanted in names:
        return wanted
    return max(topics, key=lambda one: one.pages).topic if topics else ""


async def discovery_page(
    desk: Desk, request: Request, wanted: str, at: str, undo: str, *, typed: str | None = None,
    unfit: Unfit | None = None,
) -> Response:  # fmt: skip
    """Return the page with one that was found open, or what does not fit of what was typed."""
    async with desk.pool.connection() as connection:
        topics = await discovery_desk.list_topics(connection)
        topic = chosen_topic(topics, wanted)
        rows = await discovery_desk.list_finds(connection, topic)
        rounds = await discovery_desk.list_rounds(connection)
        requests = await discovery_desk.list_requests(connection)
        decided = await discovery_desk.list_decided(connection)
        channels = await discovered_channels.list_channels(connection)
    keys = [one.page_key for one in rows]
    order = Worklist(keys, keys)
    key = order.opened(at)
    chosen = Chosen(rows[keys.index(key)], order.after(key), order.before(key)) if key else None
    return desk.view.page(
        request, "discovery.html", status=200 if typed is None and unfit is None else 422,
        topics=topics, topic=topic, rows=rows, chosen=chosen, rounds=rounds, requests=requests,
        decided=decided, undo=next((one for one in decided if one["page_key"] == undo), None),
        typed=typed, unfit=unfit, own=[one.topic for one in topics if one.is_own], reasons=reasons,
        channels=channels,
    )  # fmt: skip
