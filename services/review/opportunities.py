"""The day's opportunities: why each is shown, what we could add, and what people make of it."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Query, Request
from starlette.responses import Response

from services.kit.db import Connection
from services.review import going_out as going
from services.review.context import Desk
from services.review.going_out import GoingRefusal, Judgement
from services.review.going_pages import GoingPage, choose
from services.review.pages import Key
from services.review.rights import may
from services.review.security import SignedIn, with_token
from services.review.worklist import Worklist
from services.store.aftermath import read_followers
from services.store.going_out import Opportunity, list_day, read_opportunity, read_weeks

NO_REASON = ("new_here", "off")
"""Parts of which is told in other words, or that speak against a post."""
TELLING = 0.3
"""Size of a part from which on it is a reason to show the post."""


def reasons(one: Opportunity) -> list[str]:
    """Return the codes of what speaks for a post and what to bear in mind. Pure."""
    strong = sorted(
        (name for name, size in one.parts.items() if size >= TELLING and name not in NO_REASON),
        key=lambda name: -one.parts[name],
    )
    said = ["said" if name == "adds" and one.remarks is None else name for name in strong]
    if one.parts.get("adds") == 0.0:
        said.append("nothing_new")
    if one.parts.get("off"):
        said.append("off")
    return [*said, "been_here" if one.appearances else "not_been_here"]


def opportunities_router(desk: Desk) -> APIRouter:
    """Return the page of a day's opportunities and its forms."""
    router = APIRouter(default_response_class=Response)
    page = _DayPage(desk, "/opportunities")

    @router.get("/opportunities")
    @may("opportunities.read")
    async def listed(
        request: Request, day: date | None = None,
        at: Annotated[str, Query(max_length=64)] = "",
    ) -> Response:  # fmt: skip
        return await page.show(request, at, day=day)

    page.add_posts(router)

    @router.post("/opportunities/{comment_key}/judge", dependencies=[Depends(with_token)])
    @may("opportunities.decide")
    async def judge(
        request: Request, person: SignedIn, comment_key: Key,
        verdict: Annotated[Judgement, Form()],
    ) -> Response:  # fmt: skip
        work = going.judge(desk.pool, person.account_id, comment_key, verdict)
        return await page.carry_out(request, comment_key, "going_judged", work)

    return router


class _DayPage(GoingPage):
    async def show(
        self, request: Request, at: str, *, refused: GoingRefusal | None = None,
        text: str | None = None, day: date | None = None,
    ) -> Response:  # fmt: skip
        now = datetime.now(UTC)
        async with self.desk.pool.connection() as connection:
            day = day or await _day_of(connection, at, now)
            rows = await list_day(connection, day, now)
            weeks = await read_weeks(connection)
            followers = await read_followers(connection)
            chosen = await choose(connection, rows, _worklist(rows), at, now)
        return self.desk.view.page(
            request, "opportunities.html", status=409 if refused else 200, rows=rows,
            chosen=chosen, reasons=reasons, day=day, weeks=weeks, followers=followers,
            refused=refused, typed=text,
        )  # fmt: skip

    async def order(self, connection: Connection, at: str, now: datetime, /) -> Worklist:
        return _worklist(await list_day(connection, await _day_of(connection, at, now), now))


async def _day_of(connection: Connection, comment_key: str, now: datetime) -> date:
    """Return the day whose list a post stands in, today for one that was never offered."""
    one = await read_opportunity(connection, comment_key, now)
    return one.day if one else now.astimezone().date()


def _worklist(rows: Sequence[Opportunity]) -> Worklist:
    waiting = {one.comment_key for one in rows if one.is_open and one.useful is None}
    return Worklist([one.comment_key for one in rows], waiting)
