"""Put an item aside until a time, or hand it over to a colleague; it stays open meanwhile."""

from datetime import datetime, timedelta
from typing import Literal
from uuid import uuid4

from services.kit.db import Pool, transaction
from services.review import refusals
from services.review.deciding import decide, hold
from services.review.refusals import Refused
from services.review.rights import RIGHTS
from services.store import item_claims, item_plans
from services.store.decisions import Decision

Wait = Literal["half_hour", "hour", "three_hours", "tomorrow", "monday"]
MORNING = 9
"""The hour at which a working day begins."""

_SPANS: dict[Wait, timedelta] = {
    "half_hour": timedelta(minutes=30),
    "hour": timedelta(hours=1),
    "three_hours": timedelta(hours=3),
}


def until_when(wait: Wait, now: datetime) -> datetime:
    """Return the moment that a choice means, by the server's clock."""
    if wait in _SPANS:
        return now + _SPANS[wait]
    days = 1 if wait == "tomorrow" else 7 - now.astimezone().weekday()
    day = (now.astimezone() + timedelta(days=days)).replace(tzinfo=None)
    return day.replace(hour=MORNING, minute=0, second=0, microsecond=0).astimezone()


async def put_aside(
    pool: Pool, account_id: str, comment_key: str, wait: Wait, now: datetime, *,
    decision_id: str | None = None,
) -> None:  # fmt: skip
    """Take an item out of sight until then; deadlines go on, and what is urgent stays in sight."""
    async with transaction(pool) as connection:
        facts, item = await hold(connection, comment_key)
        if refusal := refusals.to_planning(item):
            raise Refused(refusal)
        until = until_when(wait, now)
        await decide(
            connection,
            Decision(
                decision_id=decision_id or uuid4().hex, action="put_aside",
                thread_key=facts.thread_key, account_id=account_id, comment_key=comment_key,
                revision=facts.revision, joined=facts.joined, until=until,
            ),
        )  # fmt: skip
        await item_plans.set_plan(connection, comment_key, account_id=account_id, until=until)
        await item_claims.drop_claim(connection, comment_key)


async def hand_over(
    pool: Pool, account_id: str, comment_key: str, *, to: str, note: str,
    decision_id: str | None = None,
) -> None:  # fmt: skip
    """Put an item on top of a colleague's queue, with a note; anybody else passes over it."""
    note = refusals.clean(note)
    async with transaction(pool) as connection:
        facts, item = await hold(connection, comment_key)
        refusal = refusals.to_handing_over(item) or refusals.to_reason(note)
        if refusal:
            raise Refused(refusal)
        colleagues = await item_plans.read_colleagues(
            connection, account_id, RIGHTS["items.decide"]
        )
        if to not in {one.account_id for one in colleagues}:
            raise Refused("no_colleague")
        await decide(
            connection,
            Decision(
                decision_id=decision_id or uuid4().hex, action="hand_over",
                thread_key=facts.thread_key, account_id=account_id, comment_key=comment_key,
                revision=facts.revision, joined=facts.joined, to_account=to, reason=note,
            ),
        )  # fmt: skip
        await item_plans.set_plan(
            connection, comment_key, account_id=account_id, note=note, for_account=to
        )
        await item_claims.drop_claim(connection, comment_key)


async def bring_back(
    pool: Pool, account_id: str, comment_key: str, *, decision_id: str | None = None
) -> None:
    """Put an item back into everybody's sight before its time."""
    async with transaction(pool) as connection:
        facts, item = await hold(connection, comment_key)
        if item.status != "open":
            raise Refused("decided")
        await decide(
            connection,
            Decision(
                decision_id=decision_id or uuid4().hex, action="put_aside",
                thread_key=facts.thread_key, account_id=account_id, comment_key=comment_key,
                revision=facts.revision, joined=facts.joined,
            ),
        )  # fmt: skip
        await item_plans.drop_plan(connection, comment_key)
