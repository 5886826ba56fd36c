"""Set up, renew and remove the own second factor."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from markupsafe import Markup
from starlette.responses import RedirectResponse, Response

from services.kit import totp
from services.kit.db import transaction
from services.review import people
from services.review.context import Desk
from services.review.door import address_of
from services.review.refusals import Refusal
from services.review.rights import may
from services.review.second_factor import drawing, renew_recovery
from services.review.security import SignedIn, with_token
from services.review.throttle import Throttle
from services.store import second_factors
from services.store.accounts import Person
from services.store.people import add_event

PATH = "/account/second-factor"
Code = Annotated[str, Form(max_length=100)]


async def _shown(
    desk: Desk, request: Request, person: Person, fault: Refusal | None = None,
    codes: Sequence[str] = (),
) -> Response:  # fmt: skip
    secret, left = None, 0
    async with desk.pool.connection() as connection:
        if desk.has_vault:
            secret = await desk.seconds.offered(connection, person.account_id)
        left = await second_factors.count_recovery(connection, person.account_id)
    link = secret and totp.address(
        secret, issuer=f"Dialogwerk {desk.settings.organisation}".strip(), account=person.name
    )
    return desk.view.page(
        request, "second_factor.html", status=422 if fault else 200, fault=fault, codes=codes,
        secret=secret, left=left, required=desk.requires_second(person.role),
        possible=desk.has_vault, has_second=person.has_second or bool(codes), here=PATH,
        # our own drawing of the secret, nothing that anybody typed
        image=Markup(drawing(link)) if link else None,  # noqa: S704
    )  # fmt: skip


async def _fits(desk: Desk, request: Request, person: Person, code: str) -> Refusal | None:
    """Return why a code does not do; each try counts."""
    now = datetime.now(UTC)
    throttle = Throttle.of_codes(person.account_id, address_of(request))
    if await throttle.enter(desk.pool, now) > 0:
        return "wait"
    async with transaction(desk.pool) as connection:
        if not await desk.seconds.accepts(connection, person.account_id, code):
            return "wrong_code"
    await throttle.excuse(desk.pool, now)
    return None


def second_factor_router(desk: Desk) -> APIRouter:
    """Return the page of the second factor and the forms that set it up."""
    router = APIRouter(default_response_class=Response)

    @router.get(PATH)
    @may("account.own")
    async def second_factor(request: Request, person: SignedIn) -> Response:
        return await _shown(desk, request, person)

    @router.post(f"{PATH}/begin", dependencies=[Depends(with_token)])
    @may("account.own")
    async def begin(person: SignedIn) -> Response:
        """Offer a secret; what is set up already counts until it is removed."""
        if desk.has_vault and not person.has_second:
            async with transaction(desk.pool) as connection:
                await desk.seconds.offer(connection, person.account_id)
        return RedirectResponse(PATH, status_code=303)

    @router.post(f"{PATH}/confirm", dependencies=[Depends(with_token)])
    @may("account.own")
    async def confirm(request: Request, person: SignedIn, code: Code = "") -> Response:
        """Set it up, show the recovery codes once, and end the other sessions."""
        if person.has_second or not desk.has_vault:
            return RedirectResponse(PATH, status_code=303)
        async with transaction(desk.pool) as connection:
            codes = await desk.seconds.confirm(connection, person.account_id, code)
            if codes:
                await people.sign_out(connection, person.account_id, but=person.session_id)
        return await _shown(desk, request, person, None if codes else "wrong_code", codes or ())

    return router


def proved_router(desk: Desk) -> APIRouter:
    """Return the forms that need a code of the second factor which stands."""
    router = APIRouter(default_response_class=Response)

    @router.post(f"{PATH}/recovery", dependencies=[Depends(with_token)])
    @may("account.own")
    async def recovery(request: Request, person: SignedIn, code: Code = "") -> Response:
        """Show new recovery codes, once."""
        if not person.has_second:
            return RedirectResponse(PATH, status_code=303)
        if fault := await _fits(desk, request, person, code):
            return await _shown(desk, request, person, fault)
        async with transaction(desk.pool) as connection:
            codes = await renew_recovery(connection, person.account_id)
        return await _shown(desk, request, person, codes=codes)

    @router.post(f"{PATH}/remove", dependencies=[Depends(with_token)])
    @may("account.own")
    async def remove(request: Request, person: SignedIn, code: Code = "") -> Response:
        if not person.has_second:
            return RedirectResponse(PATH, status_code=303)
        if desk.requires_second(person.role):
            return await _shown(desk, request, person, "second_required")
        if fault := await _fits(desk, request, person, code):
            return await _shown(desk, request, person, fault)
        async with transaction(desk.pool) as connection:
            await second_factors.forget(connection, person.account_id)
            await add_event(connection, person.account_id, "second_off", by=person.account_id)
        return RedirectResponse("/account?done=second_off", status_code=303)

    return router
