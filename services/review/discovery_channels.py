"""YouTube channels that the sites of organisations name as their own: adopt or dismiss."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Path
from starlette.responses import RedirectResponse, Response

from services.kit.db import Connection, transaction
from services.review.context import Desk
from services.review.refusals import Unknown
from services.review.rights import may
from services.review.security import SignedIn, with_token
from services.review.view import query
from services.review.watch_list import read_entry
from services.store import discovered_channels, discovery_desk, watches
from services.store.discovered_channels import Channel

PageKey = Annotated[str, Path(pattern="^[0-9a-f]{16}$")]
MOST_TOPICS = 12


def channels_router(desk: Desk) -> APIRouter:
    """Return the forms; what was decided is taken back as with every page that was found."""
    router = APIRouter(default_response_class=Response)

    @router.post("/discovery/youtube/{page_key}/adopt", dependencies=[Depends(with_token)])
    @may("discovery.decide")
    async def adopt_channel(
        person: SignedIn, page_key: PageKey, topic: Annotated[str, Form(max_length=100)] = ""
    ) -> Response:
        """Watch the channel from now on; twice is once."""
        async with transaction(desk.pool) as connection:
            one = await _hold(connection, page_key)
            if await watches.read_watch(connection, one.watch_id) is None:
                topics = ", ".join(one.topics[:MOST_TOPICS])
                entry = read_entry(
                    one.name or one.channel_id, "youtube", one.channel_id, one.relation, topics
                )
                await watches.add_watches(
                    connection, [entry], by=person.account_id, now=datetime.now(UTC)
                )
                await discovery_desk.add_decision(
                    connection, page_key, "adopt", by=person.account_id, watch_id=entry.watch_id
                )
        return _back(topic, "discovery_adopt", page_key)

    @router.post("/discovery/youtube/{page_key}/dismiss", dependencies=[Depends(with_token)])
    @may("discovery.decide")
    async def dismiss_channel(
        person: SignedIn, page_key: PageKey, topic: Annotated[str, Form(max_length=100)] = ""
    ) -> Response:
        """Show the channel never again, whichever site names it."""
        async with transaction(desk.pool) as connection:
            one = await _hold(connection, page_key)
            if one.verdict != "dismiss":
                await discovery_desk.add_decision(
                    connection, page_key, "dismiss", by=person.account_id
                )
        return _back(topic, "discovery_dismiss", page_key)

    return router


async def _hold(connection: Connection, page_key: str) -> Channel:
    await discovery_desk.lock_find(connection, page_key)
    one = await discovered_channels.read_channel(connection, page_key)
    if one is None:
        raise Unknown(page_key)
    return one


def _back(topic: str, done: str, undo: str) -> Response:
    where = query(topic=topic, undo=undo, done=done)
    return RedirectResponse(f"/discovery{where}", status_code=303)
