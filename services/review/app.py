"""The desk as a web application: routes, gate, error pages."""

import logging

from fastapi import Depends, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from services.review.account_pages import account_router, invitation_router
from services.review.asking import asking_router
from services.review.board import board_router
from services.review.bulk_pages import bulk_router
from services.review.care_posts import care_router
from services.review.claim_posts import claims_router
from services.review.connections import connections_router
from services.review.context import Desk
from services.review.dialogue import dialogue_router
from services.review.discovery import discovery_router
from services.review.discovery_posts import channels_router, discovery_posts_router
from services.review.evidence_pages import evidence_router
from services.review.finding import finding_router
from services.review.forgetting_pages import forgetting_router
from services.review.four_eyes import four_eyes_router
from services.review.gaps import gap_texts_router, gaps_router
from services.review.gate import WasPlanted, gate_router, tell
from services.review.languages import language_router
from services.review.letters import letters_router
from services.review.mute_posts import mute_router
from services.review.once_pages import once_router
from services.review.opportunities import opportunities_router
from services.review.ops import ops_router
from services.review.outage import UNREACHABLE, database_away
from services.review.packaging import packages_router, packaging_router
from services.review.pages import pages_router
from services.review.people_pages import inviting_router, people_router
from services.review.plan_posts import plans_router
from services.review.posts import posts_router, settling_router
from services.review.provider_pages import provider_end_router, provider_router
from services.review.pulse import pulse_router
from services.review.radar import radar_router
from services.review.refusals import Unknown
from services.review.replays import replays_router
from services.review.rights import Guard, NotAllowed, SecondFactorMissing, first_page
from services.review.second_factor_pages import proved_router, second_factor_router
from services.review.security import Cookies, Gate
from services.review.shelf import shelf_router
from services.review.shelf_posts import shelf_posts_router, watching_router
from services.review.signin import code_router, signin_router, signout_router
from services.review.view import STATIC
from services.review.watches import watches_router

log = logging.getLogger(__name__)

MAX_BODY = 512 * 1024
YEAR = 365 * 86_400


class _Files(StaticFiles):
    """Static files; their addresses carry a fingerprint, so browsers may keep them."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        named = b"v=" in scope.get("query_string", b"")
        response.headers["Cache-Control"] = (
            f"public, max-age={YEAR}, immutable" if named else "no-cache"
        )
        return response


def create_app(desk: Desk, *, version: str, routes: list[BaseRoute]) -> FastAPI:
    """Return the application with further routes of the service, such as `/ready`."""
    app = FastAPI(
        title="Dialogwerk desk", version=version, docs_url=None, redoc_url=None, openapi_url=None,
        max_body_size=MAX_BODY, dependencies=[Depends(Guard(desk.settings.second_factor_roles))],
    )  # fmt: skip
    app.add_middleware(
        Gate, pool=desk.pool, cookies=Cookies(desk.secure), public_url=desk.settings.public_url,
        idle=desk.idle,
    )  # fmt: skip
    for router in (
        signin_router(desk), code_router(desk), language_router(desk), invitation_router(desk),
        signout_router(desk), provider_router(desk), provider_end_router(desk), once_router(desk),
    ):  # fmt: skip
        app.include_router(router)
    for router in (
        pages_router(desk), ops_router(desk), board_router(desk), connections_router(desk),
        people_router(desk), inviting_router(desk), account_router(desk),
        second_factor_router(desk), proved_router(desk),
        dialogue_router(desk), evidence_router(desk), packages_router(desk), packaging_router(desk),
        finding_router(desk), bulk_router(desk), gaps_router(desk), gap_texts_router(desk),
        letters_router(desk),
        gate_router(desk), shelf_router(desk), shelf_posts_router(desk), watching_router(desk),
        watches_router(desk), opportunities_router(desk), radar_router(desk),
        asking_router(desk), replays_router(desk), discovery_router(desk),
        discovery_posts_router(desk), channels_router(desk),
        posts_router(desk), mute_router(desk), settling_router(desk), claims_router(desk),
        plans_router(desk), forgetting_router(desk), four_eyes_router(desk), care_router(desk),
        pulse_router(desk),
    ):  # fmt: skip
        app.include_router(router, dependencies=[Depends(desk.count)])
    app.mount("/static", _Files(directory=STATIC), name="static")
    app.router.routes.extend(routes)
    _explain_errors(app, desk)
    _explain_rights(app, desk)
    return app


def _explain_errors(app: FastAPI, desk: Desk) -> None:
    async def refuse(request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 404
        return desk.view.page(request, "error.html", status=status, code=status)

    async def misread(request: Request, error: Exception) -> Response:
        in_path = isinstance(error, RequestValidationError) and any(
            fault["loc"][0] == "path" for fault in error.errors()
        )
        code = 404 if in_path else 400
        return desk.view.page(request, "error.html", status=code, code=code)

    async def wait(_: Request, error: Exception) -> Response:
        log.warning("the desk cannot reach its database: %r", error)
        return database_away()

    async def was_planted(request: Request, error: Exception) -> Response:
        if not isinstance(error, WasPlanted):
            raise error
        return await tell(desk, request, error)

    app.add_exception_handler(WasPlanted, was_planted)
    app.add_exception_handler(HTTPException, refuse)
    app.add_exception_handler(Unknown, refuse)
    app.add_exception_handler(RequestValidationError, misread)
    for unreachable in UNREACHABLE:
        app.add_exception_handler(unreachable, wait)


def _explain_rights(app: FastAPI, desk: Desk) -> None:
    async def forbid(request: Request, _: Exception) -> Response:
        home = first_page(request.state.person)
        if request.url.path == "/" and home != "/":
            return RedirectResponse(home, status_code=303)
        return desk.view.page(request, "not_allowed.html", status=403)

    async def enrol(request: Request, _: Exception) -> Response:
        if "hx-request" in request.headers:
            return Response(status_code=403)
        return RedirectResponse("/account/second-factor", status_code=303)

    app.add_exception_handler(NotAllowed, forbid)
    app.add_exception_handler(SecondFactorMissing, enrol)
