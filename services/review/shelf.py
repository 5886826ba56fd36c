"""The publication team's shelf: what can be cited, what was read of it, and who cited it."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, get_args

from fastapi import APIRouter, Path, Query, Request
from starlette.responses import Response

from services.kit.db import Connection
from services.review.context import Desk
from services.review.handing_in import MAX_BYTES, MAX_FILES
from services.review.refusals import Unknown
from services.review.rights import may
from services.store.impact import UNUSED, Fate, count_citing_now, read_citing, read_impact
from services.store.passages import read_live_passages
from services.store.publications import (
    list_publications,
    list_withdrawn,
    read_editions,
    read_publication,
    read_stamp,
)
from services.store.sources import list_sources
from services.store.submissions import read_arrivals

SHELVED = 50
"""Publications on one page."""
PASSAGES = 30
"""Passages on one page."""
CITING = 40
FATES = get_args(Fate)
NOTHING_TYPED = {"title": "", "text": ""}
INTERVALS = {"1h": 3600, "24h": 86_400, "7d": 7 * 86_400, "30d": 30 * 86_400}
"""How often a page or sitemap may be read again, in seconds."""

PublicationId = Annotated[str, Path(pattern="^[0-9a-f]{8,64}$")]
After = Annotated[str, Query(pattern="^([0-9a-f]{8,64})?$")]
PageNumber = Annotated[int, Query(ge=1, le=10_000)]


def shelf_router(desk: Desk) -> APIRouter:
    """Return the pages about publications; they only read."""
    router = APIRouter(default_response_class=Response)

    @router.get("/publications")
    @may("publications.read")
    async def publications(request: Request, after: After = "") -> Response:
        return await shelf_page(desk, request, after=after)

    @router.get("/publications/arrivals")
    @may("publications.read")
    async def arrivals(request: Request) -> Response:
        """Return how far what was handed in has come."""
        now = datetime.now(UTC)
        async with desk.pool.connection() as connection:
            rows = await read_arrivals(connection, now)
        return desk.view.page(request, "_arrivals.html", arrivals=rows)

    @router.get("/publications/shelf")
    @may("publications.read")
    async def shelf(
        request: Request, after: After = "", stamp: Annotated[str, Query(max_length=100)] = ""
    ) -> Response:
        """Return the list of publications if it has changed since the stamp."""
        async with desk.pool.connection() as connection:
            if await read_stamp(connection) == stamp:
                return Response(status_code=204)
            context = await shelf_context(connection, after)
        return desk.view.page(request, "_shelf.html", **context)

    @router.get("/publications/{publication_id}")
    @may("publications.read")
    async def publication(
        request: Request, publication_id: PublicationId, page: PageNumber = 1
    ) -> Response:
        """Show what the machine read of it, page by page."""
        async with desk.pool.connection() as connection:
            context = await publication_context(connection, publication_id, page)
        return desk.view.page(request, "publication.html", **context)

    @router.get("/publications/{publication_id}/cited")
    @may("items.read")
    async def cited(
        request: Request, publication_id: PublicationId, page: PageNumber = 1,
        show: Annotated[str, Query(max_length=20)] = "cited",
    ) -> Response:  # fmt: skip
        """Show the comments in whose drafts it is cited, by what became of them."""
        fate: Fate = show if show in FATES else "cited"  # type: ignore[assignment]  # one of FATES
        async with desk.pool.connection() as connection:
            found = await read_publication(connection, publication_id)
            rows = await read_citing(
                connection, publication_id, fate, limit=CITING + 1, offset=(page - 1) * CITING
            )
            impact = await read_impact(connection, [publication_id])
        if found is None:
            raise Unknown(publication_id)
        return desk.view.page(
            request, "cited.html", publication=found, rows=rows[:CITING], show=fate, fates=FATES,
            page=page, more=len(rows) > CITING, used=impact.get(publication_id, UNUSED),
        )  # fmt: skip

    return router


async def shelf_page(
    desk: Desk, request: Request, *, status: int = 200, faults: list[tuple[str, str]] | None = None,
    address: str = "", after: str = "", typed: Mapping[str, str] = NOTHING_TYPED,
) -> Response:  # fmt: skip
    """Return the page of all publications; `faults` name what was not taken, and why."""
    now = datetime.now(UTC)
    async with desk.pool.connection() as connection:
        context = await shelf_context(connection, after) | {
            "withdrawn": await list_withdrawn(connection),
            "watched": await list_sources(connection),
            "arrivals": await read_arrivals(connection, now),
        }
    return desk.view.page(
        request, "publications.html", status=status, faults=faults or [], address=address,
        typed=typed, max_bytes=MAX_BYTES, max_files=MAX_FILES, intervals=INTERVALS, **context,
    )  # fmt: skip


async def shelf_context(connection: Connection, after: str) -> dict[str, Any]:
    """Return a page of the list of publications, with a stamp that changes when the list does."""
    stamp = await read_stamp(connection)
    rows = await list_publications(connection, after=after, limit=SHELVED + 1)
    shown = rows[:SHELVED]
    return {
        "stamp": stamp,
        "rows": shown,
        "more": shown[-1].publication_id if len(rows) > SHELVED else None,
        "first": not after,
        "after": after,
        "impact": await read_impact(connection, [one.publication_id for one in shown]),
        "unused": UNUSED,
    }


async def publication_context(
    connection: Connection, publication_id: str, page: int = 1
) -> dict[str, Any]:
    """Return everything the page of one publication shows; raises Unknown without such a one."""
    found = await read_publication(connection, publication_id)
    if found is None:
        raise Unknown(publication_id)
    passages = await read_live_passages(
        connection, publication_id, limit=PASSAGES + 1, offset=(page - 1) * PASSAGES
    )
    impact = await read_impact(connection, [publication_id])
    return {
        "publication": found,
        "passages": passages[:PASSAGES],
        "page": page,
        "first": (page - 1) * PASSAGES + 1,
        "more": len(passages) > PASSAGES,
        "editions": await read_editions(connection, publication_id),
        "used": impact.get(publication_id, UNUSED),
        "waiting": await count_citing_now(connection, publication_id),
        "faults": [],
        "max_bytes": MAX_BYTES,
        "max_files": MAX_FILES,
    }
