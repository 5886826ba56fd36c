"""Settle many dead letters at once: first the count, then the deed."""

from datetime import UTC, datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Form, Query, Request
from starlette.responses import RedirectResponse, Response

from schemas.streams import STREAMS
from services.kit.db import Pool, transaction
from services.kit.delivery import requeued_as
from services.kit.outbox import promise_raw
from services.review import refusals
from services.review.context import Desk
from services.review.finding import Day, midnight, read_day
from services.review.refusals import Refused
from services.review.rights import may
from services.review.security import SignedIn, with_token
from services.review.wanted import SERVICE
from services.store import dead_letters, items
from services.store.dead_letters import Choice, Settlement, Which

AT_ONCE = 100
"""Letters of one transaction; a message may have a megabyte."""
SENDABLE = tuple(stream.name for stream in STREAMS)

Id = Annotated[str, Query(max_length=2000)]
Words = Annotated[str, Query(max_length=200)]


def which_of(consumer: str, reason: str, since: str) -> Which:
    """Return the letters that a form's fields mean; `since` is a day."""
    day = read_day(since)
    return Which(storable(consumer), storable(reason), midnight(day) if day else None)


def storable(typed: str) -> str | None:
    """Return what was typed into a field, as the database takes it; None for nothing."""
    return typed.replace("\x00", "").strip() or None


async def settle_many(
    pool: Pool, account_id: str | None, choice: Choice, settlement: Settlement, *, note: str
) -> int:
    """Send the chosen letters again, or give them up; return how many that were.

    A hundred a transaction: what a crash leaves waits as before. Raises Refused without a note for
    what is given up, and when nothing of the choice waits any more.
    """
    note = refusals.clean(note)
    if settlement == "dropped" and (refusal := refusals.to_reason(note)):
        raise Refused(refusal)
    note = note[: refusals.MAX_REASON]
    requeued = settlement == "requeued"
    done = 0
    while True:
        async with transaction(pool) as connection:
            letters = await dead_letters.lock_chosen(
                connection, choice, SENDABLE if requeued else None, limit=AT_ONCE
            )
            for letter in letters:
                if requeued:
                    await promise_raw(
                        connection, SERVICE, stream=letter.stream, subject=letter.subject,
                        msg_id=requeued_as(letter.dead_id), body=letter.body,
                    )  # fmt: skip
                await dead_letters.settle_letter(
                    connection, letter.dead_id, settlement=settlement, account_id=account_id,
                    note=note or None,
                )  # fmt: skip
            await items.tell_desks(connection, None)
        done += len(letters)
        if len(letters) < AT_ONCE:
            break
    if not done:
        raise Refused("settled")
    return done


def letters_router(desk: Desk) -> APIRouter:
    """Return the page that counts what somebody chose, and its form."""
    router = APIRouter(default_response_class=Response)

    @router.get("/dead/many")
    @may("letters.settle")
    async def many(
        request: Request,
        *,
        dead_id: Annotated[list[Id] | None, Query()] = None,
        consumer: Words = "",
        reason: Words = "",
        since: Day = "",
        ticked: Annotated[str, Query(max_length=1)] = "",
    ) -> Response:
        """Count the letters that were ticked, else all that agree with what is named."""
        ids = dead_id or []
        if ticked and not ids:
            return RedirectResponse("/dead", status_code=303)
        until = None if ids else datetime.now(UTC)
        choice = Choice(ids, which_of(consumer, reason, since), until)
        async with desk.pool.connection() as connection:
            found = await dead_letters.count_chosen(connection, choice)
        return desk.view.page(
            request, "many.html", found=found, choice=choice, since=since,
            sendable=sum(one.count for one in found if one.stream in SENDABLE),
            all=sum(one.count for one in found),
        )  # fmt: skip

    @router.post("/dead/many", dependencies=[Depends(with_token)])
    @may("letters.settle")
    async def settle(
        request: Request,
        person: SignedIn,
        settlement: Annotated[Literal["requeued", "dropped"], Form()],
        *,
        dead_id: Annotated[list[str] | None, Form()] = None,
        consumer: Annotated[str, Form(max_length=200)] = "",
        reason: Annotated[str, Form(max_length=200)] = "",
        since: Annotated[str, Form(max_length=10)] = "",
        until: Annotated[datetime | None, Form()] = None,
        note: Annotated[str, Form(max_length=20_000)] = "",
    ) -> Response:
        choice = Choice(dead_id or [], which_of(consumer, reason, since), until)
        try:
            await settle_many(desk.pool, person.account_id, choice, settlement, note=note)
        except Refused as error:
            status = 422 if error.refusal == "no_reason" else 409
            return desk.view.page(
                request, "refused.html", status=status, fault=error.refusal, here="/dead",
                back_to="/dead",
            )  # fmt: skip
        did = "requeue_many" if settlement == "requeued" else "drop_many"
        return RedirectResponse(f"/dead?done={did}", status_code=303)

    return router
