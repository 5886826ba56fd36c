"""The page of partners' joys and sorrows: what happened, why we think so, a few words to send."""

from collections.abc import Awaitable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Query, Request
from starlette.responses import RedirectResponse, Response

from services.networks.network import Capabilities
from services.networks.places import place
from services.review import going_out as going
from services.review.context import Desk
from services.review.going_out import GoingRefusal, NotNow, obstacle
from services.review.pages import Key
from services.review.radar_events import Event, events
from services.review.rights import may
from services.review.security import SignedIn, with_token
from services.review.view import query
from services.store.going_out import read_obstacles
from services.store.radar_desk import list_radar

Words = Annotated[str, Form(max_length=20_000)]
Revision = Annotated[int, Form(ge=0, le=1_000_000_000)]


@dataclass(frozen=True)
class Chosen:
    """The event that is open on the page."""

    event: Event
    rule: Capabilities
    refusal: GoingRefusal | None
    """Why Dialogwerk would not post here now."""
    by_hand: GoingRefusal | None
    """Why a person should not speak up here now either."""
    following: str | None
    previous: str | None


def radar_router(desk: Desk) -> APIRouter:
    """Return the page of the radar and its forms."""
    router = APIRouter(default_response_class=Response)

    @router.get("/radar")
    @may("opportunities.read")
    async def listed(request: Request, at: Annotated[str, Query(max_length=64)] = "") -> Response:
        return await _page(desk, request, at)

    @router.post("/radar/{comment_key}/approve", dependencies=[Depends(with_token)])
    @may("opportunities.decide")
    async def approve(
        request: Request, person: SignedIn, comment_key: Key, *, revision: Revision,
        text: Words = "",
    ) -> Response:  # fmt: skip
        work = going.approve(
            desk.pool, person.account_id, comment_key, text=text, revision=revision, draft_id=None
        )
        return await _carry_out(desk, request, comment_key, "approve", work, text=text)

    @router.post("/radar/{comment_key}/done", dependencies=[Depends(with_token)])
    @may("opportunities.decide")
    async def done(
        request: Request, person: SignedIn, comment_key: Key, *, revision: Revision
    ) -> Response:
        work = going.note_done(desk.pool, person.account_id, comment_key, revision=revision)
        return await _carry_out(desk, request, comment_key, "done", work)

    @router.post("/radar/{comment_key}/pass", dependencies=[Depends(with_token)])
    @may("opportunities.decide")
    async def let_pass(request: Request, person: SignedIn, comment_key: Key) -> Response:
        work = going.judge(desk.pool, person.account_id, comment_key, "not_useful")
        return await _carry_out(desk, request, comment_key, "passed", work)

    return router


def following(listed: Sequence[Event], comment_key: str) -> str | None:
    """Return the next event that waits for a person, from there on and then from the top. Pure."""
    keys = [one.one.comment_key for one in listed]
    start = keys.index(comment_key) + 1 if comment_key in keys else 0
    around = [*listed[start:], *listed[:start]]
    waiting = (one.one.comment_key for one in around if one.waits)
    return next((key for key in waiting if key != comment_key), None)


async def _carry_out(
    desk: Desk, request: Request, comment_key: str, done: str, work: Awaitable[None],
    *, text: str | None = None,
) -> Response:  # fmt: skip
    """Do it and go to the next one, or stay and say why not, with what was typed."""
    try:
        await work
    except NotNow as error:
        return await _page(desk, request, comment_key, refused=error.refusal, text=text)
    now = datetime.now(UTC)
    async with desk.pool.connection() as connection:
        listed = events(await list_radar(connection, now))
    where = query(at=following(listed, comment_key) or comment_key, done=f"going_{done}")
    return RedirectResponse(f"/radar{where}", status_code=303)


async def _page(
    desk: Desk, request: Request, at: str, *,
    refused: GoingRefusal | None = None, text: str | None = None,
) -> Response:  # fmt: skip
    now = datetime.now(UTC)
    async with desk.pool.connection() as connection:
        listed = events(await list_radar(connection, now))
        keys = [one.one.comment_key for one in listed]
        key = at if at in keys else following(listed, "") or (keys[0] if keys else "")
        found = await read_obstacles(connection, key, now) if key else None
    chosen = None
    if found is not None:
        place_in = keys.index(key)
        one = listed[place_in].one
        chosen = Chosen(
            event=listed[place_in], rule=place(one.network),
            refusal=obstacle(found, one.revision, now, by_us=True),
            by_hand=obstacle(found, one.revision, now, by_us=False),
            following=keys[place_in + 1] if place_in + 1 < len(keys) else None,
            previous=keys[place_in - 1] if place_in else None,
        )  # fmt: skip
    return desk.view.page(
        request, "radar.html", status=409 if refused else 200, listed=listed, chosen=chosen,
        refused=refused, typed=text,
    )  # fmt: skip
