"""The JSON interface of the sandbox network."""

import hashlib
import json
from collections.abc import Awaitable, Callable
from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from services.networks.sandbox.access import Access
from services.networks.sandbox.feed import Bell, Feed, Stretch
from services.networks.sandbox.ledger import Ledger
from services.networks.sandbox.pace import Pace
from services.networks.sandbox.posting import Posting
from services.networks.sandbox.reading import read_json, read_query
from services.networks.sandbox.settings import SandboxSettings
from services.networks.sandbox.views import Views
from services.networks.sandbox.world import Principal, Refusal, Visibility, may_see

Handler = Callable[[Request, Principal], Awaitable[Response]]

_LONGEST_KEY = 200
_POSTS = 30
"""Posts of a page that are shown at once."""
_LARGEST_CURSOR = 2**62


class _Call(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class NewReply(_Call):
    text: str
    visibility: Visibility | None = None


class NewText(_Call):
    text: str


class NewPost(_Call):
    page: str
    text: str


class FeedQuery(_Call):
    after: int = Field(default=0, ge=0, le=_LARGEST_CURSOR)
    limit: int = Field(default=100, ge=1, le=500)
    wait: float = Field(default=0.0, ge=0, allow_inf_nan=False)


class RepliesQuery(_Call):
    mine: bool = False


def refusal_response(refusal: Refusal) -> JSONResponse:
    """Return the refusal as the API says it: status and {code, message}."""
    return JSONResponse(
        {"code": refusal.code, "message": refusal.message},
        status_code=refusal.status,
        headers=refusal.headers,
    )


class Api:
    """Endpoints for pages and, in their name, for people."""

    def __init__(
        self,
        *,
        access: Access,
        ledger: Ledger,
        posting: Posting,
        feed: Feed,
        bell: Bell,
        pace: Pace,
        settings: SandboxSettings,
        now: Callable[[], datetime],
    ) -> None:
        self._access = access
        self._ledger = ledger
        self._posting = posting
        self._feed = feed
        self._bell = bell
        self._pace = pace
        self._settings = settings
        self._now = now
        self._views = Views(posting, ledger, settings.public_url)

    def routes(self) -> list[Route]:
        """Return the routes of everything that is not the administrator's."""

        def read(path: str, handler: Handler) -> Route:
            return Route(path, self._reading(handler), methods=["GET"])

        def write(path: str, method: str, handler: Handler) -> Route:
            return Route(path, self._writing(handler), methods=[method])

        return [
            read("/api/me", self._me),
            read("/api/events", self._events),
            read("/api/threads/{id}", self._thread),
            read("/api/pages/{id}/posts", self._posts),
            read("/api/comments/{id}", self._comment),
            read("/api/comments/{id}/replies", self._replies),
            write("/api/comments/{id}/replies", "POST", self._reply),
            write("/api/comments/{id}", "PUT", self._edit),
            write("/api/comments/{id}", "DELETE", self._delete),
            write("/api/comments/{id}/hide", "POST", self._hide),
            write("/api/comments/{id}/unhide", "POST", self._unhide),
            write("/api/threads/{id}/lock", "POST", self._lock),
            write("/api/threads/{id}/unlock", "POST", self._unlock),
            write("/api/posts", "POST", self._post),
            write("/api/messages", "POST", self._message),
            write("/api/blocks/{id}", "PUT", self._block),
            write("/api/blocks/{id}", "DELETE", self._unblock),
        ]

    def _reading(self, handler: Handler) -> Callable[[Request], Awaitable[Response]]:
        async def answer(request: Request) -> Response:
            try:
                return await handler(request, self._access.principal(request))
            except Refusal as refusal:
                return refusal_response(refusal)

        return answer

    def _writing(self, handler: Handler) -> Callable[[Request], Awaitable[Response]]:
        async def paced(request: Request, principal: Principal) -> Response:
            reading = self._pace.take(principal.id, self._now().timestamp())
            if not reading.allowed:
                slow_down = Refusal(429, "rate_limited", "Too many writes; wait a little.")
                response: Response = refusal_response(slow_down)
            else:
                try:
                    response = await handler(request, principal)
                except Refusal as refusal:
                    response = refusal_response(refusal)
            response.headers.update(reading.headers())
            return response

        return self._reading(paced)

    async def _me(self, _: Request, principal: Principal) -> Response:
        return JSONResponse({"id": principal.id, "pages": sorted(principal.actors)})

    async def _events(self, request: Request, principal: Principal) -> Response:
        query = read_query(request, FeedQuery)
        stretch = self._feed.after(principal, query.after, query.limit)

        def news() -> Stretch | None:
            nonlocal stretch
            stretch = self._feed.after(principal, stretch.cursor, query.limit)
            return stretch if stretch.items else None

        if not stretch.items:
            await self._bell.until(news, min(query.wait, self._settings.max_wait))
        relations = self._ledger.relations(principal.actors)
        events = [self._views.event(principal, item, relations) for item in stretch.items]
        return JSONResponse({"events": events, "cursor": stretch.cursor})

    async def _posts(self, request: Request, principal: Principal) -> Response:
        """Answer with a page's newest posts, or 304 when they are as they were."""
        page = self._ledger.actor(request.path_params["id"])
        if page is None or page.kind != "page":
            raise Refusal(404, "gone", "There is no such page.")
        found = self._ledger.posts(page_id=page.id, limit=_POSTS + 1)
        body = {
            "page": {"id": page.id, "readers": self._ledger.readers(page.id)},
            "posts": [
                self._views.note(principal, note) | {"replies": size}
                for note, size in found[:_POSTS]
            ],
            "more": len(found) > _POSTS,
        }
        mark = f'"{hashlib.sha256(json.dumps(body).encode()).hexdigest()[:32]}"'
        if request.headers.get("If-None-Match") == mark:
            return Response(status_code=304, headers={"ETag": mark})
        return JSONResponse(body, headers={"ETag": mark})

    async def _comment(self, request: Request, principal: Principal) -> Response:
        note = self._posting.visible(principal, request.path_params["id"])
        return JSONResponse(self._views.note(principal, note))

    async def _replies(self, request: Request, principal: Principal) -> Response:
        query = read_query(request, RepliesQuery)
        note_id = request.path_params["id"]
        target = self._ledger.note(note_id)
        if target is None:
            raise Refusal(404, "gone", "There is nothing here.")
        replies = [
            self._views.note(principal, note)
            for note in self._ledger.replies(note_id)
            if may_see(principal.actors, note)
            and (not query.mine or note.author_id in principal.actors)
        ]
        return JSONResponse({"replies": replies})

    async def _thread(self, request: Request, principal: Principal) -> Response:
        root = self._posting.visible(principal, request.path_params["id"])
        if root.id != root.root_id:
            raise Refusal(404, "gone", "A thread is named by the post that opened it.")
        comments = [
            self._views.note(principal, note)
            for note in self._ledger.thread(root.root_id)
            if note.id != root.root_id and may_see(principal.actors, note)
        ]
        return JSONResponse({"root": self._views.note(principal, root), "comments": comments})

    async def _reply(self, request: Request, principal: Principal) -> Response:
        key = request.headers.get("Idempotency-Key")
        if key is not None and not 1 <= len(key) <= _LONGEST_KEY:
            raise Refusal(422, "invalid", f"Idempotency-Key has 1 to {_LONGEST_KEY} characters.")
        call = await read_json(request, NewReply)
        note, new = self._posting.reply(
            principal, request.path_params["id"], call.text, visibility=call.visibility, key=key
        )
        shown = self._posting.visible(principal, note.id)
        return JSONResponse(self._views.note(principal, shown), status_code=201 if new else 200)

    async def _edit(self, request: Request, principal: Principal) -> Response:
        call = await read_json(request, NewText)
        note = self._posting.edit(principal, request.path_params["id"], call.text)
        return JSONResponse(self._views.note(principal, note))

    async def _delete(self, request: Request, principal: Principal) -> Response:
        self._posting.delete(principal, request.path_params["id"])
        return Response(status_code=204)

    async def _hide(self, request: Request, principal: Principal) -> Response:
        note = self._posting.hide(principal, request.path_params["id"], hidden=True)
        return JSONResponse(self._views.note(principal, note))

    async def _unhide(self, request: Request, principal: Principal) -> Response:
        note = self._posting.hide(principal, request.path_params["id"], hidden=False)
        return JSONResponse(self._views.note(principal, note))

    async def _lock(self, request: Request, principal: Principal) -> Response:
        self._posting.lock(principal, request.path_params["id"], locked=True)
        return Response(status_code=204)

    async def _unlock(self, request: Request, principal: Principal) -> Response:
        self._posting.lock(principal, request.path_params["id"], locked=False)
        return Response(status_code=204)

    async def _post(self, request: Request, principal: Principal) -> Response:
        call = await read_json(request, NewPost)
        note = self._posting.publish(principal, call.page, call.text)
        shown = self._posting.visible(principal, note.id)
        return JSONResponse(self._views.note(principal, shown), status_code=201)

    async def _message(self, request: Request, principal: Principal) -> Response:
        call = await read_json(request, NewPost)
        note = self._posting.message(principal, call.page, call.text)
        shown = self._posting.visible(principal, note.id)
        return JSONResponse(self._views.note(principal, shown), status_code=201)

    async def _block(self, request: Request, principal: Principal) -> Response:
        self._posting.block(principal, request.path_params["id"], blocked=True)
        return Response(status_code=204)

    async def _unblock(self, request: Request, principal: Principal) -> Response:
        self._posting.block(principal, request.path_params["id"], blocked=False)
        return Response(status_code=204)
