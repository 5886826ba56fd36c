"""The forms that put an item aside, hand it over, bring it back, or take its approval back."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from starlette.responses import Response

from services.review.context import Desk
from services.review.pages import Key
from services.review.planning import Wait, bring_back, hand_over, put_aside
from services.review.posts import Named, Short, Words, carry_out
from services.review.rights import may
from services.review.security import SignedIn, with_token
from services.review.undoing import undo


def plans_router(desk: Desk) -> APIRouter:
    """Return the forms that decide nothing yet, and the one that takes a decision back."""
    router = APIRouter(default_response_class=Response, dependencies=[Depends(with_token)])

    @router.post("/items/{comment_key}/aside")
    @may("items.decide")
    async def aside(
        request: Request, person: SignedIn, comment_key: Key, wait: Annotated[Wait, Form()],
        decision_id: Named = None,
    ) -> Response:  # fmt: skip
        now = datetime.now(UTC)
        work = put_aside(
            desk.pool, person.account_id, comment_key, wait, now, decision_id=decision_id
        )
        return await carry_out(desk, request, comment_key, "put_aside", work)

    @router.post("/items/{comment_key}/hand-over")
    @may("items.decide")
    async def give(
        request: Request, person: SignedIn, comment_key: Key, *, to: Short = "", note: Words = "",
        decision_id: Named = None,
    ) -> Response:  # fmt: skip
        work = hand_over(
            desk.pool, person.account_id, comment_key, to=to, note=note, decision_id=decision_id
        )
        return await carry_out(desk, request, comment_key, "hand_over", work)

    @router.post("/items/{comment_key}/bring-back")
    @may("items.decide")
    async def back(
        request: Request, person: SignedIn, comment_key: Key, decision_id: Named = None
    ) -> Response:
        work = bring_back(desk.pool, person.account_id, comment_key, decision_id=decision_id)
        return await carry_out(desk, request, comment_key, "bring_back", work)

    @router.post("/items/{comment_key}/undo")
    @may("items.decide")
    async def take_back(
        request: Request, person: SignedIn, comment_key: Key, decision_id: Named = None
    ) -> Response:
        work = undo(desk.pool, person.account_id, comment_key, decision_id=decision_id)
        return await carry_out(desk, request, comment_key, "undo", work)

    return router
