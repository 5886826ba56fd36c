"""What is watched, how reading it goes, and the forms to add, change, pause and remove."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, File, Form, Path, Query, Request, UploadFile
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import RedirectResponse, Response

from services.kit.db import transaction
from services.networks.targets import WATCHABLE
from services.review.context import Desk
from services.review.refusals import Unknown
from services.review.rights import may
from services.review.security import SignedIn, with_token
from services.review.watch_list import LineFault, UnfitEntry, read_entry, read_list
from services.store import watches

WatchId = Annotated[str, Path(pattern="^[0-9a-f]{16}$")]
Action = Literal["pause", "resume", "remove"]
SHOWN_FAULTS = 50
LISTED = 40
"""Watches on one page."""


class Typed(BaseModel):
    """What a person typed into the form for one page."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    name: str = Field(default="", max_length=1000)
    network: str = Field(default="", max_length=100)
    address: str = Field(default="", max_length=1000)
    relation: str = Field(default="partner", max_length=100)
    topics: str = Field(default="", max_length=1000)

    def entry(self, *, of: watches.ShownWatch | None = None) -> watches.NewWatch:
        """Return the watch, of a known page with its own address; raises UnfitEntry."""
        network, address = (of.network, written(of)) if of else (self.network, self.address)
        return read_entry(self.name, network, address, self.relation, self.topics)


TypedForm = Annotated[Typed, Form()]


def watches_router(desk: Desk) -> APIRouter:
    """Return the page of watches and its forms; each goes back to it or says what does not fit."""
    router = APIRouter(default_response_class=Response)

    @router.get("/watches")
    @may("watches.read")
    async def listed(request: Request, page: Annotated[int, Query(ge=1, le=1000)] = 1) -> Response:
        return await _page(desk, request, page=page)

    @router.post("/watches", dependencies=[Depends(with_token)])
    @may("watches.keep")
    async def add(request: Request, person: SignedIn, typed: TypedForm) -> Response:
        try:
            entry = typed.entry()
        except UnfitEntry as error:
            return await _page(desk, request, [_fault(error)], typed)
        await _store(desk, [entry], person.account_id)
        return _back("watched")

    @router.post("/watches/import", dependencies=[Depends(with_token)])
    @may("watches.keep")
    async def import_list(
        request: Request, person: SignedIn, file: Annotated[UploadFile, File()]
    ) -> Response:
        """Take over a whole list; a fault in one line leaves everything as it was."""
        entries, faults = read_list(await file.read())
        if faults:
            return await _page(desk, request, faults)
        await _store(desk, entries, person.account_id)
        return _back("imported")

    _add_forms_for_one(router, desk)
    return router


def _add_forms_for_one(router: APIRouter, desk: Desk) -> None:
    @router.post("/watches/{watch_id}", dependencies=[Depends(with_token)])
    @may("watches.keep")
    async def change(request: Request, watch_id: WatchId, typed: TypedForm) -> Response:
        async with transaction(desk.pool) as connection:
            known = await watches.read_watch(connection, watch_id)
            if known is None:
                raise Unknown(watch_id)
            try:
                entry = typed.entry(of=known)
            except UnfitEntry as error:
                return await _page(desk, request, [_fault(error)])
            await watches.edit_watch(
                connection, watch_id, name=entry.name, relation=entry.relation,
                topics=entry.topics, now=datetime.now(UTC),
            )  # fmt: skip
        return _back("watch_changed")

    @router.post("/watches/{watch_id}/{action}", dependencies=[Depends(with_token)])
    @may("watches.keep")
    async def switch(watch_id: WatchId, action: Action) -> Response:
        now = datetime.now(UTC)
        async with transaction(desk.pool) as connection:
            done = (
                await watches.remove_watch(connection, watch_id, now=now)
                if action == "remove"
                else await watches.pause_watch(
                    connection, watch_id, paused=action == "pause", now=now
                )
            )
        if not done:
            raise Unknown(watch_id)
        return _back(f"watch_{action}")


async def _page(
    desk: Desk, request: Request, faults: Sequence[LineFault] = (), typed: Typed | None = None,
    page: int = 1,
) -> Response:  # fmt: skip
    async with desk.pool.connection() as connection:
        rows = await watches.list_watches(connection, limit=LISTED + 1, offset=(page - 1) * LISTED)
    return desk.view.page(
        request, "watches.html", status=422 if faults else 200, rows=rows[:LISTED],
        page=page, more=len(rows) > LISTED,
        faults=faults[:SHOWN_FAULTS], more_faults=max(0, len(faults) - SHOWN_FAULTS),
        typed=typed or Typed(), titles=WATCHABLE,
    )  # fmt: skip


async def _store(desk: Desk, entries: Sequence[watches.NewWatch], by: str) -> None:
    async with transaction(desk.pool) as connection:
        await watches.add_watches(connection, entries, by=by, now=datetime.now(UTC))


def _fault(error: UnfitEntry) -> LineFault:
    return LineFault(0, error.code, error.detail)


def written(watch: watches.ShownWatch) -> str:
    """Return a watch's address as a person would write it."""
    return f"search: {watch.address}" if watch.kind == "search" else watch.address


def _back(done: str) -> Response:
    return RedirectResponse(f"/watches?done={done}", status_code=303)
