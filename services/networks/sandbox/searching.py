"""What the sandbox network lets others find: posts with certain words, and a page's own words."""

from collections.abc import Awaitable, Callable
from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from services.networks.sandbox.access import Access
from services.networks.sandbox.api import refusal_response
from services.networks.sandbox.ledger import Ledger
from services.networks.sandbox.reading import read_query
from services.networks.sandbox.views import note_path, page_path
from services.networks.sandbox.world import Actor, Note, Refusal

_LOOKED_AT = 2000
"""Posts among which is searched, the newest."""
_SHOWN = 100
_PAGES = 25


class SearchQuery(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")

    q: str = Field(min_length=1, max_length=200)


class Searching:
    """Two questions that every token may ask; private messages and hidden posts are never found."""

    def __init__(self, access: Access, ledger: Ledger, public_url: str | None) -> None:
        self._access = access
        self._ledger = ledger
        self._origin = (public_url or "").rstrip("/")

    def routes(self) -> list[Route]:
        """Return both routes."""
        return [
            Route("/api/search", self._answering(self._search), methods=["GET"]),
            Route("/api/pages", self._answering(self._pages), methods=["GET"]),
        ]

    def _answering(
        self, handler: Callable[[Request], Any]
    ) -> Callable[[Request], Awaitable[Response]]:
        async def answer(request: Request) -> Response:
            try:
                self._access.principal(request)
                return JSONResponse(handler(request))
            except Refusal as refusal:
                return refusal_response(refusal)

        return answer

    def _search(self, request: Request) -> Any:
        words = read_query(request, SearchQuery).q.casefold()
        found = [
            self._post(note, size)
            for note, size in self._ledger.posts(limit=_LOOKED_AT)
            if words in note.text.casefold()
        ]
        return {"posts": found[:_SHOWN]}

    def _pages(self, request: Request) -> Any:
        wanted = request.query_params.getlist("id")[:_PAGES]
        found = [page for one in wanted if (page := self._ledger.actor(one)) is not None]
        return {"pages": [self._page(one) for one in found if one.kind == "page"]}

    def _page(self, page: Actor) -> Any:
        return {
            "id": page.id, "name": page.display_name, "about": page.about,
            "readers": self._ledger.readers(page.id),
            "follows": [one for one in self._ledger.relations([page.id]) if one != page.id],
            "url": self._origin + page_path(page.id),
        }  # fmt: skip

    def _post(self, note: Note, size: int) -> Any:
        return {
            "id": note.id, "page": note.page_id, "text": note.text, "replies": size,
            "created_at": note.created_at.isoformat(), "url": self._origin + note_path(note),
        }  # fmt: skip
