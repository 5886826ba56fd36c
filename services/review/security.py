"""Who comes in: sessions, origins, tokens, and the headers of every answer."""

import hashlib
import hmac
import logging
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated
from urllib.parse import quote

from fastapi import Depends, HTTPException, Request
from starlette.datastructures import MutableHeaders
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.kit.addresses import parts_of
from services.kit.db import Pool
from services.review.outage import UNREACHABLE, broken, database_away
from services.store.accounts import Person
from services.store.sessions import find_person, touch_session

log = logging.getLogger(__name__)

OPEN_PATHS = ("/sign-in", "/language", "/ready", "/metrics", "/asyncapi")
OPEN_FOLDERS = ("/sign-in/", "/static/", "/asyncapi/", "/invitation/")
SIGNED_POSTS = ("/sign-in/provider/logout",)
"""Sent by servers, not from a page: what they carry is signed, and no cookie counts."""
SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
NOTED = timedelta(minutes=1)
"""How exactly it is noted when a session was used last."""
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self';"
        " connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
}


@dataclass(frozen=True)
class Cookies:
    """Names and flags of our cookies; over https they never travel without encryption."""

    secure: bool

    @property
    def session(self) -> str:
        return "__Host-dialogwerk" if self.secure else "dialogwerk"

    @property
    def half(self) -> str:
        """The cookie between password and second factor."""
        return "__Host-dialogwerk_half" if self.secure else "dialogwerk_half"

    @property
    def way(self) -> str:
        """The cookie of a browser on its way through the organisation's provider."""
        return "__Host-dialogwerk_way" if self.secure else "dialogwerk_way"

    @property
    def language(self) -> str:
        return "dialogwerk_language"

    def keep(self, response: Response, name: str, value: str, *, seconds: int) -> None:
        response.set_cookie(
            name, value, max_age=seconds, path="/", secure=self.secure, httponly=True,
            samesite="lax",
        )  # fmt: skip

    def drop(self, response: Response, name: str) -> None:
        response.delete_cookie(name, path="/", secure=self.secure, httponly=True, samesite="lax")


def new_token() -> str:
    return secrets.token_urlsafe(32)


def digest(token: str) -> str:
    """Return what is stored of a token: enough to recognise it, useless to sign in."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def same_origin(origin: str | None, host: str | None, public_url: str) -> bool:
    """True when a form was sent from a page of ours; browsers name the origin of every POST."""
    if not origin or origin == "null":
        return False
    sent_from = parts_of(origin)
    if public_url:
        public = parts_of(public_url)
        if (sent_from.scheme, sent_from.netloc) == (public.scheme, public.netloc):
            return True
    return bool(host) and sent_from.netloc == host


def safe_path(path: str | None) -> str:
    """Return a path of this site to go on to, `/` for anything else."""
    if not path or not path.startswith("/") or path.startswith(("//", "/\\")):
        return "/"
    return path if path.isprintable() and "\\" not in path else "/"


def session_mark(person: Person) -> str:
    """Return what tells a page's session from another one; useless to sign in."""
    return digest(person.csrf)[:16]


def sent_by_page(request: Request) -> bool:
    """Return whether a page of ours sent a form itself and goes on by itself."""
    return request.headers.get("x-desk") == "page"


def at_work(request: Request) -> bool:
    """Return whether a person did something; what pages ask for by themselves is no work."""
    by_itself = "hx-request" in request.headers or request.url.path == "/events"
    return request.method not in SAFE_METHODS or not by_itself


def _wanted(request: Request) -> str:
    """Return where a person was going: the address, or the page whose form was sent."""
    page = (
        request.url
        if request.method in SAFE_METHODS
        else parts_of(request.headers.get("referer", "/"))
    )
    return safe_path(page.path + (f"?{page.query}" if page.query else ""))


class Gate:
    """Let nobody in without a session, and no form in that was not sent from our own pages.

    A new route is shut until it is named among the open ones.
    """

    def __init__(
        self, app: ASGIApp, *, pool: Pool, cookies: Cookies, public_url: str, idle: timedelta
    ) -> None:
        self._app = app
        self._pool = pool
        self._cookies = cookies
        self._public_url = public_url
        self._idle = idle

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        request = Request(scope)
        request.state.began = False
        sending = self._with_headers(request, send)
        try:
            answer = await self._judge(request)
        except UNREACHABLE as error:
            log.warning("the desk cannot look up a session: %r", error)
            answer = database_away()
        try:
            await (answer or self._app)(scope, receive, sending)
        except Exception:
            if not request.state.began:
                await broken()(scope, receive, sending)
            raise

    async def _judge(self, request: Request) -> Response | None:
        path = request.url.path
        anonymous = path.startswith("/static/") or path in SIGNED_POSTS
        if (
            request.method not in SAFE_METHODS
            and path not in SIGNED_POSTS
            and not same_origin(
                request.headers.get("origin"), request.headers.get("host"), self._public_url
            )
        ):
            return PlainTextResponse("This form was not sent from the desk.", status_code=403)
        request.state.person = None if anonymous else await self._person(request)
        if request.state.person or path in OPEN_PATHS or path.startswith(OPEN_FOLDERS):
            return None
        if "hx-request" in request.headers or sent_by_page(request):
            return Response(status_code=401)
        wanted = _wanted(request)
        target = "/sign-in" if wanted == "/" else f"/sign-in?next={quote(wanted, safe='')}"
        return RedirectResponse(target, status_code=303)

    async def _person(self, request: Request) -> Person | None:
        token = request.cookies.get(self._cookies.session)
        if not token:
            return None
        async with self._pool.connection() as connection:
            person = await find_person(connection, digest(token), self._idle)
            if person and at_work(request) and datetime.now(UTC) - person.seen_at > NOTED:
                await touch_session(connection, person.session_id)
            return person

    def _with_headers(self, request: Request, send: Send) -> Send:
        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                request.state.began = True
                headers = MutableHeaders(scope=message)
                if message["status"] == 303 and sent_by_page(request):
                    message["status"] = 204
                    headers["X-Go-To"] = headers["Location"]
                    del headers["Location"], headers["Content-Length"]
                for name, value in HEADERS.items():
                    headers[name] = value
                if self._cookies.secure:
                    headers["Strict-Transport-Security"] = "max-age=31536000"
                if not request.url.path.startswith("/static/"):
                    headers["Cache-Control"] = "no-store"
            await send(message)

        return sending


def signed_in(request: Request) -> Person:
    """Return who is signed in; the gate lets nobody else through."""
    person = request.state.person
    if not isinstance(person, Person):
        raise HTTPException(401)
    return person


SignedIn = Annotated[Person, Depends(signed_in)]


async def with_token(request: Request, person: SignedIn) -> None:
    """Refuse a form without the token of this session."""
    sent = (await request.form()).get("csrf")
    if not isinstance(sent, str) or not hmac.compare_digest(
        sent.encode("utf-8", "replace"), person.csrf.encode()
    ):
        raise HTTPException(403)
