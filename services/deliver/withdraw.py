"""Take down what we answered when a person decided so; deleting twice is harmless."""

import logging
from datetime import UTC, datetime

from schemas.replies import ReplyKept, ReplyRemoved, ReturnCode
from services.deliver.pace import Paused
from services.deliver.post import Posting, later
from services.kit.db import transaction
from services.kit.faults import Hopeless
from services.networks.network import Network, OutcomeUnknown, Refused, Temporary
from services.store import deliveries
from services.store.deliveries import Withdrawal

log = logging.getLogger(__name__)


async def withdraw(posting: Posting, decision_id: str) -> ReplyRemoved | ReplyKept:
    """Bring one withdrawal to its end; raises TryLater in between."""
    async with posting.pool.connection() as connection:
        withdrawal = await deliveries.read_withdrawal(connection, decision_id)
    if withdrawal is None:
        raise Hopeless(f"decision {decision_id} is no withdrawal in the database")
    if withdrawal.state is not None:
        return _said(withdrawal, withdrawal.code)
    code = await _take_down(posting, withdrawal)
    async with transaction(posting.pool) as connection:
        await deliveries.close_withdrawal(connection, withdrawal, code, posting.now())
    return _said(withdrawal, code)


async def _take_down(posting: Posting, withdrawal: Withdrawal) -> ReturnCode | None:
    """Return why an answer still stands, None when none does."""
    network = posting.connected.find(withdrawal.network, withdrawal.connection)
    if network is None:
        return "not_connected"
    async with posting.pool.connection() as connection:
        now = posting.now()
        wait_until = await deliveries.read_wait(connection, network.connection, now)
    if wait_until is not None:
        raise Paused(f"{network.connection} wants to be left alone", until=wait_until, now=now)
    try:
        for reply_id in withdrawal.reply_ids:
            if code := await _delete(network, reply_id):
                return code
    except (Temporary, OutcomeUnknown) as error:
        raise await later(posting, network, error) from error
    return None


async def _delete(network: Network, reply_id: str) -> ReturnCode | None:
    try:
        return None if await network.delete(reply_id) else "invalid"
    except Refused as error:
        log.warning("%s does not delete %s: %s", network.connection, reply_id, error)
        return None if error.code == "gone" else error.code


def _said(withdrawal: Withdrawal, code: ReturnCode | None) -> ReplyRemoved | ReplyKept:
    keys: dict[str, object] = {
        "happened_at": datetime.now(UTC),
        "network": withdrawal.network,
        "thread_key": withdrawal.thread_key,
        "comment_key": withdrawal.comment_key,
        "revision": withdrawal.revision,
        "decision_id": withdrawal.decision_id,
    }
    if code is None:
        return ReplyRemoved.model_validate(keys)
    return ReplyKept.model_validate({**keys, "code": code})
