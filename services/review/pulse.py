"""What an open page asks when it has been away: does the session stand, was a decision made."""

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import JSONResponse, Response

from services.review.context import Desk
from services.review.rights import may
from services.review.security import SignedIn, session_mark
from services.store.decisions import is_made


def pulse_router(desk: Desk) -> APIRouter:
    """Return the route."""
    router = APIRouter(default_response_class=Response)

    @router.get("/pulse")
    @may("desk.use")
    async def pulse(
        person: SignedIn, decision_id: Annotated[str, Query(pattern="^([0-9a-f]{32})?$")] = ""
    ) -> Response:
        """Name the session, and say whether this person has made that decision."""
        async with desk.pool.connection() as connection:
            made = bool(decision_id) and await is_made(connection, decision_id, person.account_id)
        return JSONResponse({"session": session_mark(person), "made": made})

    return router
