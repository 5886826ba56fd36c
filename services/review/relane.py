"""A person says what kind of comment it is: it goes to its lane, and teaches the sorting."""

from uuid import uuid4

from schemas.comments import Kind
from services.kit.db import Pool, transaction
from services.review import refusals
from services.review.deciding import decide, hold
from services.review.refusals import Refused
from services.store.decisions import Decision


async def relane(
    pool: Pool, account_id: str, comment_key: str, kind: Kind, *, revision: int,
    decision_id: str | None = None,
) -> None:  # fmt: skip
    """Say the kind of the revision that the person saw; saying it twice changes nothing.

    It holds, for all messages of a burst, until something else is said or a newer text is sorted.
    A draft that the new lane asks for is requested. Raises Refused, or Unknown without such an
    item.
    """
    async with transaction(pool) as connection:
        facts, item = await hold(connection, comment_key)
        if refusal := refusals.to_relaning(facts, item, revision):
            raise Refused(refusal)
        if facts.relaned == item.kind == kind:
            return
        decision = Decision(
            decision_id=decision_id or uuid4().hex, action="relane",
            thread_key=facts.thread_key,
            account_id=account_id, comment_key=comment_key, revision=revision, kind=kind,
            joined=facts.joined,
        )  # fmt: skip
        await decide(connection, decision)
