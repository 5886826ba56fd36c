"""Sign in and out through the organisation's provider."""

import logging
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated

import psycopg
from fastapi import APIRouter, Form, HTTPException, Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from services.kit.db import transaction
from services.kit.oidc.faults import CodeVoid, ProviderDown, ProviderFault, ProviderUnfit, Untrusted
from services.kit.oidc.provider import error_code
from services.review.context import Desk
from services.review.door import address_of, door
from services.review.entering import enter, enter_half
from services.review.entrance import BEGIN, LEFT, LOGOUT, RETURN, Entrance
from services.review.joining import Entry, come_in, newcomer
from services.review.rights import SIGNED_OUT, may
from services.review.security import Cookies, digest, new_token, safe_path
from services.review.throttle import Throttle
from services.review.view import query
from services.store import items, provider_sign_ins
from services.store.provider_sign_ins import Underway
from services.store.sessions import Provided

log = logging.getLogger(__name__)

LASTING = timedelta(minutes=15)
"""Time to sign in at the provider, with whatever it asks for."""
ERRORS = {
    "access_denied": "declined", "login_required": "declined", "consent_required": "declined",
    "interaction_required": "declined", "account_selection_required": "declined",
    "temporarily_unavailable": "down", "server_error": "down",
}  # fmt: skip
"""What a provider answers instead of a code, by what a person can do; `setup` for the rest."""
FAULTS: dict[type[ProviderFault], str] = {
    ProviderDown: "down", ProviderUnfit: "setup", CodeVoid: "stale", Untrusted: "untrusted",
}  # fmt: skip


@dataclass(frozen=True)
class _Answer:
    """What the provider sent along with a browser."""

    code: str
    error: str
    issuer: str | None


class _Broken(Exception):
    """The provider let nobody in; the message is a fault of ours to show."""


def provider_router(desk: Desk) -> APIRouter:
    """Return the way to the provider and back."""
    router = APIRouter(default_response_class=Response)
    cookies = Cookies(desk.secure)

    @router.get(BEGIN)
    @may(SIGNED_OUT)
    async def begin(request: Request, next: str = "/") -> Response:  # noqa: A002 - the query's name
        """Send a browser to the provider, with what only this browser can bring back."""
        entrance = _entrance(desk)
        if request.state.person:
            return RedirectResponse(safe_path(next), status_code=303)
        now = datetime.now(UTC)
        throttle = Throttle.of_starts(address_of(request))
        if wait := await throttle.enter(desk.pool, now):
            return door(desk, request, next, wait=wait)
        try:
            beginning = await entrance.provider.begin()
        except ProviderFault as error:
            await throttle.excuse(desk.pool, now)
            return door(desk, request, next, provider_fault=_noted(error))
        # shared by the browser's tabs: several sign-ins may be under way
        browser = request.cookies.get(cookies.way) or new_token()
        async with transaction(desk.pool) as connection:
            await provider_sign_ins.keep(
                connection, _key(browser, beginning.state),
                Underway(beginning.nonce, beginning.verifier, safe_path(next)), LASTING,
            )  # fmt: skip
        answer = RedirectResponse(beginning.address, status_code=303)
        cookies.keep(answer, cookies.way, browser, seconds=int(LASTING.total_seconds()))
        return answer

    @router.get(RETURN)
    @may(SIGNED_OUT)
    async def returned(
        request: Request, code: str = "", state: str = "", error: str = "", iss: str | None = None
    ) -> Response:
        """Let somebody in whom the provider sent back; each answer counts once."""
        _entrance(desk)
        browser = request.cookies.get(cookies.way, "")
        async with transaction(desk.pool) as connection:
            underway = await provider_sign_ins.take(connection, _key(browser, state))
        if underway is None or not browser:
            if request.state.person:
                return RedirectResponse("/", status_code=303)
            return door(desk, request, "/", provider_fault="stale")
        try:
            found, provided = await _found(desk, request, underway, _Answer(code, error, iss))
        except _Broken as broken:
            return door(desk, request, underway.next, provider_fault=str(broken))
        await Throttle.of_starts(address_of(request)).excuse(desk.pool, datetime.now(UTC))
        if found.has_second and not provided.second:
            target = f"/sign-in/code{query(next=underway.next)}"
            answer = RedirectResponse(target, status_code=303)
            await enter_half(desk, answer, found.account_id, provided=provided)
        else:
            answer = RedirectResponse(underway.next, status_code=303)
            await enter(desk, request, answer, found.account_id, provided=provided)
        cookies.drop(answer, cookies.way)
        return answer

    return router


def provider_end_router(desk: Desk) -> APIRouter:
    """Return what ends a sign-in at the provider, from here and from there."""
    router = APIRouter(default_response_class=Response)

    @router.get(LEFT)
    @may(SIGNED_OUT)
    async def left(request: Request) -> Response:
        """Say that the sign-in at the provider still stands, and lead there."""
        entrance = _entrance(desk)
        try:
            way_out = await entrance.provider.way_out(entrance.back)
        except ProviderFault as error:
            _noted(error)
            way_out = None
        return desk.view.page(
            request, "signed_out.html", name=entrance.name, way_out=way_out, here=LEFT
        )

    @router.post(LOGOUT)
    @may(SIGNED_OUT)
    async def logout(
        logout_token: Annotated[str, Form(max_length=20_000)] = "",
    ) -> Response:
        """End the sessions that the provider names; its signature is the proof."""
        entrance = _entrance(desk)
        try:
            out = await entrance.provider.read_logout(logout_token)
        except ProviderDown as error:
            _noted(error)
            return JSONResponse({"error": "temporarily_unavailable"}, status_code=503)
        except ProviderFault as error:
            _noted(error)
            return JSONResponse({"error": "invalid_request"}, status_code=400)
        async with transaction(desk.pool) as connection:
            if await provider_sign_ins.end_provided(
                connection, issuer=entrance.provider.at.issuer, subject=out.subject, sid=out.sid
            ):
                await items.tell_desks(connection, None)
        return Response(status_code=200)

    return router


async def _found(
    desk: Desk, request: Request, underway: Underway, answer: _Answer
) -> tuple[Entry, Provided]:
    """Return who comes in and what the provider said; raises _Broken."""
    entrance = _entrance(desk)
    provider, policy = entrance.provider, entrance.policy
    try:
        await provider.check_answer(answer.issuer)
        if answer.error or not answer.code:
            log.info("no sign-in through the provider: it says %s", error_code(answer.error))
            raise _Broken(ERRORS.get(answer.error, "setup"))
        proof = await provider.finish(
            answer.code, nonce=underway.nonce, verifier=underway.verifier, wanted=policy.wanted
        )
    except ProviderFault as fault:
        raise _Broken(_noted(fault)) from fault
    who = newcomer(proof, policy)
    try:
        async with transaction(desk.pool) as connection:
            found = await come_in(
                connection, who, issuer=provider.at.issuer, gives_roles=policy.gives_roles,
                language=desk.view.language(request),
            )  # fmt: skip
    except psycopg.errors.UniqueViolation as error:
        raise _Broken("stale") from error  # the same person came in twice at once
    if isinstance(found, str):
        log.info("no sign-in through the provider: %s", found)
        raise _Broken(found)
    sid = proof.signed.get("sid")
    return found, Provided(sid if isinstance(sid, str) else None, who.second)


def _entrance(desk: Desk) -> Entrance:
    if desk.entrance is None:
        raise HTTPException(404)
    return desk.entrance


def _key(browser: str, state: str) -> str:
    """Return what a sign-in is kept under: an answer counts in the browser that began it."""
    return digest(f"{browser}.{state}")


def _noted(error: ProviderFault) -> str:
    """Write down why a sign-in failed and return what to say about it."""
    fault = next(name for kind, name in FAULTS.items() if isinstance(error, kind))
    log.warning("no sign-in through the provider: %s: %s", fault, error)
    return fault
