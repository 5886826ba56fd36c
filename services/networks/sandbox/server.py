"""Builds the sandbox network and serves it."""

import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
from datetime import UTC, datetime

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response

from services.kit import web
from services.networks.sandbox.access import Access
from services.networks.sandbox.admin import Admin
from services.networks.sandbox.api import Api, refusal_response
from services.networks.sandbox.faults import FaultMiddleware, FaultPlan
from services.networks.sandbox.feed import Bell, Feed
from services.networks.sandbox.forms import Forms
from services.networks.sandbox.ledger import Ledger
from services.networks.sandbox.pace import Pace
from services.networks.sandbox.pages import Pages
from services.networks.sandbox.posting import Posting
from services.networks.sandbox.rendering import Rendering
from services.networks.sandbox.searching import Searching
from services.networks.sandbox.seeding import Seeding
from services.networks.sandbox.settings import SandboxSettings
from services.networks.sandbox.world import Refusal

STATE_FILE = "sandbox.sqlite3"


def _utc_now() -> datetime:
    return datetime.now(UTC)


def create_app(settings: SandboxSettings, *, now: Callable[[], datetime] = _utc_now) -> Starlette:
    """Return the network as an ASGI app; its file is open from startup to shutdown.

    A server that waits for open requests before it shuts the app down (uvicorn does) is kept
    waiting by long-polls; `serving` ends them first.
    """
    ledger = Ledger(settings.data / STATE_FILE)
    bell = Bell()
    faults = FaultPlan()
    access = Access(ledger, settings)
    posting = Posting(ledger, bell, settings, now)
    pace = Pace(settings.write_limit, settings.write_window)
    seeding = Seeding(ledger, bell, settings.max_length, now)
    api = Api(
        access=access,
        ledger=ledger,
        posting=posting,
        feed=Feed(ledger),
        bell=bell,
        pace=pace,
        settings=settings,
        now=now,
    )
    pages = Pages(Rendering(settings, access, ledger), access, ledger, bell)
    forms = Forms(pages=pages, access=access, posting=posting, pace=pace, now=now)

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        ledger.open()
        try:
            yield
        finally:
            bell.close()
            ledger.close()

    def unknown_address(request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 404
        refusal = Refusal(
            status, "gone" if status == 404 else "invalid", "This address is not one."
        )
        if request.url.path.startswith("/api/"):
            return refusal_response(refusal)
        return pages.problem(request, refusal)

    def failed(_request: Request, _error: Exception) -> Response:
        return refusal_response(Refusal(500, "internal", "The network failed at this."))

    app = Starlette(
        routes=[
            *api.routes(),
            *Searching(access, ledger, settings.public_url).routes(),
            *Admin(access, seeding, faults).routes(),
            *forms.routes(),
            *pages.routes(),
        ],
        middleware=[Middleware(FaultMiddleware, plan=faults)],
        exception_handlers={HTTPException: unknown_address, Exception: failed},
        lifespan=lifespan,
    )
    app.state.end_waiting = bell.close
    return app


@asynccontextmanager
async def serving(app: Starlette, listener: socket.socket) -> AsyncIterator[str]:
    """Serve the network on the socket while the block runs; yields its address.

    Raises what kept the app from starting, such as an unwritable folder.
    """
    end_waiting = getattr(app.state, "end_waiting", _nothing_waits)
    with closing(listener):
        async with (
            app.router.lifespan_context(app),
            web.serving(app, listener, before_stop=end_waiting) as url,
        ):
            yield url


def _nothing_waits() -> None:
    """Stand in for an app without long-polls."""
