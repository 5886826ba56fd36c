"""Post one approved text: look whether it stands, look whether it still may, send it, look again.

Whatever breaks in between, the next try begins with the first look.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from schemas.inbound import Visibility
from schemas.replies import ReturnCode
from services.deliver.look import why_not
from services.kit.db import Pool, transaction
from services.kit.faults import Hopeless, TryLater
from services.kit.language import detect_language
from services.networks.network import (
    Network,
    NetworkError,
    OutcomeUnknown,
    Outgoing,
    Posted,
    Refused,
    Standing,
    Temporary,
)
from services.store import deliveries
from services.store.deliveries import Approval

log = logging.getLogger(__name__)

ATTEMPTS = 12
"""Posts of unknown outcome after which a person has to look."""
SOON, LONGEST_WAIT = 1.0, 3600.0
UNTOLD = 5.0
"""Seconds to wait when the network does not say how long."""
AFTER_UNKNOWN = 2.0


@dataclass(frozen=True)
class Posting:
    """What is needed to post."""

    pool: Pool
    networks: Sequence[Network]
    doubt: float = 30.0
    """Seconds during which a post of unknown outcome may still appear: until then it is looked for
    and not sent again."""

    def network_of(self, approval: Approval) -> Network | None:
        """Return the connection that saw the comment, else the only one of the same network."""
        same = [network for network in self.networks if network.name == approval.network]
        exact = [network for network in same if network.connection == approval.connection]
        return exact[0] if exact else same[0] if len(same) == 1 else None


@dataclass(frozen=True)
class Stands:
    """Our reply as the network shows it."""

    native_id: str
    url: str | None


async def post_once(posting: Posting, approval: Approval) -> Stands | ReturnCode:
    """Return our reply once it stands, or why it does not; raises TryLater in between."""
    network = posting.network_of(approval)
    in_doubt = approval.state is not None
    if network is None:
        return "outcome_unknown" if in_doubt else "not_connected"
    try:
        if in_doubt and (found := await _look_for(posting, network, approval)):
            return found
        in_doubt = False
        standing = await network.read(approval.native_id)
        return await _send(posting, network, approval, standing)
    except (Temporary, OutcomeUnknown) as error:
        raise _later(network, error) from error
    except Refused as error:
        log.warning("%s refuses decision %s: %s", network.connection, approval.decision_id, error)
        if in_doubt:
            return "outcome_unknown"
        return "parent_gone" if error.code == "gone" else error.code


async def _look_for(
    posting: Posting, network: Network, approval: Approval
) -> Stands | ReturnCode | None:
    """Return what an earlier try led to, None when nothing came of it and nothing will."""
    if approval.reply_id is not None:
        if await _is_shown(network, approval.reply_id):
            return Stands(approval.reply_id, approval.url)
    elif found := await network.find_reply(_outgoing(approval, "public")):
        return Stands(found.native_id, found.url)
    tried_at = approval.tried_at or datetime.now(UTC)
    left = posting.doubt - (datetime.now(UTC) - tried_at).total_seconds()
    if left > 0:
        raise TryLater(
            f"{network.connection}: the reply may still appear", delay=min(left, AFTER_UNKNOWN)
        )
    if approval.reply_id is not None or approval.attempts >= ATTEMPTS:
        return "outcome_unknown"
    return None


async def _send(
    posting: Posting, network: Network, approval: Approval, standing: Standing | None
) -> Stands | ReturnCode:
    """Post, unless what people did meanwhile here or there forbids it."""
    now = datetime.now(UTC)
    async with transaction(posting.pool) as connection:
        current = await deliveries.read_approval(connection, approval.decision_id, now)
        if current is None:
            raise Hopeless(f"decision {approval.decision_id} has left the database")
        code = why_not(current, standing)
        if code is not None or standing is None:
            return code or "parent_gone"
        await deliveries.mark_sending(connection, current, now, now)
    try:
        posted = await network.reply(_outgoing(current, standing.visibility))
    except Temporary:
        async with transaction(posting.pool) as connection:
            await deliveries.mark_not_sent(connection, current)
        raise
    except OutcomeUnknown as error:
        async with transaction(posting.pool) as connection:
            await deliveries.mark_unknown(connection, current.decision_id, datetime.now(UTC))
        delay = min(posting.doubt, AFTER_UNKNOWN)
        raise TryLater(f"{network.connection}: {error}", delay=delay) from error
    return await _confirm(posting, network, current, posted)


def _outgoing(approval: Approval, visibility: Visibility) -> Outgoing:
    return Outgoing(
        parent_id=approval.native_id,
        text=approval.text,
        key=approval.decision_id,
        approved_at=approval.approved_at,
        visibility=visibility,
        language=detect_language(approval.text),
    )


async def _confirm(
    posting: Posting, network: Network, approval: Approval, posted: Posted
) -> Stands:
    """Return the reply if the network shows it; it is never sent again once the network took it."""
    reason = "it does not show it yet"
    try:
        if await _is_shown(network, posted.native_id):
            return Stands(posted.native_id, posted.url)
    except (Temporary, OutcomeUnknown) as error:
        reason = str(error)
    async with transaction(posting.pool) as connection:
        await deliveries.mark_taken(
            connection, approval.decision_id, posted.native_id, posted.url, datetime.now(UTC)
        )
    raise TryLater(
        f"{network.connection}: the network took the reply, but {reason}",
        delay=min(posting.doubt, AFTER_UNKNOWN),
    )


async def _is_shown(network: Network, reply_id: str) -> bool:
    """Tell whether our reply can be read; a network that lets us not look is taken at its word."""
    try:
        return await network.read(reply_id) is not None
    except Refused as error:
        log.warning("%s does not let us look at %s: %s", network.connection, reply_id, error)
        return True


def _later(network: Network, error: NetworkError) -> TryLater:
    wanted = error.retry_after if isinstance(error, Temporary) else None
    delay = UNTOLD if wanted is None else min(max(wanted, SOON), LONGEST_WAIT)
    return TryLater(f"{network.connection}: {error}", delay=delay)
