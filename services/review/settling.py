"""Settle dead letters: send them to where they were read from, or give them up, with a note."""

from schemas.streams import STREAMS
from services.kit.db import Connection, Pool, transaction
from services.kit.delivery import requeued_as
from services.kit.outbox import promise_raw
from services.review import refusals
from services.review.refusals import Refused
from services.review.wanted import SERVICE
from services.store import dead_letters, items


async def requeue_letter(pool: Pool, account_id: str, dead_id: str, *, note: str = "") -> None:
    """Send a dead letter's message to where it was read from, for all who listen there."""
    note = refusals.clean(note)[: refusals.MAX_REASON]
    async with transaction(pool) as connection:
        letter = await _waiting_letter(connection, dead_id)
        if letter.stream not in {stream.name for stream in STREAMS}:
            raise Refused("no_stream")
        await dead_letters.settle_letter(
            connection, dead_id, settlement="requeued", account_id=account_id, note=note or None
        )
        await promise_raw(
            connection, SERVICE, stream=letter.stream, subject=letter.subject,
            msg_id=requeued_as(dead_id), body=letter.body,
        )  # fmt: skip
        await items.tell_desks(connection, None)


async def drop_letter(pool: Pool, account_id: str, dead_id: str, *, note: str) -> None:
    """Give a dead letter up, and say why."""
    note = refusals.clean(note)
    async with transaction(pool) as connection:
        await _waiting_letter(connection, dead_id)
        if refusal := refusals.to_reason(note):
            raise Refused(refusal)
        await dead_letters.settle_letter(
            connection, dead_id, settlement="dropped", account_id=account_id, note=note
        )
        await items.tell_desks(connection, None)


async def _waiting_letter(connection: Connection, dead_id: str) -> dead_letters.DeadLetter:
    letter = await dead_letters.lock_waiting_letter(connection, dead_id)
    if letter is None:
        raise Refused("settled")
    return letter
