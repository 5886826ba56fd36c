"""Hold an item still, and write a decision about it down."""

import psycopg

from services.kit.db import Connection
from services.review.refresh import refresh, stand
from services.review.refusals import Refused, Unknown
from services.store import approvals, care, item_claims, item_plans, items
from services.store.decisions import Decision, add_decision


async def hold(connection: Connection, comment_key: str) -> tuple[items.Facts, items.Item]:
    """Lock an item's thread and return how it stands; raises Unknown without such an item."""
    thread_key = await items.thread_of(connection, comment_key)
    if thread_key is None:
        raise Unknown(comment_key)
    await items.lock_thread(connection, thread_key)
    for facts, item in await stand(connection, [comment_key]):
        if item.comment_key == comment_key:
            return facts, item
    raise Unknown(comment_key)


async def decide(connection: Connection, decision: Decision) -> None:
    """Write down a decision about an item that is locked, and what follows from it.

    Raises Refused `held` while somebody else is on the item, `decided` when its id is taken.
    """
    try:
        await add_decision(connection, decision)
    except psycopg.errors.UniqueViolation as error:
        raise Refused("decided") from error
    except psycopg.DatabaseError as error:
        if error.sqlstate == item_claims.HELD:
            raise Refused("held") from error
        if error.sqlstate == approvals.ALONE:
            raise Refused("two_needed") from error
        raise
    for item in await refresh(connection, [decision.comment_key or ""]):
        if item.status != "open":
            await care.note_pace(connection, item.comment_key, decision.account_id)
            await item_claims.drop_claim(connection, item.comment_key)
            await item_plans.drop_plan(connection, item.comment_key)
        elif decision.action == "endorse" and item.comment_key == decision.comment_key:
            await care.note_pace(connection, item.comment_key, decision.account_id)
    await items.tell_desks(connection, decision.thread_key)
