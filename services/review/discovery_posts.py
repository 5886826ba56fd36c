"""Decide on what was found, a page or a channel: watch it, never show it again, take that back."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Path, Request
from starlette.responses import Response

from services.kit.db import Connection, transaction
from services.review.context import Desk
from services.review.discovery import Unfit, back, discovery_page
from services.review.refusals import Unknown
from services.review.rights import may
from services.review.security import SignedIn, with_token
from services.review.watch_list import MOST_TOPICS, UnfitEntry, read_entry
from services.review.worklist import Worklist
from services.store import discovered_channels, discovery_desk, watches
from services.store.discovered_channels import Channel
from services.store.discovery_desk import Find

PageKey = Annotated[str, Path(pattern="^[0-9a-f]{16}$")]
Topic = Annotated[str, Form(max_length=100)]


def discovery_posts_router(desk: Desk) -> APIRouter:
    """Return the forms that decide on a page, and take a decision back."""
    router = APIRouter(default_response_class=Response)

    @router.post("/discovery/{page_key}/adopt", dependencies=[Depends(with_token)])
    @may("discovery.decide")
    async def adopt(
        request: Request, person: SignedIn, page_key: PageKey, *,
        relation: Annotated[str, Form(max_length=100)] = "",
        topics: Annotated[str, Form(max_length=1000)] = "", topic: Topic = "",
    ) -> Response:  # fmt: skip
        """Watch the page from now on; twice is once."""
        async with transaction(desk.pool) as connection:
            one = await _hold_page(connection, page_key)
            beside = await _beside(connection, topic or one.topic, page_key)
            entry = {
                "name": one.name, "network": one.network, "address": one.address,
                "relation": relation or one.relation, "topics": topics,
            }  # fmt: skip
            try:
                await _adopt(connection, one, entry, by=person.account_id)
            except UnfitEntry as error:
                return await discovery_page(
                    desk, request, topic or one.topic, page_key, "",
                    unfit=Unfit(error.code, error.detail, topics),
                )  # fmt: skip
        return back(topic or one.topic, beside, "discovery_adopt", page_key)

    @router.post("/discovery/{page_key}/dismiss", dependencies=[Depends(with_token)])
    @may("discovery.decide")
    async def dismiss(person: SignedIn, page_key: PageKey, topic: Topic = "") -> Response:
        """Show the page never again, whatever is found of it."""
        async with transaction(desk.pool) as connection:
            one = await _hold_page(connection, page_key)
            beside = await _beside(connection, topic or one.topic, page_key)
            await _dismiss(connection, one, by=person.account_id)
        return back(topic or one.topic, beside, "discovery_dismiss", page_key)

    @router.post("/discovery/{page_key}/undo", dependencies=[Depends(with_token)])
    @may("discovery.decide")
    async def undo(person: SignedIn, page_key: PageKey, topic: Topic = "") -> Response:
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
        return back(topic, page_key, "discovery_undo")

    return router


def channels_router(desk: Desk) -> APIRouter:
    """Return the forms that decide on a YouTube channel which the site of an organisation names."""
    router = APIRouter(default_response_class=Response)

    @router.post("/discovery/youtube/{page_key}/adopt", dependencies=[Depends(with_token)])
    @may("discovery.decide")
    async def adopt_channel(person: SignedIn, page_key: PageKey, topic: Topic = "") -> Response:
        """Watch the channel from now on; twice is once."""
        async with transaction(desk.pool) as connection:
            one = await _hold_channel(connection, page_key)
            entry = {
                "name": one.name or one.channel_id, "network": "youtube",
                "address": one.channel_id, "relation": one.relation,
                "topics": ", ".join(one.topics[:MOST_TOPICS]),
            }  # fmt: skip
            await _adopt(connection, one, entry, by=person.account_id)
        return back(topic, "", "discovery_adopt", page_key)

    @router.post("/discovery/youtube/{page_key}/dismiss", dependencies=[Depends(with_token)])
    @may("discovery.decide")
    async def dismiss_channel(person: SignedIn, page_key: PageKey, topic: Topic = "") -> Response:
        """Show the channel never again, whichever site names it."""
        async with transaction(desk.pool) as connection:
            one = await _hold_channel(connection, page_key)
            await _dismiss(connection, one, by=person.account_id)
        return back(topic, "", "discovery_dismiss", page_key)

    return router


async def _adopt(
    connection: Connection, one: Find | Channel, entry: Mapping[str, str], *, by: str
) -> None:
    """Watch it, entered like this, unless it is watched already; raises UnfitEntry."""
    if await watches.read_watch(connection, one.watch_id) is not None:
        return
    watch = read_entry(**entry)
    await watches.add_watches(connection, [watch], by=by, now=datetime.now(UTC))
    await discovery_desk.add_decision(
        connection, one.page_key, "adopt", by=by, watch_id=watch.watch_id
    )


async def _dismiss(connection: Connection, one: Find | Channel, *, by: str) -> None:
    if one.verdict != "dismiss":
        await discovery_desk.add_decision(connection, one.page_key, "dismiss", by=by)


async def _hold_page(connection: Connection, page_key: str) -> Find:
    one = await discovery_desk.lock_find(connection, page_key)
    if one is None:
        raise Unknown(page_key)
    return one


async def _hold_channel(connection: Connection, page_key: str) -> Channel:
    await discovery_desk.lock_find(connection, page_key)
    one = await discovered_channels.read_channel(connection, page_key)
    if one is None:
        raise Unknown(page_key)
    return one


async def _beside(connection: Connection, topic: str, page_key: str) -> str:
    """Return the page that follows in the list, or the one before the last."""
    keys = [one.page_key for one in await discovery_desk.list_finds(connection, topic)]
    order = Worklist(keys, keys)
    return order.after(page_key) or order.before(page_key) or ""
