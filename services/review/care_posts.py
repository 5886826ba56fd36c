"""What lies elsewhere than in the queue, proofs as one types, and the folding of harsh words."""

from typing import Annotated, Literal, get_args

from fastapi import APIRouter, Depends, Form, Request
from starlette.responses import RedirectResponse, Response

from services.kit.db import transaction
from services.review.context import Desk
from services.review.evidence import gather
from services.review.pages import Key
from services.review.posts import Short, Words
from services.review.recheck import recheck
from services.review.refusals import clean
from services.review.rights import may
from services.review.security import SignedIn, safe_path, with_token
from services.store import desk_item
from services.store.care import save_rested, save_shows_harsh
from services.store.underway import Place, read_lying


def care_router(desk: Desk) -> APIRouter:
    """Return the routes."""
    router = APIRouter(default_response_class=Response)

    @router.get("/underway")
    @may("items.read")
    async def underway(request: Request) -> Response:
        async with desk.pool.connection() as connection:
            lying = await read_lying(connection)
        fragment = "hx-request" in request.headers
        return desk.view.page(
            request, "_underway.html" if fragment else "underway.html",
            lying=lying, places=get_args(Place), undo=desk.undo,
        )  # fmt: skip

    @router.post("/items/{comment_key}/proofs", dependencies=[Depends(with_token)])
    @may("items.decide")
    async def proofs(
        request: Request, comment_key: Key, text: Words = "", draft_id: Short = ""
    ) -> Response:
        """Return what each sentence of a text still has of its draft's proofs."""
        async with desk.pool.connection() as connection:
            head = await desk_item.read_head(connection, comment_key)
            made = await desk_item.read_draft(connection, draft_id) if draft_id else None
        sentences = []
        if head is not None and made is not None and made.draft_id == head.draft_id:
            cited = gather(made.sentences, made.sources).sentences
            sentences = recheck(clean(text), cited, made.sources, desk.settings.own_domains)
        return desk.view.page(request, "_proofs.html", judged=sentences)

    @router.post("/harsh", dependencies=[Depends(with_token)])
    @may("account.own")
    async def harsh(
        person: SignedIn, shown: Annotated[Literal["yes", "no"], Form()], back: Short = "/"
    ) -> Response:
        """Show harsh words at once from now on, or fold them."""
        async with transaction(desk.pool) as connection:
            await save_shows_harsh(connection, person.account_id, shown=shown == "yes")
        return RedirectResponse(safe_path(back), status_code=303)

    @router.post("/break", dependencies=[Depends(with_token)])
    @may("account.own")
    async def rested(
        person: SignedIn, back: Annotated[str, Form(max_length=2000)] = "/"
    ) -> Response:
        """Put the hint to take a break away; another run of harsh words brings it back."""
        async with transaction(desk.pool) as connection:
            await save_rested(connection, person.account_id)
        return RedirectResponse(safe_path(back), status_code=303)

    return router
