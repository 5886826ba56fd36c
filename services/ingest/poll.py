"""Listen to a network for ever: each batch and its cursor are stored in one transaction."""

import asyncio
import hashlib
import json
import logging
from collections.abc import AsyncGenerator
from contextlib import aclosing

from schemas.inbound import Inbound, InboundNotice
from services.ingest.door import clean
from services.ingest.intake import Intake, Mark
from services.kit.faults import INFRASTRUCTURE, LONGEST_DELAY, describe, retry_delay
from services.kit.outbox import told_to_end
from services.networks.network import Batch, Network, NetworkError, Temporary
from services.store.intake import read_cursor

log = logging.getLogger(__name__)

PASSING: tuple[type[Exception], ...] = (Temporary, *INFRASTRUCTURE)
"""What mends itself; anything else is asked again at leisure."""
LONGEST_WAIT = 900.0
"""Seconds after which we ask again, whatever the network wishes."""
MAX_LETTER = 256 * 1024
"""Bytes of an unreadable event that are kept."""


async def poll(network: Network, intake: Intake) -> None:
    """Read a network from its stored cursor; whatever goes wrong, it is taken up again.

    One network's trouble must not silence the others, nor the webhook.
    """
    failures = 0
    while not told_to_end():
        try:
            async with aclosing(_batches(network, intake)) as batches:
                async for batch in batches:
                    await take_batch(intake, network, batch)
                    failures = 0
                    if told_to_end():
                        break
        except Exception as error:
            failures += 1
            delay = _delay(error, failures)
            log.warning(
                "%s waits %.1f s: %s", network.connection, delay, describe(error),
                exc_info=None if isinstance(error, (NetworkError, *PASSING)) else error,
            )  # fmt: skip
            await asyncio.sleep(delay)


async def _batches(network: Network, intake: Intake) -> AsyncGenerator[Batch]:
    await intake.spread()
    async with intake.pool.connection() as connection:
        cursor = await read_cursor(connection, network.connection)
    async with aclosing(network.listen(cursor)) as told:
        async for batch in told:
            yield batch
    raise Temporary("the network ended the connection")


def _delay(error: Exception, failures: int) -> float:
    if not isinstance(error, PASSING):
        return LONGEST_DELAY
    wanted = error.retry_after if isinstance(error, Temporary) else None
    return retry_delay(failures) if wanted is None else min(max(wanted, 0.1), LONGEST_WAIT)


async def take_batch(intake: Intake, network: Network, batch: Batch) -> None:
    """Store a network's batch together with its cursor; what cannot be stored is buried first."""
    for letter in batch.unreadable:
        await bury(intake, network, letter.raw, letter.reason)
    mark = Mark(network.connection, batch.cursor)
    result = await intake.take_batch(batch.events, mark)
    for refused in result.refused:
        await bury(intake, network, without_words(refused.event), refused.reason)
    if result.refused:
        await intake.move(mark)


def without_words(event: Inbound) -> bytes:
    """Return the event as JSON for the dead letters: where it stands, not what it says.

    A dead letter is kept for a year, on the bus, and the words may be private.
    """
    content = event.model_dump(mode="python")
    if isinstance(event, InboundNotice):
        return json.dumps(content, default=str).encode()
    data = content["data"]
    data["text"] = data["root"]["text"] = ""
    data["author"]["display_name"] = data["author"]["handle"] = ""
    return json.dumps(content, default=str).encode()


async def bury(intake: Intake, network: Network, raw: bytes, reason: str) -> None:
    await intake.bus.publish_raw(
        f"dead.ingest.{network.name}", raw[:MAX_LETTER], stream="dead",
        msg_id=f"ingest:{network.connection}:{hashlib.sha256(raw).hexdigest()}",
        headers={
            "Dead-Consumer": "ingest", "Dead-Stream": network.name,
            "Dead-Reason": " ".join(clean(reason).split())[:500], "Dead-Attempts": "1",
        },
    )  # fmt: skip
