"""Post one approved text: look whether it stands, look whether it still may, send it, look again.

Whatever breaks in between, the next try begins with the first look.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from schemas.inbound import Visibility
from schemas.replies import ReturnCode
from services.deliver.look import why_not
from services.deliver.pace import SOON, Paused, until_when, wait_for_turn
from services.kit.db import Pool, transaction
from services.kit.faults import Hopeless, TryLater
from services.kit.language import detect_language
from services.networks.connected import Connected
from services.networks.network import (
    Network,
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
AFTER_UNKNOWN = 2.0
FRESH = timedelta(seconds=60)
"""Age at which the last look at a comment is too old to post below it."""


def utc_now() -> datetime:
    """Return the moment."""
    return datetime.now(UTC)


class TakenBack(Exception):
    """A person has taken the approval back; nothing was sent and nothing will be."""


@dataclass(frozen=True)
class Posting:
    """What is needed to post."""

    pool: Pool
    connected: Connected
    doubt: float = 30.0
    """Seconds during which a post of unknown outcome may still appear: until then it is looked for
    and not sent again."""
    now: Callable[[], datetime] = utc_now


@dataclass(frozen=True)
class Stands:
    """Our reply as the network shows it."""

    native_id: str
    url: str | None


async def post_once(posting: Posting, approval: Approval) -> Stands | ReturnCode:
    """Return our reply once it stands, or why it does not; raises TryLater in between."""
    network = posting.connected.find(approval.network, approval.connection)
    in_doubt = approval.state is not None
    if network is None:
        return "outcome_unknown" if in_doubt else "not_connected"
    await _wait_for_turn(posting, network, approval)
    try:
        if in_doubt and (found := await _look_for(posting, network, approval)):
            return found
        in_doubt = False
        seen_at = posting.now()
        standing = await network.read(approval.native_id)
        return await _send(posting, network, approval, standing, seen_at)
    except (Temporary, OutcomeUnknown) as error:
        raise await later(posting, network, error) from error
    except Refused as error:
        log.warning("%s refuses decision %s: %s", network.connection, approval.decision_id, error)
        if in_doubt:
            return "outcome_unknown"
        return "parent_gone" if error.code == "gone" else error.code


async def _look_for(
    posting: Posting, network: Network, approval: Approval
) -> Stands | ReturnCode | None:
    """Return what an earlier try led to, None when nothing came of it and nothing will.

    What comes out of a backup is sent only where a second post would be harmless: what is looked
    for by its words alone may be overlooked after days.
    """
    if approval.reply_id is not None:
        if await _is_shown(network, approval.reply_id):
            return Stands(approval.reply_id, approval.url)
    elif found := await network.find_reply(_outgoing(approval, "public")):
        return Stands(found.native_id, found.url)
    now = posting.now()
    left = posting.doubt - (now - (approval.tried_at or now)).total_seconds()
    if left > 0:
        raise TryLater(
            f"{network.connection}: the reply may still appear", delay=min(left, AFTER_UNKNOWN)
        )
    unsure = approval.restored and not network.capabilities.keyed_posting
    if unsure or approval.reply_id is not None or approval.attempts >= ATTEMPTS:
        return "outcome_unknown"
    return None


async def _wait_for_turn(posting: Posting, network: Network, approval: Approval) -> None:
    async with posting.pool.connection() as connection:
        now = posting.now()
        wait_until = await deliveries.read_wait(connection, network.connection, now)
    wait_for_turn(approval, network.connection, wait_until, now)


async def _send(
    posting: Posting,
    network: Network,
    approval: Approval,
    standing: Standing | None,
    seen_at: datetime,
) -> Stands | ReturnCode:
    """Post, unless what people did meanwhile here or there forbids it, or the look is too old."""
    async with transaction(posting.pool) as connection:
        now = posting.now()
        await deliveries.lock_approval(connection, approval.decision_id)
        current = await deliveries.read_approval(connection, approval.decision_id, now)
        if current is None:
            raise Hopeless(f"decision {approval.decision_id} has left the database")
        if current.undone:
            raise TakenBack
        code = why_not(current, standing)
        if code is not None or standing is None:
            return code or "parent_gone"
        if now - seen_at > FRESH:
            raise TryLater(f"{network.connection}: the last look is too old", delay=SOON)
        await deliveries.mark_sending(connection, current, seen_at, now)
    try:
        posted = await network.reply(_outgoing(current, standing.visibility))
    except Temporary:
        async with transaction(posting.pool) as connection:
            await deliveries.mark_not_sent(connection, current)
        raise
    except OutcomeUnknown as error:
        async with transaction(posting.pool) as connection:
            await deliveries.mark_unknown(connection, current.decision_id, posting.now())
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
            connection, approval.decision_id, posted.native_id, posted.url, posting.now()
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


async def later(posting: Posting, network: Network, error: Temporary | OutcomeUnknown) -> TryLater:
    """Return when to try again; a network that said `not now` is left alone by all approvals."""
    now = posting.now()
    until = until_when(error, now)
    if isinstance(error, Temporary):
        async with transaction(posting.pool) as connection:
            await deliveries.note_wait(connection, network.connection, until, now)
    return Paused(f"{network.connection}: {error}", until=until, now=now)
