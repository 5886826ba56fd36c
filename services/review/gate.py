"""Is the gate awake: settle planted drafts, tell the person kindly, show the team its trend."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Form, Request
from starlette.datastructures import FormData
from starlette.responses import RedirectResponse, Response

from services.kit.db import Pool, transaction
from services.review.claims import require_holder, visit_of
from services.review.context import Desk
from services.review.item import NOTHING_TYPED, item_context
from services.review.refusals import Refused
from services.review.rights import may
from services.review.security import SignedIn, signed_in, with_token
from services.store import items, planted
from services.store.planted import Outcome, Planted

RATES = (0.0, 0.01, 0.02, 0.05, 0.1)
FEWEST = 5
"""Decisions of a week below which its share says more about a person than about the team."""
ABOUT_A_DRAFT = ("approve", "reject", "close")

Result = Literal["caught", "missed", "aside"]
"""`aside`: the item was closed without a word about the draft; that counts as neither."""


@dataclass
class WasPlanted(Exception):
    """The draft that a person decided about was planted; nothing was decided."""

    comment_key: str
    planted: Planted
    outcome: Result
    text: str
    """What the person wrote in the place of the false sentence, empty when nothing."""


def judged(planted_draft: Planted, action: str, text: str) -> Result:
    """Return how it went; an approval without the false sentence is a catch too. Pure."""
    if action == "close":
        return "aside"
    false = " ".join(planted_draft.falsehood.lower().split())
    missed = action == "approve" and false in " ".join(text.lower().split())
    return "missed" if missed else "caught"


async def settle(
    pool: Pool, comment_key: str, seen: str, *, action: str, text: str, today: date
) -> WasPlanted | None:
    """Return how a decision about a planted draft went, None when the draft was a real one.

    It counts once, in the week of `today`, and without the person; from then on the real draft is
    shown. Whoever had the planted one before their eyes is told, also when another was quicker.
    """
    async with transaction(pool) as connection:
        found = await planted.find(connection, seen, comment_key)
        if found is None:
            return None
        outcome = judged(found, action, text)
        if await planted.settle(connection, found.planted_id):
            if outcome != "aside":
                monday = today - timedelta(days=today.weekday())
                await planted.count(connection, monday, found.kind, caught=outcome == "caught")
            await items.tell_desks(connection, await items.thread_of(connection, comment_key))
    own = text if action == "approve" and outcome == "caught" else ""
    return WasPlanted(comment_key, found, outcome, own)


def planted_first(desk: Desk) -> Callable[[Request], Awaitable[None]]:
    """Return the dependency that stands before every decision about a draft."""

    async def look(request: Request) -> None:
        """Raise WasPlanted instead of letting a decision about a planted draft through."""
        action = request.url.path.rpartition("/")[2]
        if action not in ABOUT_A_DRAFT:
            return
        form = await request.form()
        key = str(request.path_params.get("comment_key", ""))
        visit = visit_of(signed_in(request), desk.settings.claim_minutes)
        try:
            await require_holder(desk.pool, key, visit)
        except Refused:
            return  # the route refuses it too, and says who is on it
        for name in ("draft_id", "seen"):
            if seen := _word(form, name):
                today = datetime.now(UTC).date()
                done = await settle(
                    desk.pool, key, seen, action=action, text=_word(form, "text"), today=today
                )
                if done is not None:
                    raise done

    return look


async def tell(desk: Desk, request: Request, was: WasPlanted) -> Response:
    """Return the item's page with the real draft and what was false in the planted one."""
    form = await request.form()
    visit = visit_of(signed_in(request), desk.settings.claim_minutes)
    async with desk.pool.connection() as connection:
        context = await item_context(
            desk, connection, visit, was.comment_key, lane=_word(form, "lane"),
            draft=_word(form, "draft"),
        )  # fmt: skip
    typed = {**NOTHING_TYPED, "text": was.text or None}
    context |= {"planted": was.planted, "outcome": was.outcome, "typed": typed}
    context |= {"here": f"/items/{was.comment_key}"}
    return desk.view.page(request, "item.html", **context)


def gate_router(desk: Desk) -> APIRouter:
    """Return the page of the team's trend and the form for the rate."""
    router = APIRouter(default_response_class=Response)

    @router.get("/gate")
    @may("gate.read")
    async def gate(request: Request) -> Response:
        async with desk.pool.connection() as connection:
            rate = await planted.read_rate(connection)
            weeks = await planted.read_weeks(connection)
            kinds = await planted.read_kinds(connection)
        whole = Outcome(
            sum(one.caught for one in kinds.values()), sum(one.missed for one in kinds.values())
        )
        return desk.view.page(
            request, "gate.html", rate=rate, rates=RATES, weeks=weeks, kinds=kinds, whole=whole,
            fewest=FEWEST,
        )  # fmt: skip

    @router.post("/gate", dependencies=[Depends(with_token)])
    @may("gate.set")
    async def set_rate(
        person: SignedIn, rate: Annotated[float, Form(ge=0, le=planted.HIGHEST_RATE)]
    ) -> Response:
        """Set how many drafts get a planted one from now on."""
        async with transaction(desk.pool) as connection:
            await planted.set_rate(connection, rate, person.account_id)
        return RedirectResponse("/gate?done=rate", status_code=303)

    return router


def _word(form: FormData, name: str) -> str:
    value = form.get(name)
    return value.replace("\x00", "") if isinstance(value, str) else ""
