"""Sign in, sign out, choose a language."""

import math
from datetime import UTC, datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Form, HTTPException, Request
from starlette.responses import RedirectResponse, Response

from services.kit.db import transaction
from services.review.context import Desk
from services.review.passwords import clean_name
from services.review.rights import SIGNED_OUT, may
from services.review.security import (
    Cookies,
    digest,
    new_token,
    safe_path,
    signed_in,
    with_token,
)
from services.review.texts import LANGUAGES
from services.review.throttle import Throttle
from services.store import accounts
from services.store.accounts import Person

YEAR = 365 * 86_400


def signin_router(desk: Desk) -> APIRouter:
    """Return the routes that are open to everybody, and the way out."""
    router = APIRouter(default_response_class=Response)
    cookies = Cookies(desk.secure)

    @router.get("/sign-in")
    @may(SIGNED_OUT)
    async def sign_in_page(request: Request, next: str = "/") -> Response:  # noqa: A002 - the query's name
        if request.state.person:
            return RedirectResponse("/", status_code=303)
        return desk.view.page(request, "sign_in.html", next=safe_path(next), fault=None, wait=0)

    @router.post("/sign-in")
    @may(SIGNED_OUT)
    async def sign_in(
        request: Request,
        name: Annotated[str, Form(max_length=400)] = "",
        password: Annotated[str, Form(max_length=4000)] = "",
        next: Annotated[str, Form(max_length=2000)] = "/",  # noqa: A002 - the field's name
    ) -> Response:
        """Open a session; the answer to a wrong name and to a wrong password is the same."""
        now = datetime.now(UTC)
        name = clean_name(name)
        throttle = Throttle(name, _address(request))
        wait = await throttle.enter(desk.pool, now)
        if wait > 0:
            seconds = math.ceil(wait)
            page = desk.view.page(
                request, "sign_in.html", status=429, next=safe_path(next), fault="wait",
                wait=seconds,
            )  # fmt: skip
            page.headers["Retry-After"] = str(seconds)
            return page
        async with transaction(desk.pool) as connection:
            account = await accounts.find_account(connection, name)
        known = account.password_hash if account else None
        if not await desk.passwords.fits(password, known) or account is None:
            return desk.view.page(
                request, "sign_in.html", status=401, next=safe_path(next), fault="wrong", wait=0
            )
        await throttle.excuse(desk.pool, now)
        answer = RedirectResponse(safe_path(next), status_code=303)
        await open_session(desk, account, password, answer)
        return answer

    @router.post("/sign-out", dependencies=[Depends(with_token)])
    @may("desk.use")
    async def sign_out(request: Request) -> Response:
        async with transaction(desk.pool) as connection:
            await accounts.close_session(
                connection, digest(request.cookies.get(cookies.session, ""))
            )
        answer = RedirectResponse("/sign-in", status_code=303)
        answer.headers["Clear-Site-Data"] = '"storage"'
        cookies.drop(answer, cookies.session)
        return answer

    return router


def language_router(desk: Desk) -> APIRouter:
    """Return the switch between languages, open to everybody."""
    router = APIRouter(default_response_class=Response)
    cookies = Cookies(desk.secure)

    @router.post("/language")
    @may(SIGNED_OUT)
    async def choose_language(
        request: Request,
        language: Annotated[str, Form()],
        back: Annotated[str, Form(max_length=2000)] = "/",
    ) -> Response:
        """Remember the language in a cookie, and in the account of who is signed in."""
        chosen = next((known for known in LANGUAGES if known == language), None)
        if chosen is None:
            raise HTTPException(400)
        if isinstance(request.state.person, Person):
            person = signed_in(request)
            await with_token(request, person)
            async with transaction(desk.pool) as connection:
                await accounts.save_language(connection, person.account_id, chosen)
        answer = RedirectResponse(safe_path(back), status_code=303)
        cookies.keep(answer, cookies.language, chosen, seconds=YEAR)
        return answer

    return router


async def open_session(
    desk: Desk, account: accounts.Account, password: str, answer: Response
) -> None:
    """Store a new session, strengthen an old hash, and give the browser its token."""
    cookies, lifetime = Cookies(desk.secure), timedelta(hours=desk.settings.session_hours)
    token, fresh = new_token(), None
    if desk.passwords.outdated(account.password_hash):
        fresh = await desk.passwords.hash(password)
    async with transaction(desk.pool) as connection:
        if fresh:
            await accounts.save_password_hash(connection, account.account_id, fresh)
        await accounts.open_session(
            connection, token_hash=digest(token), account_id=account.account_id,
            csrf=new_token(), expires_at=datetime.now(UTC) + lifetime,
        )  # fmt: skip
    cookies.keep(answer, cookies.session, token, seconds=int(lifetime.total_seconds()))


def _address(request: Request) -> str:
    return request.client.host if request.client else ""
