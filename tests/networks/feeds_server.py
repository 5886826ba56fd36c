"""A web server whose pages a test writes, and feeds to put there."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from services.kit.web import listening_socket, serving

RSS = "application/rss+xml; charset=utf-8"


@dataclass(frozen=True)
class Shown:
    """What stands at a path."""

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass
class Pages:
    """The server's pages by path; `asked` are the headers of each request, by path."""

    url: str = ""
    shown: dict[str, Shown] = field(default_factory=dict)
    asked: dict[str, list[Mapping[str, str]]] = field(default_factory=dict)

    def show(self, path: str, body: str | bytes, **headers: str) -> str:
        """Put a body at a path, with its headers; returns the address."""
        content = body.encode() if isinstance(body, str) else body
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.shown[path] = Shown(content, headers={"Content-Type": RSS} | named)
        return self.url + path

    def answer(self, path: str, status: int, **headers: str) -> str:
        """Let a path answer with a status; returns the address."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.shown[path] = Shown(status=status, headers=named)
        return self.url + path

    async def respond(self, request: Request) -> Response:
        path = request.url.path
        self.asked.setdefault(path, []).append(dict(request.headers))
        shown = self.shown.get(path, Shown(status=404))
        etag = shown.headers.get("ETag")
        if etag is not None and request.headers.get("if-none-match") == etag:
            return Response(status_code=304, headers={"ETag": etag})
        return Response(shown.body, shown.status, dict(shown.headers))


@asynccontextmanager
async def pages() -> AsyncIterator[Pages]:
    """Serve pages over real HTTP while the block runs."""
    made = Pages()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        response = await made.respond(Request(scope, receive))
        await response(scope, receive, send)

    async with serving(app, listening_socket(), before_stop=lambda: None) as url:
        made.url = url
        yield made


def item(
    title: str,
    *,
    guid: str = "",
    link: str = "",
    text: str = "",
    at: datetime | None = None,
) -> str:
    """Return an RSS item; what is empty is left out."""
    parts = {
        "title": title,
        "guid": guid,
        "link": link,
        "description": f"<![CDATA[{text}]]>" if text else "",
        "pubDate": format_datetime(at) if at else "",
    }
    told = "".join(f"<{name}>{said}</{name}>" for name, said in parts.items() if said)
    return f"<item>{told}</item>"


def rss(*items: str) -> str:
    return (
        '<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel><title>Tagblatt</title>'
        f"<link>https://tagblatt.example/</link>{''.join(items)}</channel></rss>"
    )


def hours_ago(hours: float) -> datetime:
    return datetime.now(UTC) - timedelta(hours=hours)
