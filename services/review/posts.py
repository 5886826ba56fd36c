"""The forms of the desk: decide, mute, settle. Each answers with a redirect or says why not."""

from collections.abc import Awaitable, Coroutine, Mapping
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Form, Request
from starlette.responses import RedirectResponse, Response

from schemas.comments import Kind
from schemas.drafts import MadeStance
from services.review import actions
from services.review.claims import require_holder, visit_of
from services.review.context import Desk
from services.review.gate import planted_first
from services.review.item import NOTHING_TYPED, chosen, item_context
from services.review.pages import Key
from services.review.refusals import Refusal, Refused
from services.review.relane import relane as relane_comment
from services.review.rights import NotAllowed, allowed, may
from services.review.security import SignedIn, safe_path, signed_in, with_token
from services.review.settling import drop_letter, requeue_letter
from services.review.view import query
from services.store import desk as reads
from services.store import desk_item, mutes
from services.store.decisions import is_made
from services.store.item_claims import Visit

Words = Annotated[str, Form(max_length=20_000)]
Short = Annotated[str, Form(max_length=200)]
Number = Annotated[int, Form(ge=0, le=1_000_000_000)]
Joined = Annotated[str | None, Form(max_length=200_000)]
"""The earlier messages of the burst as the person saw them, separated by blanks."""
Named = Annotated[str | None, Form(pattern="^[0-9a-f]{32}$")]
"""The id that the decision will have: a form that is sent twice decides once."""
MENDABLE = ("empty", "too_long", "no_reason", "days")
"""Refusals of what was typed, not of the moment: the person mends it and sends it again."""

STAYING = ("reopen", "request", "relane", "take_over", "undo", "bring_back")
"""What leaves a person at the item."""


def posts_router(desk: Desk) -> APIRouter:
    """Return the forms about one item; each carries the filter of the list it was opened from."""
    router = APIRouter(
        default_response_class=Response,
        dependencies=[Depends(with_token), Depends(planted_first(desk))],
    )

    @router.post("/items/{comment_key}/approve")
    @may("items.decide")
    async def approve(
        request: Request,
        person: SignedIn,
        comment_key: Key,
        *,
        revision: Number,
        joined: Joined = None,
        text: Words = "",
        draft_id: Short = "",
        stance: Annotated[Literal["", "thank", "empathise", "boundary", "close"], Form()] = "",
        wording: Short = "",
        decision_id: Named = None,
    ) -> Response:
        work = actions.approve(
            desk.pool, person.account_id, comment_key,
            text=text, revision=revision, draft_id=draft_id or None, joined=split(joined),
            stance=stance or None, wording=wording or None, undo=desk.undo,
            may_second=allowed(person, "items.approve_second"), decision_id=decision_id,
        )  # fmt: skip
        return await carry_out(desk, request, comment_key, "approve", work)

    @router.post("/items/{comment_key}/reject")
    @may("items.decide")
    async def reject(
        request: Request, person: SignedIn, comment_key: Key, *, revision: Number,
        reason: Words = "", joined: Joined = None, decision_id: Named = None,
    ) -> Response:  # fmt: skip
        work = actions.reject(
            desk.pool, person.account_id, comment_key, reason=reason, revision=revision,
            joined=split(joined), decision_id=decision_id,
        )  # fmt: skip
        return await carry_out(desk, request, comment_key, "reject", work)

    @router.post("/items/{comment_key}/close")
    @may("items.decide")
    async def close(
        request: Request, person: SignedIn, comment_key: Key, *, revision: Number,
        joined: Joined = None, decision_id: Named = None,
    ) -> Response:  # fmt: skip
        work = actions.close(
            desk.pool, person.account_id, comment_key, revision=revision, joined=split(joined),
            decision_id=decision_id,
        )  # fmt: skip
        return await carry_out(desk, request, comment_key, "close", work)

    @router.post("/items/{comment_key}/request")
    @may("items.decide")
    async def request_draft(
        request: Request, person: SignedIn, comment_key: Key, revision: Number,
        wanted: Annotated[MadeStance, Form()],
    ) -> Response:  # fmt: skip
        work = actions.request_draft(
            desk.pool, person.account_id, comment_key, stance=wanted, revision=revision
        )
        return await carry_out(desk, request, comment_key, "request", work)

    @router.post("/items/{comment_key}/relane")
    @may("items.decide")
    async def relane(
        request: Request, person: SignedIn, comment_key: Key, *, revision: Number,
        kind: Annotated[Kind, Form()], decision_id: Named = None,
    ) -> Response:  # fmt: skip
        work = relane_comment(
            desk.pool, person.account_id, comment_key, kind, revision=revision,
            decision_id=decision_id,
        )  # fmt: skip
        return await carry_out(desk, request, comment_key, "relane", work)

    @router.post("/items/{comment_key}/reopen")
    @may("items.decide")
    async def reopen(
        request: Request, person: SignedIn, comment_key: Key, decision_id: Named = None
    ) -> Response:
        work = actions.reopen(desk.pool, person.account_id, comment_key, decision_id=decision_id)
        return await carry_out(desk, request, comment_key, "reopen", work)

    @router.post("/items/{comment_key}/withdraw")
    @may("items.decide")
    async def withdraw(
        request: Request, person: SignedIn, comment_key: Key, decision_id: Named = None
    ) -> Response:
        work = actions.withdraw(desk.pool, person.account_id, comment_key, decision_id=decision_id)
        return await carry_out(desk, request, comment_key, "withdraw", work)

    return router


def settling_router(desk: Desk) -> APIRouter:
    """Return the forms about mutes and dead letters; each goes back to its list."""
    router = APIRouter(default_response_class=Response, dependencies=[Depends(with_token)])

    async def settle(request: Request, back: str, did: str, work: Awaitable[object]) -> Response:
        try:
            await work
        except Refused as error:
            status = 422 if error.refusal in MENDABLE else 409
            return desk.view.page(
                request, "refused.html", status=status, fault=error.refusal, here=back, back_to=back
            )
        return RedirectResponse(f"{back}?done={did}", status_code=303)

    @router.post("/mutes/{mute_id}/lift")
    @may("mutes.lift")
    async def lift(
        request: Request, person: SignedIn, mute_id: Key, reason: Words = "", back: Short = "/muted"
    ) -> Response:
        async with desk.pool.connection() as connection:
            found = await mutes.standing_mute(connection, mute_id)
        if found and found.by_system and not allowed(person, "mutes.lift_systems"):
            raise NotAllowed
        work = actions.unmute(desk.pool, person.account_id, mute_id, reason=reason)
        return await settle(request, safe_path(back).partition("?")[0], "unmute", work)

    @router.post("/dead/requeue")
    @may("letters.settle")
    async def requeue(
        request: Request, person: SignedIn, dead_id: Annotated[str, Form(max_length=2000)],
        note: Words = "",
    ) -> Response:  # fmt: skip
        work = requeue_letter(desk.pool, person.account_id, dead_id, note=note)
        return await settle(request, "/dead", "requeue", work)

    @router.post("/dead/drop")
    @may("letters.settle")
    async def drop(
        request: Request, person: SignedIn, dead_id: Annotated[str, Form(max_length=2000)],
        note: Words = "",
    ) -> Response:  # fmt: skip
        work = drop_letter(desk.pool, person.account_id, dead_id, note=note)
        return await settle(request, "/dead", "drop", work)

    return router


def split(joined: str | None) -> list[str] | None:
    return None if joined is None else joined.split()


async def carry_out(
    desk: Desk, request: Request, comment_key: str, did: str, work: Coroutine[Any, Any, object]
) -> Response:
    """Do what a form about an item asks for; go on to the next item, or say why not.

    A form whose decision was made already, because its answer got lost, is not carried out again.
    """
    form = await request.form()
    typed = {name: value for name, value in form.items() if isinstance(value, str)}
    visit, done = visit_of(signed_in(request), desk.settings.claim_minutes), did
    if await _is_made(desk, typed, visit.account_id):
        work.close()
        done = "arrived"
    elif refusal := await _refusal_to(desk, comment_key, visit, did, work):
        if not await _is_made(desk, typed, visit.account_id):
            return await _say_why_not(desk, request, comment_key, typed | {"form": did}, refusal)
        done = "arrived"
    target = await _next_page(desk, visit.account_id, comment_key, form=typed, did=did, done=done)
    return RedirectResponse(target, status_code=303)


async def _refusal_to(
    desk: Desk, comment_key: str, visit: Visit, did: str, work: Coroutine[Any, Any, object]
) -> Refusal | None:
    """Do the work and return None, or return why it cannot be done."""
    try:
        if did not in ("take_over", "undo"):
            await require_holder(desk.pool, comment_key, visit)
        await work
    except Refused as error:
        work.close()
        return error.refusal
    return None


async def _is_made(desk: Desk, typed: Mapping[str, str], account_id: str) -> bool:
    decision_id = typed.get("decision_id")
    if not decision_id:
        return False
    async with desk.pool.connection() as connection:
        return await is_made(connection, decision_id, account_id)


async def _say_why_not(
    desk: Desk, request: Request, comment_key: str, typed: Mapping[str, str], refusal: Refusal
) -> Response:
    """Return the item's page as it stands now, with what was typed."""
    lane, draft = typed.get("lane", ""), typed.get("draft", "")
    visit = visit_of(signed_in(request), desk.settings.claim_minutes)
    async with desk.pool.connection() as connection:
        context = await item_context(desk, connection, visit, comment_key, lane=lane, draft=draft)
    context |= {
        "fault": refusal,
        "typed": {**NOTHING_TYPED, **typed},
        "here": f"/items/{comment_key}{query(lane=lane, draft=draft)}",
    }
    status = 422 if refusal in MENDABLE else 409
    return desk.view.page(request, "item.html", status=status, **context)


async def _next_page(
    desk: Desk, me: str, comment_key: str, *, form: Mapping[str, str], did: str, done: str
) -> str:
    """Return the next open item of the list, from its start behind the last, else the list.

    What somebody else is on is passed over.
    """
    lane, draft = form.get("lane", ""), form.get("draft", "")
    async with desk.pool.connection() as connection:
        head = await desk_item.read_head(connection, comment_key)
        if head is None or did in STAYING:
            return f"/items/{comment_key}{query(lane=lane, draft=draft, done=done)}"
        which = chosen(lane, draft, head.lane)
        following = await reads.first_given(connection, me) or await reads.neighbour(
            connection, which, head.position, me, forward=True
        )
        if following is None:
            following = await reads.neighbour(connection, which, None, me, forward=True)
    if following is None or following == comment_key:
        return f"/{query(lane=which.lane, draft=which.draft, done=done)}"
    return f"/items/{following}{query(lane=lane, draft=draft, done=done)}"
