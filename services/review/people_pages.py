"""The page of people: who may sign in, as what, and what was done to accounts."""

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from starlette.responses import RedirectResponse, Response

from services.kit.db import transaction
from services.review import people
from services.review.context import Desk
from services.review.pages import Key
from services.review.passwords import UnfitName
from services.review.people import Change
from services.review.refusals import Refusal, Refused
from services.review.rights import RIGHTS, ROLES, may
from services.review.security import SignedIn, with_token
from services.store import people as team
from services.store.accounts import Language, Role

LISTED = 500
EVENTS = 50


async def _shown(
    desk: Desk, request: Request, *, fault: Refusal | None = None, token: str | None = None,
    invited: str | None = None,
) -> Response:  # fmt: skip
    """Return the page, with the link of who is `invited` when there is one to hand over."""
    async with desk.pool.connection() as connection:
        members = await team.list_members(connection, limit=LISTED)
        events = await team.list_events(connection, limit=EVENTS)
    root = (desk.settings.public_url or str(request.base_url)).rstrip("/")
    return desk.view.page(
        request, "people.html", status=409 if fault else 200, members=members, events=events,
        roles=ROLES, rights=RIGHTS, required=desk.settings.second_factor_roles, fault=fault,
        passwords=desk.settings.password_sign_in, entrance=desk.entrance,
        link=token and f"{root}/invitation/{token}", invited=invited,
        hours=int(people.INVITED_FOR.total_seconds() // 3600), here="/people",
    )  # fmt: skip


def inviting_router(desk: Desk) -> APIRouter:
    """Return the form that makes an account."""
    router = APIRouter(default_response_class=Response)

    @router.post("/people", dependencies=[Depends(with_token)])
    @may("people.manage")
    async def create(
        request: Request,
        person: SignedIn,
        role: Annotated[Role, Form()],
        *,
        name: Annotated[str, Form(max_length=400)] = "",
        email: Annotated[str, Form(max_length=400)] = "",
        language: Annotated[Language, Form()] = "de",
    ) -> Response:
        """Create an account and show its invitation, once; without passwords there is none."""
        passwords = desk.settings.password_sign_in
        if not passwords and not email.strip():
            return await _shown(desk, request, fault="needs_email")
        try:
            async with transaction(desk.pool) as connection:
                account_id = await people.create(
                    connection, name=name, role=role, language=language, email=email,
                    by=person.account_id,
                )  # fmt: skip
                token = (
                    await people.invite(connection, account_id, by=person.account_id)
                    if passwords
                    else None
                )
        except UnfitName:
            return await _shown(desk, request, fault="unfit_name")
        except Refused as error:
            return await _shown(desk, request, fault=error.refusal)
        if token is None:
            return RedirectResponse("/people?done=invited", status_code=303)
        return await _shown(desk, request, token=token, invited=account_id)

    return router


def people_router(desk: Desk) -> APIRouter:
    """Return the page of people and the forms that change accounts."""
    router = APIRouter(default_response_class=Response)

    @router.get("/people")
    @may("people.read")
    async def listed(request: Request) -> Response:
        return await _shown(desk, request)

    @router.post("/people/{account_id}/role", dependencies=[Depends(with_token)])
    @may("people.manage")
    async def give_role(
        request: Request, person: SignedIn, account_id: Key, role: Annotated[Role, Form()]
    ) -> Response:
        try:
            async with transaction(desk.pool) as connection:
                await people.give_role(connection, account_id, role, by=person.account_id)
        except Refused as error:
            return await _shown(desk, request, fault=error.refusal)
        return RedirectResponse("/people?done=role", status_code=303)

    @router.post("/people/{account_id}/{what}", dependencies=[Depends(with_token)])
    @may("people.manage")
    async def change(request: Request, person: SignedIn, account_id: Key, what: Change) -> Response:
        try:
            async with transaction(desk.pool) as connection:
                token = await people.change(connection, account_id, what, by=person.account_id)
        except Refused as error:
            return await _shown(desk, request, fault=error.refusal)
        if token:
            return await _shown(desk, request, token=token, invited=account_id)
        return RedirectResponse(f"/people?done={what}", status_code=303)

    return router
