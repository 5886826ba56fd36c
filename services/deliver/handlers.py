"""Hear that a person approved a text; post it once, or bring it back with the reason.

Also hear that a person withdrew an answer, and take it down.
"""

from datetime import UTC, datetime

from schemas.drafts import DraftApproved
from schemas.replies import (
    ReplyDelayed,
    ReplyKept,
    ReplyPosted,
    ReplyRemoved,
    ReplyReturned,
    ReplyWithdrawn,
)
from schemas.streams import DELIVER_APPROVED, DELIVER_WITHDRAWN
from services.deliver.pace import WORTH_TELLING, Paused
from services.deliver.post import Posting, Stands, TakenBack, post_once
from services.deliver.withdraw import withdraw
from services.kit.bus import Bus
from services.kit.db import transaction
from services.kit.faults import Hopeless, TryLater
from services.store import deliveries
from services.store.deliveries import Approval

ELSEWHERE = 1.0
"""Seconds to wait when another instance is posting the same text."""


def listen(bus: Bus, posting: Posting) -> None:
    """Register the handlers of the deliver service."""
    bus.says(ReplyPosted, ReplyReturned, ReplyDelayed, ReplyRemoved, ReplyKept)

    @bus.on(DELIVER_APPROVED)
    async def on_approved(event: DraftApproved) -> None:
        """Post an approved text under the comment it answers, exactly once."""
        async with deliveries.sole_sender(posting.pool, event.decision_id) as alone:
            if not alone:
                raise TryLater("another instance is posting this text", delay=ELSEWHERE)
            try:
                said = await deliver(posting, event.decision_id)
            except Paused as paused:
                if paused.delay >= WORTH_TELLING:
                    await bus.publish(await delayed(posting, event.decision_id, paused.until))
                raise
            except TakenBack:
                return
            await bus.publish(said)

    @bus.on(DELIVER_WITHDRAWN)
    async def on_withdrawn(event: ReplyWithdrawn) -> None:
        """Take our answers to a comment down again."""
        async with deliveries.sole_sender(posting.pool, event.decision_id) as alone:
            if not alone:
                raise TryLater("another instance is taking this down", delay=ELSEWHERE)
            await bus.publish(await withdraw(posting, event.decision_id))


async def deliver(posting: Posting, decision_id: str) -> ReplyPosted | ReplyReturned:
    """Bring one approval to its end, however far it got before; the caller alone may send it.

    Only the decision's id is taken from the bus: text, place and person stand in the database.
    Raises TakenBack when a person did so before it was sent.
    """
    approval = await _read(posting, decision_id)
    if approval.undone:
        raise TakenBack
    if approval.state == "sent":
        return _posted(approval, approval.url)
    if approval.state == "returned" and approval.code is not None:
        return ReplyReturned.model_validate({**_keys(approval), "code": approval.code})
    outcome = await post_once(posting, approval)
    now = posting.now()
    async with transaction(posting.pool) as connection:
        if isinstance(outcome, Stands):
            await deliveries.mark_sent(connection, approval, outcome.native_id, outcome.url, now)
            return _posted(approval, outcome.url)
        await deliveries.mark_returned(connection, approval, outcome, now)
        return ReplyReturned.model_validate({**_keys(approval), "code": outcome})


async def delayed(posting: Posting, decision_id: str, until: datetime) -> ReplyDelayed:
    """Return the message that an approval waits for its network until then."""
    approval = await _read(posting, decision_id)
    return ReplyDelayed.model_validate({**_keys(approval), "until": until})


async def _read(posting: Posting, decision_id: str) -> Approval:
    async with posting.pool.connection() as connection:
        approval = await deliveries.read_approval(connection, decision_id, posting.now())
    if approval is None:
        raise Hopeless(f"decision {decision_id} is no approval in the database")
    return approval


def _posted(approval: Approval, url: str | None) -> ReplyPosted:
    return ReplyPosted.model_validate({**_keys(approval), "url": url})


def _keys(approval: Approval) -> dict[str, object]:
    return {
        "happened_at": datetime.now(UTC),
        "network": approval.network,
        "thread_key": approval.thread_key,
        "comment_key": approval.comment_key,
        "revision": approval.approved_revision,
        "decision_id": approval.decision_id,
    }
