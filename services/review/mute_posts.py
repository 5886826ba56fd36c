"""The forms about muting: a thread, an account's part of it, a goodbye, and who may mute."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Form, Path, Request
from starlette.responses import RedirectResponse, Response

from services.review import actions
from services.review.context import Desk
from services.review.leaving import leave
from services.review.muting import switch_muting as put_switch
from services.review.pages import Key
from services.review.posts import Joined, Named, Number, Short, Words, carry_out, split
from services.review.rights import may
from services.review.security import SignedIn, with_token


def mute_router(desk: Desk) -> APIRouter:
    """Return the forms that mute, or decide who does."""
    router = APIRouter(default_response_class=Response, dependencies=[Depends(with_token)])

    @router.post("/items/{comment_key}/mute")
    @may("items.decide")
    async def mute(
        request: Request,
        person: SignedIn,
        comment_key: Key,
        *,
        reason: Words = "",
        days: Number = 0,
        part: Annotated[Literal["thread", "account"], Form()] = "thread",
        suggestion_id: Short = "",
        decision_id: Named = None,
    ) -> Response:
        work = actions.mute(
            desk.pool, person.account_id, comment_key, reason=reason, days=days,
            whole=part == "thread", suggestion_id=suggestion_id, decision_id=decision_id,
        )  # fmt: skip
        return await carry_out(desk, request, comment_key, "mute", work)

    @router.post("/items/{comment_key}/leave")
    @may("items.decide")
    async def say_goodbye(
        request: Request,
        person: SignedIn,
        comment_key: Key,
        *,
        revision: Number,
        joined: Joined = None,
        text: Words = "",
        wording: Short = "",
        decision_id: Named = None,
    ) -> Response:
        work = leave(
            desk.pool, person.account_id, comment_key, text=text, revision=revision,
            days=desk.settings.mute_days, joined=split(joined), wording=wording or None,
            undo=desk.undo, decision_id=decision_id,
        )  # fmt: skip
        return await carry_out(desk, request, comment_key, "leave", work)

    @router.post("/pages/{page_key}/muting")
    @may("mutes.switch")
    async def switch_muting(
        person: SignedIn,
        page_key: Annotated[str, Path(pattern="^[0-9a-f]{16}$")],
        by_system: Annotated[Literal["yes", "no"], Form()],
    ) -> Response:
        await put_switch(desk.pool, person.account_id, page_key, allowed=by_system == "yes")
        return RedirectResponse("/muted?done=muting", status_code=303)

    return router
