"""Sign in, with a second factor where there is one, and sign out."""

import math
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Request
from starlette.responses import RedirectResponse, Response

from services.kit.db import transaction
from services.review.context import Desk
from services.review.entering import enter, enter_half
from services.review.passwords import clean_name
from services.review.rights import SIGNED_OUT, may
from services.review.security import Cookies, digest, safe_path, with_token
from services.review.throttle import Throttle
from services.review.view import query
from services.store import accounts, sessions


def signin_router(desk: Desk) -> APIRouter:
    """Return the routes that are open to everybody, and the way out."""
    router = APIRouter(default_response_class=Response)
    cookies = Cookies(desk.secure)

    @router.get("/sign-in")
    @may(SIGNED_OUT)
    async def sign_in_page(request: Request, next: str = "/") -> Response:  # noqa: A002 - the query's name
        if request.state.person:
            return RedirectResponse("/", status_code=303)
        return _page(desk, request, "sign_in.html", next)

    @router.post("/sign-in")
    @may(SIGNED_OUT)
    async def sign_in(
        request: Request,
        name: Annotated[str, Form(max_length=400)] = "",
        password: Annotated[str, Form(max_length=4000)] = "",
        next: Annotated[str, Form(max_length=2000)] = "/",  # noqa: A002 - the field's name
    ) -> Response:
        """Check a password; the answer to a wrong name and to a wrong password is the same."""
        now = datetime.now(UTC)
        name = clean_name(name)
        throttle = Throttle.of_sign_in(name, address_of(request))
        if wait := await throttle.enter(desk.pool, now):
            return _page(desk, request, "sign_in.html", next, wait=wait)
        async with transaction(desk.pool) as connection:
            account = await accounts.find_account(connection, name)
        known = account.password_hash if account else None
        if not await desk.passwords.fits(password, known) or account is None or known is None:
            return _page(desk, request, "sign_in.html", next, fault="wrong")
        await throttle.excuse(desk.pool, now)
        if desk.passwords.outdated(known):
            fresh = await desk.passwords.hash(password)
            async with transaction(desk.pool) as connection:
                await accounts.save_password_hash(connection, account.account_id, fresh)
        if account.has_second:
            target = f"/sign-in/code{query(next=safe_path(next))}"
            answer = RedirectResponse(target, status_code=303)
            await enter_half(desk, answer, account.account_id)
        else:
            answer = RedirectResponse(safe_path(next), status_code=303)
            await enter(desk, request, answer, account.account_id)
        return answer

    @router.post("/sign-out", dependencies=[Depends(with_token)])
    @may("account.own")
    async def sign_out(request: Request) -> Response:
        async with transaction(desk.pool) as connection:
            await sessions.close_session(
                connection, digest(request.cookies.get(cookies.session, ""))
            )
        answer = RedirectResponse("/sign-in", status_code=303)
        answer.headers["Clear-Site-Data"] = '"storage"'
        cookies.drop(answer, cookies.session)
        return answer

    return router


def code_router(desk: Desk) -> APIRouter:
    """Return the page between password and desk, for those who have a second factor."""
    router = APIRouter(default_response_class=Response)
    cookies = Cookies(desk.secure)

    async def half(request: Request) -> str | None:
        token = request.cookies.get(cookies.half, "")
        async with desk.pool.connection() as connection:
            return await sessions.find_half_session(connection, digest(token)) if token else None

    @router.get("/sign-in/code")
    @may(SIGNED_OUT)
    async def code_page(request: Request, next: str = "/") -> Response:  # noqa: A002 - the query's name
        if await half(request) is None:
            return RedirectResponse("/sign-in", status_code=303)
        return _page(desk, request, "sign_in_code.html", next)

    @router.post("/sign-in/code")
    @may(SIGNED_OUT)
    async def check_code(
        request: Request,
        code: Annotated[str, Form(max_length=100)] = "",
        next: Annotated[str, Form(max_length=2000)] = "/",  # noqa: A002 - the field's name
    ) -> Response:
        """Open the session when the code is right; a code that was used opens nothing again."""
        account_id = await half(request)
        if account_id is None:
            return RedirectResponse("/sign-in", status_code=303)
        now = datetime.now(UTC)
        throttle = Throttle.of_codes(account_id, address_of(request))
        if wait := await throttle.enter(desk.pool, now):
            return _page(desk, request, "sign_in_code.html", next, wait=wait)
        async with transaction(desk.pool) as connection:
            good = await desk.seconds.accepts(connection, account_id, code)
        if not good:
            return _page(desk, request, "sign_in_code.html", next, fault="wrong")
        await throttle.excuse(desk.pool, now)
        answer = RedirectResponse(safe_path(next), status_code=303)
        await enter(desk, request, answer, account_id)
        return answer

    return router


def address_of(request: Request) -> str:
    """Return the address that a request comes from."""
    return request.client.host if request.client else ""


def _page(
    desk: Desk, request: Request, template: str, next_path: str, *, fault: str | None = None,
    wait: float = 0,
) -> Response:  # fmt: skip
    """Return a page of the sign-in: plain, with a fault (401), or with a wait (429)."""
    seconds = math.ceil(wait)
    context: dict[str, Any] = {
        "next": safe_path(next_path), "fault": "wait" if wait else fault, "wait": seconds,
    }  # fmt: skip
    status = 429 if wait else 401 if fault else 200
    page = desk.view.page(request, template, status=status, **context)
    if wait:
        page.headers["Retry-After"] = str(seconds)
    return page
