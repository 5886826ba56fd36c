"""Hear that a person approved a text; post it once, or bring it back with the reason."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from schemas.drafts import DraftApproved
from schemas.replies import ReplyPosted, ReplyReturned, ReturnCode
from schemas.streams import DELIVER_APPROVED
from services.deliver.look import why_not
from services.kit.bus import Bus
from services.kit.db import Pool, transaction
from services.kit.faults import Hopeless, TryLater
from services.networks.network import Network, OutcomeUnknown, Posted, Refused, Temporary
from services.store import deliveries
from services.store.deliveries import Approval

log = logging.getLogger(__name__)

ATTEMPTS = 12
"""Tries of unknown outcome after which a person has to look."""
ELSEWHERE = 5.0
"""Seconds to wait when another instance is posting the same text."""
AFTER_UNKNOWN = 2.0


@dataclass(frozen=True)
class Posting:
    """What the handler needs."""

    pool: Pool
    bus: Bus
    networks: Sequence[Network]

    def network_of(self, approval: Approval) -> Network | None:
        """Return the connection that saw the comment, else one of the same network."""
        same = [network for network in self.networks if network.name == approval.network]
        exact = [network for network in same if network.connection == approval.connection]
        return next(iter(exact + same), None)


def listen(bus: Bus, posting: Posting) -> None:
    """Register the handler of the deliver service."""
    bus.says(ReplyPosted, ReplyReturned)

    @bus.on(DELIVER_APPROVED)
    async def on_approved(event: DraftApproved) -> None:
        """Post an approved text under the comment it answers, exactly once."""
        async with deliveries.sole_sender(posting.pool, event.decision_id) as alone:
            if not alone:
                raise TryLater("another instance is posting this text", delay=ELSEWHERE)
            await bus.publish(await deliver(posting, event))


async def deliver(posting: Posting, event: DraftApproved) -> ReplyPosted | ReplyReturned:
    """Bring one approval to its end; the caller holds the right to send it."""
    now = datetime.now(UTC)
    async with posting.pool.connection() as connection:
        approval = await deliveries.read_approval(connection, event.decision_id, now)
    if approval is None:
        raise Hopeless(f"decision {event.decision_id} is not in the database")
    keys = event.model_dump(
        include={"network", "thread_key", "comment_key", "revision", "decision_id"}
    )
    if approval.state == "sent":
        return ReplyPosted(happened_at=now, url=approval.url, **keys)
    outcome = approval.code if approval.state == "returned" else await _post(posting, approval)
    if isinstance(outcome, Posted):
        async with transaction(posting.pool) as connection:
            await deliveries.mark_sent(
                connection, approval, outcome.native_id, outcome.url, datetime.now(UTC)
            )
        return ReplyPosted(happened_at=now, url=outcome.url, **keys)
    async with transaction(posting.pool) as connection:
        await deliveries.mark_returned(connection, approval, outcome or "invalid", now)
    return ReplyReturned.model_validate({"happened_at": now, "code": outcome, **keys})


async def _post(posting: Posting, approval: Approval) -> Posted | ReturnCode:
    network = posting.network_of(approval)
    if network is None:
        return "not_connected"
    try:
        if approval.state in ("sending", "unknown") and (
            found := await network.find_reply(
                parent_id=approval.native_id, key=approval.decision_id, text=approval.text
            )
        ):
            return found
        if approval.attempts >= ATTEMPTS:
            return "outcome_unknown"
        standing = await network.read(approval.native_id)
        seen_at = datetime.now(UTC)
        if code := why_not(approval, standing):
            return code
        async with transaction(posting.pool) as connection:
            await deliveries.mark_sending(connection, approval, seen_at, seen_at)
        posted = await network.reply(
            parent_id=approval.native_id,
            text=approval.text,
            key=approval.decision_id,
            visibility=approval.visibility,
        )
        await _require_visible(network, posted)
    except Temporary as error:
        delay = error.retry_after if error.retry_after is not None else 5.0
        raise TryLater(f"{network.connection}: {error}", delay=delay) from error
    except OutcomeUnknown as error:
        async with transaction(posting.pool) as connection:
            await deliveries.mark_unknown(connection, approval.decision_id, datetime.now(UTC))
        raise TryLater(f"{network.connection}: {error}", delay=AFTER_UNKNOWN) from error
    except Refused as error:
        log.warning("%s refuses decision %s: %s", network.connection, approval.decision_id, error)
        return "parent_gone" if error.code == "gone" else error.code
    return posted


async def _require_visible(network: Network, posted: Posted) -> None:
    if await network.read(posted.native_id) is None:
        raise OutcomeUnknown("the network took the reply but does not show it")
