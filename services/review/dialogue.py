"""The page that asks whether dialogue works: a month's figures, with what they do not tell."""

import re
from datetime import UTC, date, datetime, time
from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from services.review.context import Desk
from services.review.honest import FEWEST, civility, wilson
from services.review.rights import may
from services.store.dialogue import read_follow_ups, read_month

SHOWN = 12
"""Months to choose from."""


def dialogue_router(desk: Desk) -> APIRouter:
    """Return the monthly figures."""
    router = APIRouter(default_response_class=Response)

    @router.get("/dialogue")
    @may("books.read")
    async def dialogue(
        request: Request, month: Annotated[str, Query(max_length=7)] = ""
    ) -> Response:
        today = datetime.now().astimezone().date()
        first = read_month_name(month) or today.replace(day=1)
        since, until = _midnight(first), _midnight(following(first))
        async with desk.pool.connection() as connection:
            figures = await read_month(connection, since, until)
            threads = await read_follow_ups(connection, since, until)
        decided = figures.unedited + figures.edited + figures.rejected
        return desk.view.page(
            request, "dialogue.html", first=first, months=last_months(today), figures=figures,
            fewest=FEWEST, decided=decided,
            answered=wilson(figures.answered, figures.asked),
            criticism=wilson(figures.criticism_answered, figures.criticism),
            drafts=[
                ("unedited", wilson(figures.unedited, decided)),
                ("edited", wilson(figures.edited, decided)),
                ("rejected", wilson(figures.rejected, decided)),
            ],
            civil=[
                (kind, civility([one for one in threads if one.answered == is_answered]))
                for kind, is_answered in (("answered", True), ("unanswered", False))
            ],
        )  # fmt: skip

    return router


def read_month_name(text: str) -> date | None:
    """Return the first day of the month that `YYYY-MM` names, None for anything else."""
    found = re.fullmatch(r"(20\d\d)-(0[1-9]|1[0-2])", text)
    return date(int(found[1]), int(found[2]), 1) if found else None


def following(first: date) -> date:
    """Return the first day of the next month."""
    return date(first.year + first.month // 12, first.month % 12 + 1, 1)


def last_months(today: date) -> list[date]:
    """Return the first days of this month and those before it."""
    number = today.year * 12 + today.month - 1
    return [date((number - back) // 12, (number - back) % 12 + 1, 1) for back in range(SHOWN)]


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time()).astimezone(UTC)
