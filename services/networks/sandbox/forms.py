"""What a person can do on the sandbox network with a browser and a name."""

import secrets
from collections.abc import Awaitable, Callable
from datetime import datetime
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from services.networks.sandbox.access import VISITOR_COOKIE, Access
from services.networks.sandbox.pace import Pace
from services.networks.sandbox.pages import Pages
from services.networks.sandbox.posting import Posting
from services.networks.sandbox.reading import read_form
from services.networks.sandbox.rendering import YEAR
from services.networks.sandbox.views import note_path, page_path
from services.networks.sandbox.world import Principal, Refusal

Fields = dict[str, str]
Deed = Callable[[Request, Principal, Fields], str]
"""Does what the form asks and returns the path to go to."""


def require_same_origin(request: Request) -> None:
    """Refuse a form that another site made the browser send."""
    origin = request.headers.get("Origin")
    if origin is None or urlsplit(origin).netloc != request.headers.get("Host"):
        raise Refusal(403, "origin", "Forms are accepted from this site only.")


class Forms:
    """Every form posts, does one thing and leads back to a page."""

    def __init__(
        self,
        *,
        pages: Pages,
        access: Access,
        posting: Posting,
        pace: Pace,
        now: Callable[[], datetime],
    ) -> None:
        self._pages = pages
        self._access = access
        self._posting = posting
        self._pace = pace
        self._now = now

    def routes(self) -> list[BaseRoute]:
        """Return the routes for writing."""
        deeds: dict[str, Deed] = {
            "/name": self._rename,
            "/n/{id}/reply": self._reply,
            "/n/{id}/edit": self._edit,
            "/n/{id}/delete": self._delete,
            "/p/{id}/messages": self._message,
            "/p/{id}/block": self._block,
            "/p/{id}/unblock": self._unblock,
        }
        return [Route(path, self._posted(deed), methods=["POST"]) for path, deed in deeds.items()]

    def _posted(self, deed: Deed) -> Callable[[Request], Awaitable[Response]]:
        async def answer(request: Request) -> Response:
            fields: Fields = {}
            try:
                require_same_origin(request)
                fields = await read_form(request)
                principal, secret = self._writer(request, fields)
                target = deed(request, principal, fields)
            except Refusal as refusal:
                return self._pages.problem(request, refusal, fields.get("text", ""))
            response = RedirectResponse(target, status_code=303)
            if secret is not None:
                response.set_cookie(
                    VISITOR_COOKIE,
                    secret,
                    max_age=YEAR,
                    httponly=True,
                    samesite="lax",
                    secure=request.url.scheme == "https",
                )
            return response

        return answer

    def _writer(self, request: Request, fields: Fields) -> tuple[Principal, str | None]:
        principal, secret = self._access.visitor(request), None
        if principal is None:
            secret = secrets.token_urlsafe(32)
            principal = self._posting.join(fields.get("display_name", ""), secret)
        if not self._pace.take(principal.id, self._now().timestamp()).allowed:
            raise Refusal(429, "rate_limited", "Too many writes; wait a little.")
        return principal, secret

    def _rename(self, _request: Request, principal: Principal, fields: Fields) -> str:
        self._posting.rename(principal, fields.get("display_name", ""))
        back = fields.get("back", "/")
        return back if back.startswith("/") and not back.startswith(("//", "/\\")) else "/"

    def _reply(self, request: Request, principal: Principal, fields: Fields) -> str:
        note, _ = self._posting.reply(principal, request.path_params["id"], fields.get("text", ""))
        return note_path(note)

    def _edit(self, request: Request, principal: Principal, fields: Fields) -> str:
        return note_path(
            self._posting.edit(principal, request.path_params["id"], fields.get("text", ""))
        )

    def _delete(self, request: Request, principal: Principal, _fields: Fields) -> str:
        note = self._posting.visible(principal, request.path_params["id"])
        self._posting.delete(principal, note.id)
        return note_path(note)

    def _message(self, request: Request, principal: Principal, fields: Fields) -> str:
        self._posting.message(principal, request.path_params["id"], fields.get("text", ""))
        return "/messages"

    def _block(self, request: Request, principal: Principal, _fields: Fields) -> str:
        self._posting.block(principal, request.path_params["id"], blocked=True)
        return page_path(request.path_params["id"])

    def _unblock(self, request: Request, principal: Principal, _fields: Fields) -> str:
        self._posting.block(principal, request.path_params["id"], blocked=False)
        return page_path(request.path_params["id"])
