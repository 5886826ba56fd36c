"""What each published reply was decided on, for one at a page and for all as a file."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal
from uuid import uuid4

from fastapi import APIRouter, HTTPException, Query, Request
from starlette.responses import Response, StreamingResponse

from services.kit.pseudonym import pseudonym_keys
from services.review.changes import changes
from services.review.context import Desk
from services.review.evidence import gather
from services.review.export_lines import called
from services.review.exporting import exported
from services.review.finding import Day, midnight, read_day
from services.review.pages import Key
from services.review.rights import NotAllowed, allowed, may
from services.review.security import SignedIn
from services.store import desk_item, records
from services.store.exports import Export, read_exports

MEDIA_TYPES = {"csv": "text/csv; charset=utf-8", "jsonl": "application/jsonl; charset=utf-8"}


def evidence_router(desk: Desk) -> APIRouter:
    """Return the pages of records and their export."""
    router = APIRouter(default_response_class=Response)
    key, *_ = pseudonym_keys(desk.settings)

    @router.get("/evidence")
    @may("evidence.read")
    async def evidence(request: Request) -> Response:
        async with desk.pool.connection() as connection:
            taken = await read_exports(connection)
        return desk.view.page(request, "evidence.html", taken=taken)

    @router.get("/evidence/export")
    @may("evidence.read")
    async def export(
        person: SignedIn, form: Annotated[Literal["csv", "jsonl"], Query(alias="format")] = "csv",
        since: Day = "", until: Day = "", people: Annotated[str, Query(max_length=20)] = "",
    ) -> Response:  # fmt: skip
        """Hand out all decisions of a span; who asks for names needs the right to."""
        named = people == "names"
        if named and not allowed(person, "evidence.name_people"):
            raise NotAllowed
        now, first, last = datetime.now(UTC), read_day(since), read_day(until)
        asked = Export(
            uuid4().hex, person.account_id, now, form,
            since=midnight(first) if first else None,
            until=midnight(last + timedelta(days=1)) if last else None, named=named,
        )  # fmt: skip
        name = f"decisions-{now:%Y-%m-%d}.{form}"
        return StreamingResponse(
            exported(desk.pool, key, asked, now), media_type=MEDIA_TYPES[form],
            headers={"Content-Disposition": f'attachment; filename="{name}"'},
        )  # fmt: skip

    @router.get("/evidence/{decision_id}")
    @may("evidence.read")
    async def record(request: Request, reader: SignedIn, decision_id: Key) -> Response:
        """Show what one decision was made on."""
        found = await records.read_record(desk.pool, decision_id)
        if found is None or found.comment_key is None:
            raise HTTPException(404)
        async with desk.pool.connection() as connection:
            draft = (
                await desk_item.read_draft(connection, found.draft_id) if found.draft_id else None
            )
        person = called(key, named=allowed(reader, "evidence.name_people"))
        return desk.view.page(
            request, "record.html", record=found, draft=draft,
            by=person(found.account_id, found.name),
            first_by=person(found.first_account_id, found.first_name)
            if found.first_account_id else None,
            thread=await records.read_thread_at(desk.pool, found.comment_key, found.decided_at),
            proof=gather(draft.sentences, draft.sources) if draft else None,
            changed=changes(found.draft_text, found.text)
            if found.edited and found.draft_text and found.text else None,
        )  # fmt: skip

    return router
