"""Pages that were found: why each is worth a look, adopt or dismiss, and what was asked of whom."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Path, Query, Request
from starlette.responses import RedirectResponse, Response

from services.kit.db import Connection, transaction
from services.review.context import Desk
from services.review.refusals import Unknown
from services.review.rights import may
from services.review.security import SignedIn, with_token
from services.review.view import query
from services.review.watch_list import UnfitEntry, read_entry, read_topics
from services.store import discovered_channels, discovery_desk, watches
from services.store.discovery_desk import Find, TopicCount

PageKey = Annotated[str, Path(pattern="^[0-9a-f]{16}$")]
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
        return await _page(desk, request, topic, page, undo)

    @router.post("/discovery/topics", dependencies=[Depends(with_token)])
    @may("discovery.decide")
    async def set_topics(
        request: Request, person: SignedIn, topics: Annotated[str, Form(max_length=1000)] = ""
    ) -> Response:
        try:
            wanted = read_topics(topics)
        except UnfitEntry:
            return await _page(desk, request, "", "", "", typed=topics)
        async with transaction(desk.pool) as connection:
            await discovery_desk.set_topics(
                connection, wanted, by=person.account_id, now=datetime.now(UTC)
            )
        return _back("", "", "discovery_topics")

    _add_verdicts(router, desk)
    _add_undo(router, desk)
    return router


def _add_verdicts(router: APIRouter, desk: Desk) -> None:
    @router.post("/discovery/{page_key}/adopt", dependencies=[Depends(with_token)])
    @may("discovery.decide")
    async def adopt(
        request: Request, person: SignedIn, page_key: PageKey, *,
        relation: Annotated[str, Form(max_length=100)] = "",
        topics: Annotated[str, Form(max_length=1000)] = "",
        topic: Annotated[str, Form(max_length=100)] = "",
    ) -> Response:  # fmt: skip
        """Watch the page from now on; twice is once."""
        async with transaction(desk.pool) as connection:
            one = await _hold(connection, page_key)
            beside = await _beside(connection, topic or one.topic, page_key)
            if await watches.read_watch(connection, one.watch_id) is None:
                try:
                    entry = read_entry(
                        one.name, one.network, one.address, relation or one.relation, topics
                    )
                except UnfitEntry as error:
                    return await _page(
                        desk, request, topic or one.topic, page_key, "",
                        unfit=Unfit(error.code, error.detail, topics),
                    )  # fmt: skip
                await watches.add_watches(
                    connection, [entry], by=person.account_id, now=datetime.now(UTC)
                )
                await discovery_desk.add_decision(
                    connection, page_key, "adopt", by=person.account_id, watch_id=entry.watch_id
                )
        return _back(topic or one.topic, beside, "discovery_adopt", page_key)

    @router.post("/discovery/{page_key}/dismiss", dependencies=[Depends(with_token)])
    @may("discovery.decide")
    async def dismiss(
        person: SignedIn, page_key: PageKey, topic: Annotated[str, Form(max_length=100)] = ""
    ) -> Response:
        """Show the page never again, whatever is found of it."""
        async with transaction(desk.pool) as connection:
            one = await _hold(connection, page_key)
            beside = await _beside(connection, topic or one.topic, page_key)
            if one.verdict != "dismiss":
                await discovery_desk.add_decision(
                    connection, page_key, "dismiss", by=person.account_id
                )
        return _back(topic or one.topic, beside, "discovery_dismiss", page_key)


def _add_undo(router: APIRouter, desk: Desk) -> None:
    @router.post("/discovery/{page_key}/undo", dependencies=[Depends(with_token)])
    @may("discovery.decide")
    async def undo(
        person: SignedIn, page_key: PageKey, topic: Annotated[str, Form(max_length=100)] = ""
    ) -> Response:
        """Take the last decision on a page back; a watch that came of it is removed."""
        async with transaction(desk.pool) as connection:
            await discovery_desk.lock_find(connection, page_key)
            last = await discovery_desk.last_decision(connection, page_key)
            if last is None:
                raise Unknown(page_key)
            if last.action != "undo":
                if last.watch_id is not None:
                    await watches.remove_watch(connection, last.watch_id, now=datetime.now(UTC))
                await discovery_desk.add_decision(
                    connection, page_key, "undo", by=person.account_id
                )
        return _back(topic, page_key, "discovery_undo")


async def _hold(connection: Connection, page_key: str) -> Find:
    one = await discovery_desk.lock_find(connection, page_key)
    if one is None:
        raise Unknown(page_key)
    return one


async def _beside(connection: Connection, topic: str, page_key: str) -> str:
    """Return the page that follows in the list, or the one before the last."""
    keys = [one.page_key for one in await discovery_desk.list_finds(connection, topic)]
    if page_key not in keys:
        return ""
    at = keys.index(page_key)
    return next(iter([*keys[at + 1 :], *reversed(keys[:at])]), "")


def _back(topic: str, at: str, done: str, undo: str = "") -> Response:
    where = query(topic=topic, page=at, undo=undo, done=done)
    return RedirectResponse(f"/discovery{where}", status_code=303)


def chosen_topic(topics: Sequence[TopicCount], wanted: str) -> str:
    """Return the topic that is shown: the wanted one, else the one with most to look at. Pure."""
    names = [one.topic for one in topics]
    if wanted in names:
        return wanted
    return max(topics, key=lambda one: one.pages).topic if topics else ""


async def _page(
    desk: Desk, request: Request, wanted: str, at: str, undo: str, *, typed: str | None = None,
    unfit: Unfit | None = None,
) -> Response:  # fmt: skip
    async with desk.pool.connection() as connection:
        topics = await discovery_desk.list_topics(connection)
        topic = chosen_topic(topics, wanted)
        rows = await discovery_desk.list_finds(connection, topic)
        rounds = await discovery_desk.list_rounds(connection)
        requests = await discovery_desk.list_requests(connection)
        decided = await discovery_desk.list_decided(connection)
        channels = await discovered_channels.list_channels(connection)
    keys = [one.page_key for one in rows]
    place = keys.index(at) if at in keys else 0
    chosen = None
    if keys:
        chosen = Chosen(
            rows[place],
            keys[place + 1] if place + 1 < len(keys) else None,
            keys[place - 1] if place else None,
        )
    return desk.view.page(
        request, "discovery.html", status=200 if typed is None and unfit is None else 422,
        topics=topics, topic=topic, rows=rows, chosen=chosen, rounds=rounds, requests=requests,
        decided=decided, undo=next((one for one in decided if one["page_key"] == undo), None),
        typed=typed, unfit=unfit, own=[one.topic for one in topics if one.is_own], reasons=reasons,
        channels=channels,
    )  # fmt: skip
