"""How the connections to networks stand, and the forms to pause, resume and check them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from starlette.responses import RedirectResponse, Response

from services.kit.db import transaction
from services.networks.connections import KINDS
from services.networks.doctor import findings, from_json
from services.networks.network import Capabilities, Diagnosis, Fault
from services.review.context import Desk
from services.review.refusals import Unknown
from services.review.rights import may
from services.review.security import SignedIn, with_token
from services.store.connection_states import ConnectionState, Order, give_order, read_states

SHOWN = (
    "reply_on_own_pages", "reply_on_watched_pages", "hide", "delete_own_reply", "sees_edits",
    "sees_deletes",
)  # fmt: skip
"""What a connection can do, as far as it is a matter of yes or no for people at the desk."""


@dataclass(frozen=True)
class Connection:
    """A connection as the page shows it."""

    state: ConnectionState
    capabilities: Capabilities | None
    """As the connection itself found them, else as its kind has them; None for an unknown kind."""
    diagnosis: Diagnosis | None
    faults: Sequence[Fault]

    @property
    def abilities(self) -> Sequence[tuple[str, bool]]:
        """What it can and cannot do, by the names of its labels."""
        return [(name, bool(getattr(self.capabilities, name))) for name in SHOWN]


def shown(state: ConnectionState, now: datetime) -> Connection:
    """Return what the page shows of a connection. Pure."""
    kind = KINDS.get(state.network)
    diagnosis = from_json(state.diagnosis)
    defaults = kind.capabilities if kind else None
    return Connection(
        state=state,
        capabilities=diagnosis.capabilities if diagnosis else defaults,
        diagnosis=diagnosis,
        faults=findings(diagnosis, now) if diagnosis else (),
    )


def connections_router(desk: Desk) -> APIRouter:
    """Return the page of connections and its forms, which go back to it."""
    router = APIRouter(default_response_class=Response)

    @router.get("/connections")
    @may("connections.read")
    async def connections(request: Request) -> Response:
        now = datetime.now(UTC)
        async with desk.pool.connection() as connection:
            states = await read_states(connection)
        rows = [shown(state, now) for state in states]
        texts = desk.view.texts[desk.view.language(request)]
        everywhere = [
            texts.network(name)
            for name, kind in KINDS.items()
            if kind.capabilities.reply_on_watched_pages
        ]
        template = "_connections.html" if "hx-request" in request.headers else "connections.html"
        return desk.view.page(request, template, rows=rows, everywhere=everywhere)

    @router.post("/connections/{action}", dependencies=[Depends(with_token)])
    @may("connections.order")
    async def give(
        person: SignedIn, action: Order, connection: Annotated[str, Form(max_length=200)]
    ) -> Response:
        """Note the order; ingest and deliver follow it within seconds."""
        async with transaction(desk.pool) as database:
            now = datetime.now(UTC)
            if not await give_order(database, connection, action, by=person.account_id, now=now):
                raise Unknown(connection)
        return RedirectResponse(f"/connections?done={action}", status_code=303)

    return router
