"""Replays at the desk: what past comments would have become; it is run from the shell."""

from typing import Annotated, get_args

from fastapi import APIRouter, Depends, Form, Query, Request
from starlette.responses import RedirectResponse, Response

from schemas.comments import Lane
from schemas.replays import CHANGES, Verdict
from services.kit.db import transaction
from services.review.context import Desk
from services.review.cursors import from_place, to_place
from services.review.pages import Key
from services.review.refusals import Unknown
from services.review.rights import may
from services.review.security import with_token
from services.store import replays
from services.store.finding import Place
from services.store.replays import Wanted

REPLAYS, RESULTS = 30, 50
"""So many on a page."""
VERDICTS: tuple[Verdict, ...] = ("unedited", "edited", "own_words", "rejected", "closed", "open")
WANTED = ("changed", *CHANGES, "failed")

ChangeQuery = Annotated[str, Query(pattern=f"^({'|'.join(WANTED)}|all)?$")]
VerdictQuery = Annotated[str, Query(pattern=f"^({'|'.join(VERDICTS)})?$")]
After = Annotated[str, Query(max_length=60)]


def replays_router(desk: Desk) -> APIRouter:
    """Return the list of replays, one replay, one comment of it, and deleting."""
    router = APIRouter(default_response_class=Response)

    @router.get("/replays")
    @may("replays.read")
    async def listed(request: Request, after: After = "") -> Response:
        place = from_place(after)
        async with desk.pool.connection() as connection:
            found = await replays.list_replays(
                connection, after=(place.at, place.comment_key) if place else None,
                limit=REPLAYS + 1,
            )  # fmt: skip
        last = found[REPLAYS - 1] if len(found) > REPLAYS else None
        return desk.view.page(
            request, "replays.html", replays=found[:REPLAYS], first=not place,
            more=to_place(Place(last.started_at, last.replay_id)) if last else None,
            currency=desk.settings.llm_currency,
        )  # fmt: skip

    @router.get("/replays/{replay_id}")
    @may("replays.read")
    async def one(
        request: Request, replay_id: Key, change: ChangeQuery = "", verdict: VerdictQuery = "",
        after: After = "",
    ) -> Response:  # fmt: skip
        """Show the figures and the comments that changed, or those of one kind of change."""
        return await _shown(
            desk, request, replay_id, change=change or "changed", verdict=verdict, after=after
        )

    @router.get("/replays/{replay_id}/{comment_key}")
    @may("replays.read")
    async def compared(request: Request, replay_id: Key, comment_key: Key) -> Response:
        """Show one comment, then beside now."""
        async with desk.pool.connection() as connection:
            found = await replays.read_result(connection, replay_id, comment_key)
            if found is None or found.result is None:
                raise Unknown(comment_key)
            draft = found.result.then_draft
            words = await replays.read_words(connection, draft) if draft else None
        return desk.view.page(
            request, "replayed.html", replay_id=replay_id, one=found, result=found.result,
            words=words,
        )  # fmt: skip

    @router.post("/replays/{replay_id}/delete", dependencies=[Depends(with_token)])
    @may("replays.delete")
    async def delete(
        request: Request, replay_id: Key, sure: Annotated[str, Form(max_length=3)] = ""
    ) -> Response:
        """Delete for ever, when the person says that this is meant."""
        if sure != "yes":
            return await _shown(desk, request, replay_id, unsure=True)
        async with transaction(desk.pool) as connection:
            if not await replays.delete_replay(connection, replay_id):
                raise Unknown(replay_id)
        return RedirectResponse("/replays?done=replay_deleted", status_code=303)

    return router


async def _shown(
    desk: Desk, request: Request, replay_id: str, *, change: str = "changed", verdict: str = "",
    after: str = "", unsure: bool = False,
) -> Response:  # fmt: skip
    place = from_place(after)
    wanted = Wanted(
        "" if change == "all" else change, verdict,
        (place.at, place.comment_key) if place else None,
    )  # fmt: skip
    async with desk.pool.connection() as connection:
        replay = await replays.read_replay(connection, replay_id)
        if replay is None:
            raise Unknown(replay_id)
        found = await replays.list_results(connection, replay_id, wanted, limit=RESULTS + 1)
        standing = await replays.count_results(connection, replay_id)
    last = found[RESULTS - 1] if len(found) > RESULTS else None
    return desk.view.page(
        request, "replay.html", status=422 if unsure else 200, replay=replay,
        found=found[:RESULTS], lanes=get_args(Lane), standing=standing, change=change,
        verdict=verdict, wanted=("all", *WANTED), verdicts=VERDICTS, first=not place,
        currency=desk.settings.llm_currency, unsure=unsure,
        more=to_place(Place(last.said_at, last.comment_key)) if last else None,
        **({"here": f"/replays/{replay_id}"} if unsure else {}),
    )  # fmt: skip
