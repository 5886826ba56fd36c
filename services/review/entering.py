"""Open a session: always a new token, kept by the browser in a cookie and here as a hash."""

from datetime import UTC, datetime, timedelta

from fastapi import Request
from starlette.responses import Response

from services.kit.db import transaction
from services.review.context import Desk
from services.review.security import Cookies, digest, new_token
from services.store import sessions
from services.store.sessions import Provided

HALF = timedelta(minutes=10)
"""Time to enter the second factor after the password."""
BROWSERS = ("Firefox", "Edg", "OPR", "Chrome", "Safari")
SYSTEMS = ("Android", "iPhone", "iPad", "Windows", "Mac OS", "Linux")
CALLED = {"Edg": "Edge", "OPR": "Opera", "Mac OS": "macOS"}


def device_of(user_agent: str) -> str:
    """Return what a browser calls itself, in brief, e.g. `Firefox, Linux`; empty if unknown."""
    found = [
        next((CALLED.get(name, name) for name in names if name in user_agent), "")
        for names in (BROWSERS, SYSTEMS)
    ]
    return ", ".join(name for name in found if name)


async def enter(
    desk: Desk, request: Request, answer: Response, account_id: str, *,
    provided: Provided | None = None,
) -> None:  # fmt: skip
    """Open a session and give the browser its token; the browser's earlier sessions end."""
    cookies, lifetime = Cookies(desk.secure), timedelta(hours=desk.settings.session_hours)
    token = new_token()
    async with transaction(desk.pool) as connection:
        for name in (cookies.session, cookies.half):
            await sessions.close_session(connection, digest(request.cookies.get(name, "")))
        await sessions.open_session(
            connection, token_hash=digest(token), account_id=account_id, csrf=new_token(),
            expires_at=datetime.now(UTC) + lifetime,
            device=device_of(request.headers.get("user-agent", "")), provided=provided,
        )  # fmt: skip
    if cookies.half in request.cookies:
        cookies.drop(answer, cookies.half)
    cookies.keep(answer, cookies.session, token, seconds=int(lifetime.total_seconds()))


async def enter_half(
    desk: Desk, answer: Response, account_id: str, *, provided: Provided | None = None
) -> None:
    """Note that the first step was right; it opens nothing but the page for the second factor."""
    cookies, token = Cookies(desk.secure), new_token()
    async with transaction(desk.pool) as connection:
        await sessions.open_session(
            connection, token_hash=digest(token), account_id=account_id, csrf=new_token(),
            expires_at=datetime.now(UTC) + HALF, stage="code", provided=provided,
        )  # fmt: skip
    cookies.keep(answer, cookies.half, token, seconds=int(HALF.total_seconds()))
