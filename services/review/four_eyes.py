"""The page that says where two people have to approve."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Form, Request
from starlette.responses import RedirectResponse, Response

from services.kit.db import transaction
from services.review.context import Desk
from services.review.item import LANES
from services.review.rights import may
from services.review.security import SignedIn, with_token
from services.store import approvals
from services.store.approvals import Scope


def four_eyes_router(desk: Desk) -> APIRouter:
    """Return the page, and the form of each of its rows."""
    router = APIRouter(default_response_class=Response)

    @router.get("/four-eyes")
    @may("four_eyes.read")
    async def rules(request: Request) -> Response:
        async with desk.pool.connection() as connection:
            found = await approvals.read_rules(connection, list(LANES))
        return desk.view.page(request, "four_eyes.html", rules=found)

    @router.post("/four-eyes", dependencies=[Depends(with_token)])
    @may("four_eyes.switch")
    async def switch(
        person: SignedIn,
        scope: Annotated[Scope, Form()],
        subject: Annotated[str, Form(min_length=1, max_length=64)],
        needed: Annotated[Literal["yes", "no"], Form()],
    ) -> Response:
        async with transaction(desk.pool) as connection:
            await approvals.add_rule(
                connection, scope, subject, is_needed=needed == "yes",
                account_id=person.account_id,
            )  # fmt: skip
        return RedirectResponse("/four-eyes?done=four_eyes", status_code=303)

    return router
