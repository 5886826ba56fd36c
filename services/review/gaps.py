"""The publication team's list: what people ask and no publication says."""

from datetime import UTC, datetime
from typing import Annotated, get_args

from fastapi import APIRouter, Depends, Form, Path, Query, Request
from starlette.responses import RedirectResponse, Response

from services.kit.db import transaction
from services.review.context import Desk
from services.review.refusals import Unknown
from services.review.rights import may
from services.review.security import SignedIn, with_token
from services.review.view import query
from services.store import gaps
from services.store.gaps import Verdict

LISTED = 40
"""Gaps on one page."""
VERDICTS = get_args(Verdict)
PageNumber = Annotated[int, Query(ge=1, le=1000)]
GapId = Annotated[str, Path(pattern="^[0-9a-f]{32}$")]


def gaps_router(desk: Desk) -> APIRouter:
    """Return the list of gaps and the form that says what the team makes of one."""
    router = APIRouter(default_response_class=Response)

    @router.get("/gaps")
    @may("gaps.read")
    async def listed(
        request: Request, show: Annotated[str, Query(max_length=20)] = "open",
        page: PageNumber = 1,
    ) -> Response:  # fmt: skip
        closed = show == "closed"
        verdict: Verdict | None = None if closed else show if show in VERDICTS else "open"  # type: ignore[assignment]  # one of VERDICTS
        async with desk.pool.connection() as connection:
            rows = await gaps.list_gaps(
                connection, closed=closed, verdict=verdict, limit=LISTED + 1,
                offset=(page - 1) * LISTED,
            )  # fmt: skip
        return desk.view.page(
            request, "gaps.html", rows=rows[:LISTED], show=verdict or "closed", verdicts=VERDICTS,
            page=page, more=len(rows) > LISTED,
        )  # fmt: skip

    @router.post("/gaps/{gap_id}", dependencies=[Depends(with_token)])
    @may("gaps.judge")
    async def judge(
        person: SignedIn,
        gap_id: GapId,
        verdict: Annotated[Verdict, Form()],
        note: Annotated[str, Form(max_length=1000)] = "",
        show: Annotated[str, Form(max_length=20)] = "open",
    ) -> Response:
        """Append the team's verdict; a gap that is not ours is out of the list, not deleted."""
        async with transaction(desk.pool) as connection:
            if not await gaps.give_verdict(
                connection, gap_id, verdict, note=note.strip(), account_id=person.account_id,
                now=datetime.now(UTC),
            ):  # fmt: skip
                raise Unknown(gap_id)
        return RedirectResponse(f"/gaps{query(show=show)}", status_code=303)

    return router
