"""What the pages share on which a person speaks up under posts of others."""

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from starlette.responses import RedirectResponse, Response

from services.kit.db import Connection
from services.networks.network import Capabilities
from services.networks.places import place
from services.review import going_out as going
from services.review.context import Desk
from services.review.going_out import GoingRefusal, NotNow, obstacle
from services.review.pages import Key
from services.review.rights import may
from services.review.security import SignedIn, with_token
from services.review.view import query
from services.review.worklist import Worklist
from services.store.going_out import Opportunity, read_obstacles

Words = Annotated[str, Form(max_length=20_000)]
Revision = Annotated[int, Form(ge=0, le=1_000_000_000)]


@dataclass(frozen=True)
class Chosen:
    """The post that is open on the page."""

    one: Opportunity
    rule: Capabilities
    refusal: GoingRefusal | None
    """Why Dialogwerk would not post here now."""
    by_hand: GoingRefusal | None
    """Why a person should not speak up here now either."""
    following: str | None
    previous: str | None


async def choose(
    connection: Connection, posts: Sequence[Opportunity], order: Worklist, wanted: str,
    now: datetime,
) -> Chosen | None:  # fmt: skip
    """Return the post that is shown open; None when there is none."""
    key = order.opened(wanted)
    found = await read_obstacles(connection, key, now) if key else None
    if key is None or found is None:
        return None
    one = posts[order.keys.index(key)]
    return Chosen(
        one=one, rule=place(one.network),
        refusal=obstacle(found, one.revision, now, by_us=True),
        by_hand=obstacle(found, one.revision, now, by_us=False),
        following=order.after(key), previous=order.before(key),
    )  # fmt: skip


@dataclass(frozen=True)
class GoingPage(ABC):
    """A page that lists posts of others, one of them open with our words below it."""

    desk: Desk
    path: str

    @abstractmethod
    async def show(
        self, request: Request, at: str, *, refused: GoingRefusal | None = None,
        text: str | None = None,
    ) -> Response:  # fmt: skip
        """Return the page with a post open, what was refused, and what was typed."""

    @abstractmethod
    async def order(self, connection: Connection, at: str, now: datetime, /) -> Worklist:
        """Return the list that a post stands in, and what of it waits."""

    async def carry_out(
        self, request: Request, comment_key: str, done: str, work: Awaitable[None],
        *, text: str | None = None,
    ) -> Response:  # fmt: skip
        """Do it and go to the next one, or stay and say why not, with what was typed."""
        try:
            await work
        except NotNow as error:
            return await self.show(request, comment_key, refused=error.refusal, text=text)
        async with self.desk.pool.connection() as connection:
            order = await self.order(connection, comment_key, datetime.now(UTC))
        at = order.next_waiting(comment_key) or comment_key
        return RedirectResponse(f"{self.path}{query(at=at, done=done)}", status_code=303)

    def add_posts(self, router: APIRouter) -> None:
        """Add the forms by which a person speaks up: with a text to be posted, or by hand."""
        pool = self.desk.pool

        @router.post(f"{self.path}/{{comment_key}}/approve", dependencies=[Depends(with_token)])
        @may("opportunities.decide")
        async def approve(
            request: Request, person: SignedIn, comment_key: Key, *, revision: Revision,
            text: Words = "", draft_id: Annotated[str, Form(max_length=64)] = "",
        ) -> Response:  # fmt: skip
            work = going.approve(
                pool, person.account_id, comment_key, text=text, revision=revision,
                draft_id=draft_id or None,
            )  # fmt: skip
            return await self.carry_out(request, comment_key, "going_approve", work, text=text)

        @router.post(f"{self.path}/{{comment_key}}/done", dependencies=[Depends(with_token)])
        @may("opportunities.decide")
        async def done(
            request: Request, person: SignedIn, comment_key: Key, *, revision: Revision
        ) -> Response:
            work = going.note_done(pool, person.account_id, comment_key, revision=revision)
            return await self.carry_out(request, comment_key, "going_done", work)
