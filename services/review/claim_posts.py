"""What an item's page says of itself: still used, being left; and taking an item over."""

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from starlette.responses import Response

from services.kit.db import transaction
from services.review.claims import take_over, visit_of
from services.review.context import Desk
from services.review.pages import Key
from services.review.posts import Named, carry_out
from services.review.rights import allowed, may
from services.review.security import SignedIn, with_token
from services.store import item_claims

VisitName = Annotated[str, Form(pattern="^[0-9a-f]{32}$")]


def claims_router(desk: Desk) -> APIRouter:
    """Return the calls of open pages, and the form that takes an item over."""
    router = APIRouter(default_response_class=Response, dependencies=[Depends(with_token)])

    @router.post("/items/{comment_key}/keep")
    @may("items.decide")
    async def keep(person: SignedIn, comment_key: Key, visit: VisitName) -> Response:
        """Prolong the claim: 204, or 409 when the browser does not hold the item."""
        seat = visit_of(person, desk.settings.claim_minutes, visit)
        async with transaction(desk.pool) as connection:
            kept = await item_claims.keep_claim(connection, comment_key, seat)
        return Response(status_code=204 if kept else 409)

    @router.post("/items/{comment_key}/left")
    @may("items.decide")
    async def left(person: SignedIn, comment_key: Key, visit: VisitName) -> Response:
        seat = visit_of(person, desk.settings.claim_minutes, visit)
        async with transaction(desk.pool) as connection:
            await item_claims.leave_item(connection, comment_key, seat)
        return Response(status_code=204)

    @router.post("/items/{comment_key}/take-over")
    @may("items.decide")
    async def take(
        request: Request, person: SignedIn, comment_key: Key, decision_id: Named = None
    ) -> Response:
        seat = visit_of(person, desk.settings.claim_minutes)
        even_live = allowed(person, "items.take_over")
        work = take_over(desk.pool, comment_key, seat, even_live=even_live, decision_id=decision_id)
        return await carry_out(desk, request, comment_key, "take_over", work)

    return router
