"""Sign in, with a second factor where there is one, and sign out."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from starlette.responses import RedirectResponse, Response

from services.kit.db import transaction
from services.review.context import Desk
from services.review.door import address_of, door
from services.review.entering import enter, enter_half
from services.review.entrance import LEFT
from services.review.passwords import clean_name
from services.review.rights import SIGNED_OUT, may
from services.review.security import Cookies, digest, safe_path, with_token
from services.review.throttle import Throttle
from services.review.view import query
from services.store import accounts, provider_sign_ins, sessions
from services.store.sessions import HalfSession

CODE = "sign_in_code.html"


def signin_router(desk: Desk) -> APIRouter:
    """Return the routes that are open to everybody."""
    router = APIRouter(default_response_class=Response)

    @router.get("/sign-in")
    @may(SIGNED_OUT)
    async def sign_in_page(request: Request, next: str = "/") -> Response:  # noqa: A002 - the query's name
        if request.state.person:
            return RedirectResponse("/", status_code=303)
        return door(desk, request, next)

    @router.post("/sign-in")
    @may(SIGNED_OUT)
    async def sign_in(
        request: Request,
        name: Annotated[str, Form(max_length=400)] = "",
        password: Annotated[str, Form(max_length=4000)] = "",
        next: Annotated[str, Form(max_length=2000)] = "/",  # noqa: A002 - the field's name
    ) -> Response:
        """Check a password; the answer to a wrong name and to a wrong password is the same."""
        if not desk.settings.password_sign_in:
            return door(desk, request, next, fault="password_off")
        now = datetime.now(UTC)
        name = clean_name(name)
        throttle = Throttle.of_sign_in(name, address_of(request))
        if wait := await throttle.enter(desk.pool, now):
            return door(desk, request, next, wait=wait)
        async with transaction(desk.pool) as connection:
            account = await accounts.find_account(connection, name)
        known = account.password_hash if account else None
        if not await desk.passwords.fits(password, known) or account is None or known is None:
            return door(desk, request, next, fault="wrong")
        await throttle.excuse(desk.pool, now)
        if await _belongs_elsewhere(desk, account.account_id):
            return door(desk, request, next, provider_fault="elsewhere")
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

    return router


def signout_router(desk: Desk) -> APIRouter:
    """Return the way out."""
    router = APIRouter(default_response_class=Response)
    cookies = Cookies(desk.secure)

    @router.post("/sign-out", dependencies=[Depends(with_token)])
    @may("account.own")
    async def sign_out(request: Request) -> Response:
        async with transaction(desk.pool) as connection:
            await sessions.close_session(
                connection, digest(request.cookies.get(cookies.session, ""))
            )
        elsewhere = desk.entrance is not None and request.state.person.by_provider
        answer = RedirectResponse(LEFT if elsewhere else "/sign-in", status_code=303)
        answer.headers["Clear-Site-Data"] = '"storage"'
        cookies.drop(answer, cookies.session)
        return answer

    return router


def code_router(desk: Desk) -> APIRouter:
    """Return the page between password and desk, for those who have a second factor."""
    router = APIRouter(default_response_class=Response)
    cookies = Cookies(desk.secure)

    async def half(request: Request) -> HalfSession | None:
        token = request.cookies.get(cookies.half, "")
        async with desk.pool.connection() as connection:
            return await sessions.find_half_session(connection, digest(token)) if token else None

    @router.get("/sign-in/code")
    @may(SIGNED_OUT)
    async def code_page(request: Request, next: str = "/") -> Response:  # noqa: A002 - the query's name
        if await half(request) is None:
            return RedirectResponse("/sign-in", status_code=303)
        return door(desk, request, next, template=CODE)

    @router.post("/sign-in/code")
    @may(SIGNED_OUT)
    async def check_code(
        request: Request,
        code: Annotated[str, Form(max_length=100)] = "",
        next: Annotated[str, Form(max_length=2000)] = "/",  # noqa: A002 - the field's name
    ) -> Response:
        """Open the session when the code is right; a code that was used opens nothing again."""
        found = await half(request)
        if found is None:
            return RedirectResponse("/sign-in", status_code=303)
        account_id = found.account_id
        now = datetime.now(UTC)
        throttle = Throttle.of_codes(account_id, address_of(request))
        if wait := await throttle.enter(desk.pool, now):
            return door(desk, request, next, template=CODE, wait=wait)
        async with transaction(desk.pool) as connection:
            good = await desk.seconds.accepts(connection, account_id, code)
        if not good:
            return door(desk, request, next, template=CODE, fault="wrong")
        await throttle.excuse(desk.pool, now)
        answer = RedirectResponse(safe_path(next), status_code=303)
        await enter(desk, request, answer, account_id, provided=found.provided)
        return answer

    return router


async def _belongs_elsewhere(desk: Desk, account_id: str) -> bool:
    """True when the provider gives the account's role: who lost it there must not come in here."""
    entrance = desk.entrance
    if entrance is None or not entrance.policy.gives_roles:
        return False
    async with desk.pool.connection() as connection:
        issuer = entrance.provider.at.issuer
        return await provider_sign_ins.is_joined(connection, account_id, issuer)
