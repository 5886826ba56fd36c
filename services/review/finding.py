"""The search: all filters stand in the address, which can be kept, shared and gone back to."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Any, TypeVar, get_args

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from schemas.comments import Kind
from services.kit.db import Connection
from services.review.context import Desk
from services.review.cursors import from_place, to_place
from services.review.item import LANES
from services.review.refusals import clean
from services.review.rights import RIGHTS, may
from services.review.security import SignedIn
from services.store import choices, finding, item_plans
from services.store.finding import END, START, Wanted

Day = Annotated[str, Query(max_length=10)]
FOUND = 40
LONGEST = 200
"""Characters of a filter."""
SPOKEN = ("de", "en", "fr", "es", "it", "pl", "tr", "ru", "uk", "ar", "fa")
"""Languages that the search offers; the address may name others."""
ME = "me"
"""Holder: whoever looks. An account's id names the same person for everybody."""
FILTERS = (
    "words", "state", "lane", "kind", "network", "page", "language", "author", "thread",
    "publication", "holder", "plan", "since", "until",
)  # fmt: skip
RARER = ("network", "language", "author", "thread", "publication")
"""Filters that are folded away."""


@dataclass(frozen=True)
class Piece:
    """A piece of an excerpt, looked for or not."""

    text: str
    wanted: bool


def read_filters(address: Mapping[str, str]) -> dict[str, str]:
    """Return the filters that an address sets, as they are written; the rest of it is left out."""
    given = {name: clean(address.get(name, ""))[:LONGEST] for name in FILTERS}
    return {name: text for name, text in given.items() if text}


def wanted_of(filters: Mapping[str, str], me: str) -> Wanted:
    """Return what the filters look for to the account `me`; what nobody could mean is left out.

    Days are those of the server's clock, the last one included.
    """
    since, until = read_day(filters.get("since", "")), read_day(filters.get("until", ""))
    return Wanted(
        words=filters.get("words"),
        state=_one_of(finding.STATES, filters.get("state")),
        lane=_one_of(LANES, filters.get("lane")),
        kind=_one_of(get_args(Kind), filters.get("kind")),
        network=filters.get("network"),
        page=filters.get("page"),
        language=filters.get("language"),
        author=filters.get("author"),
        thread=filters.get("thread"),
        publication=filters.get("publication"),
        holder=me if filters.get("holder") == ME else filters.get("holder"),
        plan=_one_of(get_args(finding.Plan), filters.get("plan")),
        since=midnight(since) if since else None,
        until=midnight(until + timedelta(days=1)) if until else None,
    )


def pieces(excerpt: str) -> list[Piece]:
    """Split an excerpt at the words that were looked for."""
    found: list[Piece] = []
    for start in excerpt.split(START):
        marked, end, rest = start.partition(END)
        found += [Piece(marked, wanted=bool(end)), Piece(rest, wanted=False)]
    return [piece for piece in found if piece.text]


def finding_router(desk: Desk) -> APIRouter:
    """Return the search over everything that the desk ever saw."""
    router = APIRouter(default_response_class=Response)

    @router.get("/search")
    @may("items.read")
    async def search(request: Request, person: SignedIn) -> Response:
        filters = read_filters(request.query_params)
        place = from_place(request.query_params.get("after", ""))
        async with desk.pool.connection() as connection:
            found = await finding.find_comments(
                connection, wanted_of(filters, person.account_id), after=place, limit=FOUND
            )
            context = await filter_context(desk, connection, request, filters)
        more = to_place(found.next) if found.next else None
        return desk.view.page(
            request, "search.html", rows=found.rows, more=more, first=place is None,
            pieces=pieces, **context,
        )  # fmt: skip

    return router


async def filter_context(
    desk: Desk, connection: Connection, request: Request, filters: Mapping[str, str]
) -> dict[str, Any]:
    """Return what the fields of the search offer, and what is in them."""
    pages = await choices.read_pages(connection)
    titles = await choices.read_titles(connection)
    people = await item_plans.read_colleagues(connection, "", RIGHTS["items.decide"])
    texts = desk.view.texts[desk.view.language(request)]
    networks = sorted({page.network for page in pages})
    offered = {
        "state": [(state, texts.label("status", state)) for state in finding.STATES],
        "lane": [(lane, texts.label("lane", lane)) for lane in LANES],
        "kind": [(kind, texts.label("kind", kind)) for kind in get_args(Kind)],
        "network": [(name, texts.network(name)) for name in networks],
        "page": [(page.page_key, f"{page.name} · {texts.network(page.network)}") for page in pages],
        "language": [(code, texts.locale.languages.get(code, code)) for code in SPOKEN],
        "publication": titles,
        "holder": [
            *((name, texts.label("holder", name)) for name in (ME, finding.NOBODY)),
            *((one.account_id, one.name) for one in people),
        ],
        "plan": [(plan, texts.label("plan", plan)) for plan in get_args(finding.Plan)],
    }
    return {
        "filters": dict(filters),
        "offered": offered,
        "rarer": any(name in filters for name in RARER),
    }


Choice = TypeVar("Choice")


def _one_of(known: Sequence[Choice], value: str | None) -> Choice | None:
    return next((one for one in known if one == value), None)


def read_day(text: str) -> date | None:
    """Return the day that `YYYY-MM-DD` names, None for anything else."""
    found = re.fullmatch(r"\d{4}-\d{2}-\d{2}", text)
    try:
        day = date.fromisoformat(text) if found else None
    except ValueError:
        return None
    return day if day and 2000 <= day.year < 2200 else None


def midnight(day: date) -> datetime:
    """Return when a day begins on the server's clock."""
    return datetime.combine(day, time()).astimezone(UTC)
