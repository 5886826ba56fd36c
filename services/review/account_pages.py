"""The own account: password, sessions; and the page under an invitation's link."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from starlette.responses import RedirectResponse, Response

from services.kit.db import transaction
from services.review import people
from services.review.context import Desk
from services.review.door import address_of
from services.review.entering import enter
from services.review.passwords import SHORTEST, UnfitPassword, fit_password
from services.review.refusals import Refusal
from services.review.rights import SIGNED_OUT, may
from services.review.security import SignedIn, digest, with_token
from services.review.throttle import Throttle
from services.store import accounts, sessions
from services.store import people as team
from services.store.accounts import Person

Password = Annotated[str, Form(max_length=4000)]


def account_router(desk: Desk) -> APIRouter:
    """Return the pages about oneself."""
    router = APIRouter(default_response_class=Response)

    async def shown(request: Request, person: Person, fault: Refusal | None = None) -> Response:
        async with desk.pool.connection() as connection:
            own = await accounts.read_account(connection, person.account_id)
            standing = await sessions.list_sessions(connection, person.account_id, desk.idle)
        return desk.view.page(
            request, "account.html", status=422 if fault else 200, own=own, sessions=standing,
            fault=fault, shortest=SHORTEST, required=desk.requires_second(person.role),
            passwords=desk.settings.password_sign_in, here="/account",
        )  # fmt: skip

    @router.get("/account")
    @may("account.own")
    async def account(request: Request, person: SignedIn) -> Response:
        return await shown(request, person)

    @router.post("/account/password", dependencies=[Depends(with_token)])
    @may("account.own")
    async def change_password(
        request: Request, person: SignedIn, current: Password = "", new: Password = "",
        again: Password = "",
    ) -> Response:  # fmt: skip
        """Change the password; all other sessions end, and this one gets a new token."""
        if not desk.settings.password_sign_in:
            return await shown(request, person, "password_off")
        now = datetime.now(UTC)
        throttle = Throttle.of_sign_in(person.name, address_of(request))
        if await throttle.enter(desk.pool, now) > 0:
            return await shown(request, person, "wait")
        async with desk.pool.connection() as connection:
            own = await accounts.read_account(connection, person.account_id)
        if not await desk.passwords.fits(current, own.password_hash if own else None):
            return await shown(request, person, "wrong_password")
        await throttle.excuse(desk.pool, now)
        if fault := _unfit(new, again):
            return await shown(request, person, fault)
        hashed = await desk.passwords.hash(new)
        async with transaction(desk.pool) as connection:
            await people.set_password(
                connection, person.account_id, hashed, by=person.account_id, but=person.session_id
            )
            provided = await sessions.read_provided(connection, person.session_id)
        answer = RedirectResponse("/account?done=password", status_code=303)
        await enter(desk, request, answer, person.account_id, provided=provided)
        return answer

    @router.post("/account/sessions/end", dependencies=[Depends(with_token)])
    @may("account.own")
    async def end_others(person: SignedIn) -> Response:
        async with transaction(desk.pool) as connection:
            await people.sign_out(connection, person.account_id, but=person.session_id)
        return RedirectResponse("/account?done=sessions", status_code=303)

    @router.post("/account/sessions/{session_id}/end", dependencies=[Depends(with_token)])
    @may("account.own")
    async def end_one(person: SignedIn, session_id: str) -> Response:
        async with transaction(desk.pool) as connection:
            await people.end_session(connection, person.account_id, session_id)
        return RedirectResponse("/account?done=sessions", status_code=303)

    return router


def invitation_router(desk: Desk) -> APIRouter:
    """Return the page on which an invited person chooses a password."""
    router = APIRouter(default_response_class=Response)

    async def shown(request: Request, token: str, fault: Refusal | None = None) -> Response:
        async with desk.pool.connection() as connection:
            found = await team.find_invited(connection, digest(token))
        status = 404 if found is None else 422 if fault else 200
        return desk.view.page(
            request, "invitation.html", status=status, name=found[1] if found else None,
            fault=fault, shortest=SHORTEST, passwords=desk.settings.password_sign_in,
            entrance=desk.entrance, here="/sign-in",
        )  # fmt: skip

    @router.get("/invitation/{token}")
    @may(SIGNED_OUT)
    async def invitation(request: Request, token: str) -> Response:
        return await shown(request, token)

    @router.post("/invitation/{token}")
    @may(SIGNED_OUT)
    async def accept(
        request: Request, token: str, new: Password = "", again: Password = ""
    ) -> Response:
        """Set the first password; the link is used up, and signing in is the next step."""
        fault = _unfit(new, again) if desk.settings.password_sign_in else "password_off"
        if fault:
            return await shown(request, token, fault)
        async with transaction(desk.pool) as connection:
            done = await people.accept(connection, token, new, desk.passwords)
        if not done:
            return await shown(request, token)
        return RedirectResponse("/sign-in?done=welcome", status_code=303)

    return router


def _unfit(new: str, again: str) -> Refusal | None:
    if new != again:
        return "not_alike"
    try:
        fit_password(new)
    except UnfitPassword:
        return "unfit_password"
    return None
