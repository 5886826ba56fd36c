"""Have words erased: how long they are kept, what an erasure would reach, and what was erased."""

from datetime import UTC, datetime
from typing import Annotated, Literal
from uuid import uuid4

from fastapi import APIRouter, Depends, Form, HTTPException, Request
from starlette.responses import RedirectResponse, Response

from services.kit.db import transaction
from services.review.context import Desk
from services.review.pages import Key
from services.review.rights import may
from services.review.security import SignedIn, with_token
from services.store import erasures, retention
from services.store.erasure_preview import find_target, order_of, preview

MOST_DAYS = 36_500
Days = Annotated[int, Form(ge=1, le=MOST_DAYS)]


def forgetting_router(desk: Desk) -> APIRouter:
    """Return the pages of retention and erasure, and their forms."""
    router = APIRouter(default_response_class=Response)
    _add_rules(router, desk)
    _add_erasing(router, desk)
    return router


def _add_rules(router: APIRouter, desk: Desk) -> None:
    @router.get("/erasures")
    @may("retention.read")
    async def overview(request: Request) -> Response:
        """Show how long what is kept, what goes next, and what was erased."""
        async with desk.pool.connection() as connection:
            rules = await retention.read_rules(connection, datetime.now(UTC))
            records = await retention.records_kept(connection)
            done = await erasures.read_erasures(connection)
        return desk.view.page(
            request, "erasures.html", rules=rules, records=records, erased=done,
            packages=desk.settings.package_days, most=MOST_DAYS,
        )  # fmt: skip

    @router.post("/retention", dependencies=[Depends(with_token)])
    @may("retention.set")
    async def keep(
        person: SignedIn,
        what: Annotated[retention.What, Form()] = "comments",
        page: Annotated[str, Form(max_length=64)] = "",
        kept: Annotated[Literal["days", "ever", "house"], Form()] = "days",
        days: Days = 1,
    ) -> Response:
        if (kept == "house" and not page) or (what == "records" and page):
            raise HTTPException(400)
        chosen = {"days": days, "ever": 0, "house": None}[kept]
        async with transaction(desk.pool) as connection:
            if not await retention.add_rule(
                connection, what, page or None, chosen, person.account_id
            ):
                raise HTTPException(404)
        return RedirectResponse("/erasures?done=retention", status_code=303)


def _add_erasing(router: APIRouter, desk: Desk) -> None:
    @router.get("/items/{comment_key}/erase")
    @may("erasures.order")
    async def look(request: Request, comment_key: Key) -> Response:
        """Show what an erasure of the comment, or of its account, would reach."""
        return await _shown(desk, request, comment_key)

    @router.post("/items/{comment_key}/erase", dependencies=[Depends(with_token)])
    @may("erasures.order")
    async def order(
        request: Request, person: SignedIn, comment_key: Key, *,
        scope: Annotated[Literal["comment", "account"], Form()],
        packages: Annotated[str, Form(max_length=3)] = "",
        sure: Annotated[str, Form(max_length=3)] = "",
    ) -> Response:  # fmt: skip
        """Order an erasure; ingest does it within seconds."""
        if sure != "yes":
            return await _shown(desk, request, comment_key, unsure=True)
        now = datetime.now(UTC)
        async with transaction(desk.pool) as connection:
            target = await find_target(connection, comment_key)
            wanted = target and order_of(
                target, scope, erasure_id=uuid4().hex, by=person.account_id,
                packages=packages == "yes", now=now,
            )  # fmt: skip
            if not wanted:
                raise HTTPException(404)
            await erasures.add_order(connection, wanted, due_at=now)
        return RedirectResponse("/erasures?done=erasing", status_code=303)


async def _shown(
    desk: Desk, request: Request, comment_key: str, *, unsure: bool = False
) -> Response:
    async with desk.pool.connection() as connection:
        target = await find_target(connection, comment_key)
        if target is None or not target.author_key:
            raise HTTPException(404)
        reached = [
            (scope, await preview(connection, wanted))
            for scope in ("comment", "account")
            if (wanted := order_of(
                target, scope, erasure_id="", by="", packages=False, now=datetime.now(UTC)
            ))
        ]  # fmt: skip
    return desk.view.page(
        request, "erase.html", status=422 if unsure else 200, comment_key=comment_key,
        reached=reached, unsure=unsure,
    )  # fmt: skip
