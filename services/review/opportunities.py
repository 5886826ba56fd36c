"""The day's opportunities: why each is shown, what we could add, and what people make of it."""

from collections.abc import Awaitable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Query, Request
from starlette.responses import RedirectResponse, Response

from services.networks.network import Capabilities
from services.networks.places import place
from services.review import going_out as going
from services.review.context import Desk
from services.review.going_out import GoingRefusal, Judgement, NotNow, obstacle
from services.review.pages import Key
from services.review.rights import may
from services.review.security import SignedIn, with_token
from services.review.view import query
from services.store.aftermath import read_followers
from services.store.going_out import (
    Opportunity,
    list_day,
    read_obstacles,
    read_opportunity,
    read_weeks,
)

Words = Annotated[str, Form(max_length=20_000)]
Revision = Annotated[int, Form(ge=0, le=1_000_000_000)]
NO_REASON = ("new_here", "off")
"""Parts of which is told in other words, or that speak against a post."""
TELLING = 0.3
"""Size of a part from which on it is a reason to show the post."""


@dataclass(frozen=True)
class Chosen:
    """The opportunity that is open on the page."""

    one: Opportunity
    rule: Capabilities
    reasons: Sequence[str]
    refusal: GoingRefusal | None
    """Why Dialogwerk would not post here now."""
    by_hand: GoingRefusal | None
    """Why a person should not speak up here now either."""
    following: str | None
    previous: str | None


def reasons(one: Opportunity) -> list[str]:
    """Return the codes of what speaks for a post and what to bear in mind. Pure."""
    strong = sorted(
        (name for name, size in one.parts.items() if size >= TELLING and name not in NO_REASON),
        key=lambda name: -one.parts[name],
    )
    said = ["said" if name == "adds" and one.remarks is None else name for name in strong]
    if one.parts.get("adds") == 0.0:
        said.append("nothing_new")
    if one.parts.get("off"):
        said.append("off")
    return [*said, "been_here" if one.appearances else "not_been_here"]


def opportunities_router(desk: Desk) -> APIRouter:
    """Return the page of a day's opportunities and its forms."""
    router = APIRouter(default_response_class=Response)

    @router.get("/opportunities")
    @may("opportunities.read")
    async def listed(
        request: Request, day: date | None = None,
        at: Annotated[str, Query(max_length=64)] = "",
    ) -> Response:  # fmt: skip
        return await _page(desk, request, day or datetime.now(UTC).astimezone().date(), at)

    @router.post("/opportunities/{comment_key}/approve", dependencies=[Depends(with_token)])
    @may("opportunities.decide")
    async def approve(
        request: Request, person: SignedIn, comment_key: Key, *, revision: Revision,
        text: Words = "", draft_id: Annotated[str, Form(max_length=64)] = "",
    ) -> Response:  # fmt: skip
        work = going.approve(
            desk.pool, person.account_id, comment_key, text=text, revision=revision,
            draft_id=draft_id or None,
        )  # fmt: skip
        return await _carry_out(desk, request, comment_key, "approve", work, text=text)

    @router.post("/opportunities/{comment_key}/done", dependencies=[Depends(with_token)])
    @may("opportunities.decide")
    async def done(
        request: Request, person: SignedIn, comment_key: Key, *, revision: Revision
    ) -> Response:
        work = going.note_done(desk.pool, person.account_id, comment_key, revision=revision)
        return await _carry_out(desk, request, comment_key, "done", work)

    @router.post("/opportunities/{comment_key}/judge", dependencies=[Depends(with_token)])
    @may("opportunities.decide")
    async def judge(
        request: Request, person: SignedIn, comment_key: Key,
        verdict: Annotated[Judgement, Form()],
    ) -> Response:  # fmt: skip
        work = going.judge(desk.pool, person.account_id, comment_key, verdict)
        return await _carry_out(desk, request, comment_key, "judged", work)

    return router


async def _carry_out(
    desk: Desk, request: Request, comment_key: str, done: str, work: Awaitable[None],
    *, text: str | None = None,
) -> Response:  # fmt: skip
    """Do it and go to the next one, or stay and say why not, with what was typed."""
    try:
        await work
    except NotNow as error:
        async with desk.pool.connection() as connection:
            one = await read_opportunity(connection, comment_key, datetime.now(UTC))
        day = one.day if one else datetime.now(UTC).astimezone().date()
        return await _page(desk, request, day, comment_key, refused=error.refusal, text=text)
    async with desk.pool.connection() as connection:
        one = await read_opportunity(connection, comment_key, datetime.now(UTC))
        rows = await list_day(connection, one.day, datetime.now(UTC)) if one else []
    at = following(rows, comment_key) or comment_key
    where = query(day=one.day.isoformat() if one else "", at=at, done=f"going_{done}")
    return RedirectResponse(f"/opportunities{where}", status_code=303)


def following(rows: Sequence[Opportunity], comment_key: str) -> str | None:
    """Return the next one that waits for a person, from there on and then from the top. Pure."""
    keys = [one.comment_key for one in rows]
    start = keys.index(comment_key) + 1 if comment_key in keys else 0
    around = [*rows[start:], *rows[:start]]
    waiting = (one for one in around if one.is_open and one.useful is None)
    return next((one.comment_key for one in waiting if one.comment_key != comment_key), None)


async def _page(
    desk: Desk, request: Request, day: date, at: str, *,
    refused: GoingRefusal | None = None, text: str | None = None,
) -> Response:  # fmt: skip
    now = datetime.now(UTC)
    async with desk.pool.connection() as connection:
        rows = await list_day(connection, day, now)
        weeks = await read_weeks(connection)
        followers = await read_followers(connection)
        keys = [one.comment_key for one in rows]
        key = at if at in keys else following(rows, "") or (keys[0] if keys else "")
        found = await read_obstacles(connection, key, now) if key else None
    chosen = None
    if found is not None:
        place_in = keys.index(key)
        one = rows[place_in]
        chosen = Chosen(
            one=one, rule=place(one.network), reasons=reasons(one),
            refusal=obstacle(found, one.revision, now, by_us=True),
            by_hand=obstacle(found, one.revision, now, by_us=False),
            following=keys[place_in + 1] if place_in + 1 < len(keys) else None,
            previous=keys[place_in - 1] if place_in else None,
        )  # fmt: skip
    return desk.view.page(
        request, "opportunities.html", status=409 if refused else 200, rows=rows, chosen=chosen,
        day=day, weeks=weeks, followers=followers, refused=refused, typed=text,
        today=now.astimezone().date(), at=request.url.path,
    )  # fmt: skip
