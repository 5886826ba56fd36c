"""The way back in: a link from the shell that opens the desk once, whatever else is shut."""

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from services.kit.db import transaction
from services.review.context import Desk
from services.review.entering import enter, enter_half
from services.review.rights import SIGNED_OUT, may
from services.review.security import digest
from services.store import accounts, people

PATH = "/sign-in/once/{token}"


def once_router(desk: Desk) -> APIRouter:
    """Return the page under such a link."""
    router = APIRouter(default_response_class=Response)

    def void(request: Request) -> Response:
        return desk.view.page(request, "once.html", status=404, name=None, here="/sign-in")

    @router.get(PATH)
    @may(SIGNED_OUT)
    async def once(request: Request, token: str) -> Response:
        """Ask before the link is used up: mail programs open links to look at them."""
        async with desk.pool.connection() as connection:
            found = await people.find_invited(connection, digest(token), opens=True)
        if found is None:
            return void(request)
        return desk.view.page(request, "once.html", name=found[1], here="/sign-in")

    @router.post(PATH)
    @may(SIGNED_OUT)
    async def use(request: Request, token: str) -> Response:
        """Open the desk, after the second factor where one is set up."""
        async with transaction(desk.pool) as connection:
            account_id = await people.take_invitation(connection, digest(token), opens=True)
            own = await accounts.read_account(connection, account_id) if account_id else None
        if own is None:
            return void(request)
        target = "/sign-in/code" if own.has_second else "/"
        answer = RedirectResponse(target, status_code=303)
        if own.has_second:
            await enter_half(desk, answer, own.account_id)
        else:
            await enter(desk, request, answer, own.account_id)
        return answer

    return router
