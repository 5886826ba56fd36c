"""The sign-in page, with what went wrong."""

import math

from fastapi import Request
from starlette.responses import Response

from services.review.context import Desk
from services.review.security import safe_path

STATUS = {
    "wrong": 401, "down": 503, "setup": 503, "stale": 400, "wait": 429, "password_off": 403,
}  # fmt: skip
"""HTTP statuses of faults; 403 for the others, which a second try does not mend."""


def address_of(request: Request) -> str:
    """Return the address that a request comes from."""
    return request.client.host if request.client else ""


def door(
    desk: Desk, request: Request, next_path: str, *, template: str = "sign_in.html",
    fault: str | None = None, provider_fault: str | None = None, wait: float = 0,
) -> Response:  # fmt: skip
    """Return a page of the sign-in: plain, with a fault, or with a wait (429)."""
    seconds = math.ceil(wait)
    found = "wait" if wait else fault or provider_fault
    page = desk.view.page(
        request, template, status=STATUS.get(found, 403) if found else 200,
        next=safe_path(next_path), fault="wait" if wait else fault, wait=seconds,
        provider_fault=provider_fault, entrance=desk.entrance,
        passwords=desk.settings.password_sign_in, here="/sign-in",
    )  # fmt: skip
    if wait:
        page.headers["Retry-After"] = str(seconds)
    return page
