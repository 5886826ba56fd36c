"""Speak up under a post of others: every limit is counted here, by one person at a time."""

from datetime import UTC, datetime
from typing import Literal
from uuid import uuid4

from schemas.drafts import DraftApproved
from services.kit.db import Connection, Pool, transaction
from services.kit.outbox import promise
from services.networks.length import fits
from services.networks.places import place
from services.review.refusals import Refused, Unknown, clean
from services.review.wanted import SERVICE
from services.store import going_out, items
from services.store.decisions import Decision, add_decision, read_shown_draft
from services.store.going_out import LOOK_LASTS, Obstacles
from services.store.planted import holds_planted

GoingRefusal = Literal[
    "deleted", "edited", "muted", "blocked", "locked", "hidden", "over", "spoken", "page_full",
    "resting", "private", "quarrel", "not_looked", "no_replies_here", "empty", "too_long",
    "other_draft", "outdated", "planted",
]  # fmt: skip
Judgement = Literal["useful", "not_useful"]


class NotNow(Exception):
    """Nothing was done; the refusal says why."""

    def __init__(self, refusal: GoingRefusal) -> None:
        super().__init__(refusal)
        self.refusal = refusal


def obstacle(found: Obstacles, revision: int, now: datetime, *, by_us: bool) -> GoingRefusal | None:
    """Return what forbids to speak up; `by_us`: Dialogwerk posts it, not a person by hand. Pure."""
    if found.deleted:
        return "deleted"
    if found.revision != revision:
        return "edited"
    if found.withheld:
        return found.withheld
    checks: tuple[tuple[bool, GoingRefusal], ...] = (
        (found.muted, "muted"),
        (not found.is_the_page, "private"),
        (found.quarrel, "quarrel"),
        (found.spoken or found.ours, "spoken"),
        (found.closed_why is not None, "over"),
        (found.page_is_full, "page_full"),
        (found.author_is_resting, "resting"),
        (by_us and not place(found.network).reply_on_watched_pages, "no_replies_here"),
        (by_us and (found.looked_at is None or now - found.looked_at > LOOK_LASTS), "not_looked"),
    )
    return next((refusal for holds, refusal in checks if holds), None)


async def approve(
    pool: Pool, account_id: str, comment_key: str, *, text: str, revision: int, draft_id: str | None
) -> None:
    """Approve a text to be posted once under a post of others; raises NotNow or Unknown."""
    text = clean(text)
    async with transaction(pool) as connection:
        found = await _hold(connection, comment_key, revision, by_us=True)
        if not text:
            raise NotNow("empty")
        if not fits(text, place(found.network)):
            raise NotNow("too_long")
        if await holds_planted(connection, text):
            raise NotNow("planted")
        if draft_id:
            shown = await read_shown_draft(connection, draft_id, comment_key, revision)
            if shown is None:
                raise NotNow("other_draft")
            if shown.outdated:
                raise NotNow("outdated")
        decision = Decision(
            decision_id=uuid4().hex, action="approve", thread_key=found.thread_key,
            account_id=account_id, comment_key=comment_key, revision=revision,
            draft_id=draft_id or None, text=text, stance="join",
        )  # fmt: skip
        await add_decision(connection, decision)
        await going_out.add_going_decision(
            connection, comment_key, "approve", account_id, decision.decision_id
        )
        message = DraftApproved(
            happened_at=datetime.now(UTC), network=found.network, thread_key=found.thread_key,
            comment_key=comment_key, revision=revision, decision_id=decision.decision_id,
        )  # fmt: skip
        await promise(connection, SERVICE, [message])
        await items.tell_desks(connection, found.thread_key)


async def note_done(pool: Pool, account_id: str, comment_key: str, *, revision: int) -> None:
    """Note that a person has spoken up by hand; the same limits hold. Raises NotNow or Unknown."""
    async with transaction(pool) as connection:
        found = await _hold(connection, comment_key, revision, by_us=False)
        await going_out.add_going_decision(connection, comment_key, "done", account_id)
        await items.tell_desks(connection, found.thread_key)


async def judge(pool: Pool, account_id: str, comment_key: str, verdict: Judgement) -> None:
    """Note whether a post was worth being shown; the last word counts. Raises Unknown."""
    async with transaction(pool) as connection:
        found = await going_out.read_obstacles(connection, comment_key, datetime.now(UTC))
        if found is None:
            raise Unknown(comment_key)
        await going_out.add_going_decision(connection, comment_key, verdict, account_id)
        await items.tell_desks(connection, found.thread_key)


async def refuse_debate(connection: Connection, comment_key: str) -> None:
    """Raise Refused when one more reply would be a debate with one account on a foreign page."""
    if await going_out.replies_to_one(connection, comment_key) >= going_out.MOST_TO_ONE:
        raise Refused("debate")


async def _hold(
    connection: Connection, comment_key: str, revision: int, *, by_us: bool
) -> Obstacles:
    now = datetime.now(UTC)
    await going_out.hold_going_out(connection)
    found = await going_out.read_obstacles(connection, comment_key, now)
    if found is None:
        raise Unknown(comment_key)
    if refusal := obstacle(found, revision, now, by_us=by_us):
        raise NotNow(refusal)
    return found
