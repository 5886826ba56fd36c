"""A question of one's own: what would be found and drafted for it, without a word leaving."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated
from uuid import uuid4

from fastapi import APIRouter, Depends, Form, Query, Request
from starlette.responses import RedirectResponse, Response

from schemas.questions import QuestionTried
from services.kit.db import Pool, transaction
from services.kit.outbox import promise
from services.review.context import Desk
from services.review.evidence import gather
from services.review.pages import Key
from services.review.refusals import Refused, Unknown, clean
from services.review.rights import may
from services.review.security import SignedIn, with_token
from services.review.wanted import SERVICE
from services.store import gaps, publications, trials
from services.store.trials import STANDS, Trial

LONGEST = 2000
"""Characters of a question."""
MOST = 12
WITHIN = timedelta(minutes=10)
"""So many questions one person may ask in this time."""
LISTED = 20
PATIENCE = timedelta(seconds=20)
"""Time after which the page says that it takes unusually long."""

Linked = Annotated[str, Query(pattern="^([0-9a-f]{8,64})?$")]
LinkedForm = Annotated[str, Form(pattern="^([0-9a-f]{8,64})?$")]


@dataclass(frozen=True)
class Asking:
    """What stands in the form."""

    question: str = ""
    comment_key: str = ""
    """The comment whose words it repeats."""
    publication_id: str = ""
    publication: str = ""
    """Title of what is asked about."""


def asking_router(desk: Desk) -> APIRouter:
    """Return the box, the form behind it, and the page of one question."""
    router = APIRouter(default_response_class=Response)

    @router.get("/ask")
    @may("trials.read")
    async def box(request: Request, gap: Linked = "", publication: Linked = "") -> Response:
        """Show the box, with a gap's question in it or with the publication one asks about."""
        return await _box(desk, request, await _linked(desk.pool, gap, publication))

    @router.post("/ask", dependencies=[Depends(with_token)])
    @may("trials.ask")
    async def ask(
        request: Request, person: SignedIn, question: Annotated[str, Form(max_length=20_000)] = "",
        comment_key: LinkedForm = "", publication_id: LinkedForm = "",
    ) -> Response:  # fmt: skip
        now = datetime.now(UTC)
        trial = Trial(
            trial_id=uuid4().hex, question=clean(question), account_id=person.account_id,
            comment_key=comment_key or None, publication_id=publication_id or None, asked_at=now,
        )  # fmt: skip
        try:
            await try_question(desk.pool, trial)
        except Refused as error:
            linked = await _linked(desk.pool, "", publication_id)
            asking = Asking(question, comment_key, linked.publication_id, linked.publication)
            return await _box(desk, request, asking, fault=error.refusal)
        return RedirectResponse(f"/ask/{trial.trial_id}", status_code=303)

    @router.get("/ask/{trial_id}")
    @may("trials.read")
    async def trial(request: Request, trial_id: Key) -> Response:
        """Show what a question brought, or how far it is."""
        now = datetime.now(UTC)
        async with desk.pool.connection() as connection:
            found = await trials.read_trial(connection, trial_id)
        if found is None:
            raise Unknown(trial_id)
        made = found.outcome
        fragment = "hx-request" in request.headers
        return desk.view.page(
            request, "_trial.html" if fragment else "trial.html", trial=found, made=made,
            evidence=gather(made.sentences, [one.source for one in made.passages])
            if made else None,
            late=now - found.asked_at > PATIENCE, expired=now - found.asked_at > STANDS,
            expires_at=found.asked_at + STANDS,
        )  # fmt: skip

    return router


async def try_question(pool: Pool, trial: Trial) -> None:
    """Store a question and have the answer service look into it.

    Raises Refused `no_question` or `too_long` for its text, `often` for a person in a hurry, and
    Unknown when it is about nothing that there is.
    """
    if not trial.question:
        raise Refused("no_question")
    if len(trial.question) > LONGEST:
        raise Refused("too_long")
    async with transaction(pool) as connection:
        if await trials.enter(connection, trial.account_id, trial.asked_at - WITHIN) >= MOST:
            raise Refused("often")
        if not await trials.names_what_exists(connection, trial):
            raise Unknown(trial.trial_id)
        await trials.add_trial(connection, trial)
        tried = QuestionTried(happened_at=trial.asked_at, trial_id=trial.trial_id)
        await promise(connection, SERVICE, [tried])


async def _linked(pool: Pool, gap_id: str, publication_id: str) -> Asking:
    async with pool.connection() as connection:
        if gap_id:
            asked = await gaps.newest_question(connection, gap_id)
            return Asking(asked.text[:LONGEST], asked.comment_key) if asked else Asking()
        about = await publications.read_publication(connection, publication_id)
    return Asking("", "", about.publication_id, about.title) if about else Asking()


async def _box(desk: Desk, request: Request, asking: Asking, fault: str = "") -> Response:
    async with desk.pool.connection() as connection:
        asked = await trials.list_trials(connection, limit=LISTED)
    return desk.view.page(
        request, "ask.html", status=422 if fault else 200, asking=asking, asked=asked,
        fault=fault, longest=LONGEST, days=desk.settings.trial_days, stands=STANDS,
    )  # fmt: skip
