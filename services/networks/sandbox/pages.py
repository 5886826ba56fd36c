"""The pages of the sandbox network that anybody can read in a browser."""

from collections.abc import Awaitable, Callable
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from services.networks.sandbox.access import Access
from services.networks.sandbox.api import refusal_response
from services.networks.sandbox.feed import Bell
from services.networks.sandbox.ledger import Ledger
from services.networks.sandbox.reading import read_query
from services.networks.sandbox.rendering import Rendering, rows_of
from services.networks.sandbox.world import Note, Refusal

_WAIT = 25.0
"""Seconds a browser waits for something new before it asks again."""


class LiveQuery(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")

    after: int = Field(ge=0)
    thread: str | None = None


class Pages:
    """Front page, pages, threads and one's own private messages."""

    def __init__(self, rendering: Rendering, access: Access, ledger: Ledger, bell: Bell) -> None:
        self._rendering = rendering
        self._access = access
        self._ledger = ledger
        self._bell = bell

    def routes(self) -> list[BaseRoute]:
        """Return the routes for reading."""
        return [
            Route("/", self.shown(self._front), methods=["GET"]),
            Route("/p/{id}", self.shown(self._page), methods=["GET"]),
            Route("/t/{id}", self.shown(self._thread), methods=["GET"]),
            Route("/messages", self.shown(self._messages), methods=["GET"]),
            Route("/live", self._live, methods=["GET"]),
            Mount("/static", StaticFiles(directory=Path(__file__).parent / "static")),
        ]

    def shown(
        self, handler: Callable[[Request], Awaitable[Response]]
    ) -> Callable[[Request], Awaitable[Response]]:
        """Return the handler with refusals as pages for people."""

        async def answer(request: Request) -> Response:
            try:
                return await handler(request)
            except Refusal as refusal:
                return self.problem(request, refusal)

        return answer

    def problem(self, request: Request, refusal: Refusal, text: str = "") -> Response:
        """Return a page that says what did not work, with the text that was written."""
        return self._rendering.page(
            request, "problem.html", status=refusal.status, code=refusal.code, text=text
        )

    async def _front(self, request: Request) -> Response:
        return self._rendering.page(
            request,
            "front.html",
            pages=self._ledger.pages(),
            posts=self._ledger.posts(),
            version=self._ledger.last_public_seq(None),
        )

    async def _page(self, request: Request) -> Response:
        page = self._ledger.actor(request.path_params["id"])
        if page is None or page.kind != "page":
            raise _nothing()
        visitor = self._access.visitor(request)
        return self._rendering.page(
            request,
            "page.html",
            page=page,
            posts=self._ledger.posts(page_id=page.id),
            blocked=visitor is not None and self._ledger.is_blocked(visitor.id, page.id),
        )

    async def _thread(self, request: Request) -> Response:
        root_id = request.path_params["id"]
        notes = self._ledger.thread(root_id)
        root = next((note for note in notes if note.id == root_id and note.kind == "post"), None)
        if root is None:
            raise _nothing()
        return self._rendering.page(
            request,
            "thread.html",
            root=root,
            rows=rows_of(notes),
            version=self._ledger.last_public_seq(root_id),
        )

    async def _messages(self, request: Request) -> Response:
        visitor = self._access.visitor(request)
        conversations: dict[str, list[Note]] = {}
        for note in self._ledger.letters(visitor.id) if visitor else []:
            conversations.setdefault(note.page_id, []).append(note)
        return self._rendering.page(request, "messages.html", conversations=conversations)

    async def _live(self, request: Request) -> Response:
        try:
            query = read_query(request, LiveQuery)
        except Refusal as refusal:
            return refusal_response(refusal)

        def newer() -> int | None:
            version = self._ledger.last_public_seq(query.thread)
            return version if version > query.after else None

        version = await self._bell.until(newer, _WAIT)
        return JSONResponse({"version": version or query.after})


def _nothing() -> Refusal:
    return Refusal(404, "gone", "There is nothing here.")
