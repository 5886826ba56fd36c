"""Decide about what a search found: look at how many and which they are, then say what to do."""

import re
from typing import Annotated, Literal, get_args

from fastapi import APIRouter, Depends, Form, Request
from starlette.responses import Response

from schemas.comments import Kind
from services.review import bulk
from services.review.bulk import MOST, Seen
from services.review.context import Desk
from services.review.finding import pieces, read_filters, wanted_of
from services.review.refusals import Refused
from services.review.rights import may
from services.review.security import SignedIn, with_token
from services.review.view import query
from services.store import finding

SAMPLE = 8
"""Items of a set that are shown."""
Set = Annotated[str, Form(max_length=MOST * 80)]
Words = Annotated[str, Form(max_length=2000)]


def bulk_router(desk: Desk) -> APIRouter:
    """Return the preview, the deed and its undoing."""
    router = APIRouter(default_response_class=Response)

    @router.get("/bulk")
    @may("items.bulk")
    async def preview(request: Request, person: SignedIn) -> Response:
        """Show how many open items the filters find, and some of them."""
        filters = {**read_filters(request.query_params), "state": "open"}
        async with desk.pool.connection() as connection:
            found = await finding.find_comments(
                connection, wanted_of(filters, person.account_id), after=None, limit=MOST
            )
        seen = " ".join(f"{row.comment_key}:{row.revision}" for row in found.rows)
        return desk.view.page(
            request, "bulk.html", rows=found.rows[:SAMPLE], count=len(found.rows), seen=seen,
            more=found.next is not None, filters=filters, kinds=get_args(Kind), pieces=pieces,
            days=desk.settings.mute_days, most=MOST,
        )  # fmt: skip

    @router.post("/bulk", dependencies=[Depends(with_token)])
    @may("items.bulk")
    async def act(
        request: Request, person: SignedIn, *,
        action: Annotated[Literal["reject", "spam", "relane", "mute"], Form()], seen: Set = "",
        reason: Words = "", kind: Annotated[Kind, Form()] = "other",
        days: Annotated[int, Form(ge=0, le=10_000)] = 30,
    ) -> Response:  # fmt: skip
        """Decide about exactly the set that was shown, item by item."""
        try:
            if action == "reject":
                one = bulk.rejecting(person.account_id, reason)
            elif action == "mute":
                one = bulk.muting(person.account_id, reason, days)
            elif action == "relane":
                one = bulk.sorting(person.account_id, kind)
            else:
                one = bulk.sorting(person.account_id, "spam", close=True)
        except Refused as error:
            back = f"/bulk{query(**read_filters(request.query_params))}"
            return desk.view.page(
                request, "refused.html", status=422, fault=error.refusal, here=back, back_to=back
            )
        outcome = await bulk.each(desk.pool, _read_set(seen), one)
        return desk.view.page(
            request,
            "bulk_done.html",
            outcome=outcome,
            revocable=action != "relane",
            taken_back=False,
        )

    @router.post("/bulk/undo", dependencies=[Depends(with_token)])
    @may("items.bulk")
    async def undo(request: Request, person: SignedIn, done: Set = "") -> Response:
        """Take back what has just been decided, where nobody has decided anything since."""
        made = re.findall(r"\b[0-9a-f]{32}:[0-9a-f]{32}\b", done)
        outcome = await bulk.undo(desk.pool, person.account_id, made)
        return desk.view.page(
            request, "bulk_done.html", outcome=outcome, revocable=False, taken_back=True
        )

    return router


def _read_set(seen: str) -> list[Seen]:
    found = re.findall(r"\b([0-9a-f]{32}):([0-9]{1,9})\b", seen)
    return [Seen(comment_key, int(revision)) for comment_key, revision in found]
