"""The forms of the publication team: hand in, withdraw, have a place read again by itself."""

from collections.abc import Awaitable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, File, Form, Path, Request, UploadFile
from starlette.responses import PlainTextResponse, RedirectResponse, Response

from services.kit.db import transaction
from services.kit.pseudonym import short_key
from services.review.context import Desk
from services.review.handing_in import (
    MAX_FILES,
    MAX_FORM,
    Rejected,
    hand_in_address,
    hand_in_file,
    hand_in_text,
    web_address,
    withdraw_publication,
)
from services.review.refusals import Unknown
from services.review.rights import may
from services.review.security import SignedIn, with_token
from services.review.shelf import INTERVALS, NOTHING_TYPED, PublicationId, shelf_page
from services.store import sources
from services.store.items import tell_desks

Replaces = Annotated[str, Form(pattern="^([0-9a-f]{8,64})?$")]
Address = Annotated[str, Form(max_length=2000)]
SourceId = Annotated[str, Path(pattern="^[0-9a-f]{16,64}$")]


def shelf_posts_router(desk: Desk) -> APIRouter:
    """Return the forms about publications; each goes back to the page it came from."""
    router = APIRouter(default_response_class=Response, dependencies=[Depends(with_token)])

    @router.post("/publications/files", max_body_size=MAX_FORM)
    @may("publications.keep")
    async def files(
        request: Request, person: SignedIn, replaces: Replaces = "",
        files: Annotated[list[UploadFile] | None, File()] = None,
    ) -> Response:  # fmt: skip
        """Take files in; a script sends one at a time and gets a sentence when it is not taken."""
        given = [one for one in files or [] if one.filename]
        faults: list[tuple[str, str]] = []
        if not given or len(given) > MAX_FILES or (replaces and len(given) > 1):
            faults, given = [("", "many_files" if given else "no_file")], []
        for one in given:
            work = hand_in_file(
                desk.pool, person.account_id, name=one.filename or "", body=await one.read(),
                replaces=replaces or None,
            )  # fmt: skip
            faults += await _faults(one.filename or "", work)
        return await _answer(desk, request, faults)

    @router.post("/publications/address")
    @may("publications.keep")
    async def address(
        request: Request, person: SignedIn, address: Address, replaces: Replaces = ""
    ) -> Response:
        """Have one page read once."""
        work = hand_in_address(desk.pool, person.account_id, address, replaces=replaces or None)
        return await _answer(desk, request, await _faults(address, work), address)

    @router.post("/publications/text")
    @may("publications.keep")
    async def text(
        request: Request, person: SignedIn, title: Annotated[str, Form(max_length=1000)] = "",
        text: Annotated[str, Form(max_length=400_000)] = "",
    ) -> Response:  # fmt: skip
        """Take a pasted text in."""
        work = hand_in_text(desk.pool, person.account_id, title=title, text=text)
        typed = {"title": title, "text": text}
        return await _answer(desk, request, await _faults(title, work), typed=typed)

    @router.post("/publications/{publication_id}/withdraw")
    @may("publications.keep")
    async def withdraw(
        person: SignedIn, publication_id: PublicationId,
        edition: Annotated[int, Form(ge=1, le=1_000_000)],
        reason: Annotated[str, Form(max_length=1000)] = "",
    ) -> Response:  # fmt: skip
        """Take the edition out that the person saw."""
        await withdraw_publication(
            desk.pool, person.account_id, publication_id, edition, reason=reason
        )
        return RedirectResponse("/publications?done=taken_out", status_code=303)

    return router


def watching_router(desk: Desk) -> APIRouter:
    """Return the forms about places that index reads again by itself."""
    router = APIRouter(default_response_class=Response, dependencies=[Depends(with_token)])

    @router.post("/sources")
    @may("publications.keep")
    async def watch(
        request: Request, kind: Annotated[Literal["page", "sitemap"], Form()], address: Address,
        every: Annotated[Literal["1h", "24h", "7d", "30d"], Form()] = "24h",
    ) -> Response:  # fmt: skip
        """Have a page, or all pages of a sitemap, read now and every so often."""
        try:
            address = web_address(address)
        except Rejected as error:
            return await _answer(desk, request, [(address, error.code)], address)
        pause = timedelta(seconds=INTERVALS[every])
        async with transaction(desk.pool) as connection:
            await sources.add_source(
                connection, short_key("source", address), kind, address, every=pause,
                now=datetime.now(UTC),
            )  # fmt: skip
            await tell_desks(connection, None)
        return RedirectResponse("/publications?done=watch#watched", status_code=303)

    @router.post("/sources/{source_id}/again")
    @may("publications.keep")
    async def again(source_id: SourceId) -> Response:
        """Have a place read now."""
        async with transaction(desk.pool) as connection:
            if not await sources.read_now(connection, source_id, datetime.now(UTC)):
                raise Unknown(source_id)
        return RedirectResponse("/publications?done=again#watched", status_code=303)

    @router.post("/sources/{source_id}/unwatch")
    @may("publications.keep")
    async def unwatch(source_id: SourceId) -> Response:
        """Stop reading a place again; what was read from it stays."""
        async with transaction(desk.pool) as connection:
            if not await sources.drop_source(connection, source_id):
                raise Unknown(source_id)
        return RedirectResponse("/publications?done=unwatch#watched", status_code=303)

    return router


async def _faults(name: str, work: Awaitable[object]) -> list[tuple[str, str]]:
    try:
        await work
    except Rejected as error:
        return [(name, error.code)]
    return []


async def _answer(
    desk: Desk, request: Request, faults: list[tuple[str, str]], address: str = "",
    typed: Mapping[str, str] = NOTHING_TYPED,
) -> Response:  # fmt: skip
    """Go back to the shelf, or say what was not taken: as a page, to a script as a sentence."""
    if request.headers.get("accept") == "text/plain":
        label = desk.view.texts[desk.view.language(request)].label
        said = " ".join(label("not_taken", code) for _, code in faults)
        return PlainTextResponse(said, status_code=422 if faults else 200)
    if faults:
        return await shelf_page(
            desk, request, status=422, faults=faults, address=address, typed=typed
        )
    return RedirectResponse("/publications?done=handed_in", status_code=303)
