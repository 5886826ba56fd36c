"""The publication team's list: what people ask and no publication says."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Annotated, get_args

from fastapi import APIRouter, Depends, File, Form, Path, Query, Request, UploadFile
from starlette.responses import RedirectResponse, Response

from services.kit.db import transaction
from services.review.context import Desk
from services.review.handing_in import (
    MAX_FILES,
    MAX_FORM,
    NotTaken,
    Rejected,
    hand_in_address,
    hand_in_file,
    hand_in_text,
)
from services.review.refusals import Unknown, clean
from services.review.rights import may
from services.review.security import SignedIn, with_token
from services.review.view import query
from services.store import gaps, submissions
from services.store.gaps import Verdict

LISTED = 12
"""Gaps on one page: some screens full, not a whole wall."""
VERDICTS = get_args(Verdict)
SHORTENED = 160
"""Characters of a question that its heading shows."""
KEYS: Mapping[Verdict, str] = {"open": "o", "will_write": "w", "not_ours": "n"}
NOTHING_TYPED = {"gap": "", "title": "", "text": "", "address": ""}
PageNumber = Annotated[int, Query(ge=1, le=1000)]
PageField = Annotated[int, Form(ge=1, le=1000)]
Shown = Annotated[str, Form(max_length=20)]
GapId = Annotated[str, Path(pattern="^[0-9a-f]{32}$")]


def gaps_router(desk: Desk) -> APIRouter:
    """Return the list of gaps and the form that says what the team makes of one."""
    router = APIRouter(default_response_class=Response)

    @router.get("/gaps")
    @may("gaps.read")
    async def listed(
        request: Request, show: Annotated[str, Query(max_length=20)] = "open",
        page: PageNumber = 1,
    ) -> Response:  # fmt: skip
        return await _list(desk, request, show, page)

    @router.get("/gaps/{gap_id}/texts")
    @may("gaps.read")
    async def texts(request: Request, gap_id: GapId) -> Response:
        """Return how far the texts have come that were handed in for a gap."""
        async with desk.pool.connection() as connection:
            gap = await gaps.read_gap(connection, gap_id)
            found = await submissions.read_for_gaps(connection, [gap_id])
        if gap is None:
            raise Unknown(gap_id)
        return desk.view.page(request, "_gap_texts.html", gap=gap, texts_in=found.get(gap_id, []))

    @router.post("/gaps/{gap_id}", dependencies=[Depends(with_token)])
    @may("gaps.judge")
    async def judge(
        person: SignedIn, gap_id: GapId, *, verdict: Annotated[Verdict, Form()],
        note: Annotated[str, Form(max_length=1000)] = "", show: Shown = "open",
        page: PageField = 1,
    ) -> Response:  # fmt: skip
        """Append the team's verdict; a gap that is not ours is out of the list, not deleted."""
        async with transaction(desk.pool) as connection:
            if not await gaps.give_verdict(
                connection, gap_id, verdict, note=clean(note), account_id=person.account_id,
                now=datetime.now(UTC),
            ):  # fmt: skip
                raise Unknown(gap_id)
        return RedirectResponse(_back(show, page), status_code=303)

    return router


def gap_texts_router(desk: Desk) -> APIRouter:
    """Return the form by which a text is handed in for a gap."""
    router = APIRouter(default_response_class=Response, dependencies=[Depends(with_token)])

    @router.post("/gaps/{gap_id}/texts", max_body_size=MAX_FORM)
    @may("publications.keep")
    async def hand_in(
        request: Request, person: SignedIn, gap_id: GapId, *,
        files: Annotated[list[UploadFile] | None, File()] = None,
        title: Annotated[str, Form(max_length=1000)] = "",
        text: Annotated[str, Form(max_length=400_000)] = "",
        address: Annotated[str, Form(max_length=2000)] = "", show: Shown = "open",
        page: PageField = 1,
    ) -> Response:  # fmt: skip
        """Take in whatever is given: files, a pasted text, an address."""
        by = desk.pool, person.account_id
        given = [one for one in files or [] if one.filename]
        works: list[tuple[str, Callable[[], Awaitable[str]]]] = [
            (name, partial(hand_in_file, *by, gap_id=gap_id, name=name, body=await one.read()))
            for one in given[:MAX_FILES]
            if (name := one.filename or "")
        ]
        if title.strip() or text.strip():
            works.append(("", partial(hand_in_text, *by, gap_id=gap_id, title=title, text=text)))
        if address.strip():
            works.append((address, partial(hand_in_address, *by, gap_id=gap_id, address=address)))
        faults: list[tuple[str, NotTaken]] = [] if works else [("", "nothing")]
        if len(given) > MAX_FILES:
            faults.append(("", "many_files"))
        for name, work in works:
            try:
                await work()
            except Rejected as error:
                faults.append((name, error.code))
        if faults:
            typed = {"gap": gap_id, "title": title, "text": text, "address": address}
            return await _list(desk, request, show, page, faults=faults, typed=typed)
        back = _back(show, page, done="handed_in")
        return RedirectResponse(f"{back}#gap-{gap_id}", status_code=303)

    return router


def _back(show: str, page: int, done: str = "") -> str:
    return f"/gaps{query(show=show, page=page if page > 1 else None, done=done)}"


async def _list(
    desk: Desk, request: Request, show: str, page: int, *,
    faults: list[tuple[str, NotTaken]] | None = None, typed: Mapping[str, str] = NOTHING_TYPED,
) -> Response:  # fmt: skip
    closed = show == "closed"
    verdict: Verdict | None = None if closed else show if show in VERDICTS else "open"  # type: ignore[assignment]  # one of VERDICTS
    async with desk.pool.connection() as connection:
        rows = await gaps.list_gaps(
            connection, closed=closed, verdict=verdict, limit=LISTED + 1,
            offset=(page - 1) * LISTED,
        )  # fmt: skip
        found = await submissions.read_for_gaps(connection, [gap.gap_id for gap in rows])
    return desk.view.page(
        request, "gaps.html", status=422 if faults else 200, rows=rows[:LISTED],
        show=verdict or "closed", verdicts=VERDICTS, keys=KEYS, page=page, more=len(rows) > LISTED,
        handed_in=found, faults=faults or [], typed=typed,
        nothing_typed=NOTHING_TYPED, shortened=SHORTENED,
    )  # fmt: skip
