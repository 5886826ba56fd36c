"""What outreach keeps of its searches for pages: which are due, and what was asked of whom."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from psycopg.rows import class_row

from services.kit.db import Connection

RoundKind = Literal["topic", "partners", "links"]
Trouble = Literal["budget", "refused", "unreachable", "ours"]
"""Why a search brought nothing."""
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Round:
    """One search of one network."""

    round_id: str
    network: str
    kind: RoundKind
    topic: str
    failures: int = 0
    holder: str = ""


async def plan_rounds(
    connection: Connection, rounds: Sequence[Round], *, first_at: datetime
) -> None:
    """Make these and only these rounds wanted; new ones are due at `first_at`."""
    wanted = [one.round_id for one in rounds]
    await connection.execute(
        "update discovery_rounds set wanted = round_id = any(%(ids)s)"
        " where wanted is distinct from (round_id = any(%(ids)s))",
        {"ids": wanted},
    )
    for one in rounds:
        await connection.execute(
            "insert into discovery_rounds (round_id, network, kind, topic, due_at)"
            " values (%s, %s, %s, %s, %s) on conflict do nothing",
            [one.round_id, one.network, one.kind, one.topic, first_at],
        )


async def hurry_rounds(connection: Connection, now: datetime) -> int:
    """Make all wanted rounds due that nobody is at; return how many are."""
    done = await connection.execute(
        "update discovery_rounds set due_at = %s where wanted and began_at is null", [now]
    )
    return done.rowcount


async def claim_round(
    connection: Connection,
    now: datetime,
    *,
    holder: str,
    lease: timedelta,
    networks: Collection[str],
) -> Round | None:
    """Return the round that waits longest; no other holder gets it before the lease ends."""
    async with connection.cursor(row_factory=class_row(Round)) as cursor:
        await cursor.execute(
            "update discovery_rounds set began_at = %(now)s, holder = %(holder)s"
            " where round_id = ("
            " select round_id from discovery_rounds where wanted and due_at <= %(now)s"
            " and network = any(%(networks)s)"
            " and (began_at is null or began_at < %(lost)s) order by due_at, round_id limit 1"
            " for update skip locked) returning round_id, network, kind, topic, failures, holder",
            {"now": now, "holder": holder, "lost": now - lease, "networks": list(networks)},
        )
        return await cursor.fetchone()


async def end_round(
    connection: Connection, one: Round, *, due_at: datetime, trouble: Trouble | None, now: datetime
) -> bool:
    """Note that a round is over, why it failed, and when its turn is again.

    False when somebody else is at it by now.
    """
    done = await connection.execute(
        "update discovery_rounds set began_at = null, holder = null, due_at = %(due)s,"
        " trouble = %(trouble)s,"
        " failures = case when %(trouble)s::text is null then 0 else failures + 1 end,"
        " done_at = case when %(trouble)s::text is null then %(now)s else done_at end"
        " where round_id = %(id)s and holder = %(holder)s",
        {"id": one.round_id, "holder": one.holder, "due": due_at, "trouble": trouble, "now": now},
    )
    return done.rowcount == 1


@dataclass(frozen=True)
class Question:
    """What is to be asked of a host, and for which round."""

    round_id: str
    holder: str
    network: str
    host: str
    method: str
    about: str


async def may_ask(
    connection: Connection, question: Question, now: datetime, *, gap: timedelta, budget: int
) -> Literal["now", "later", "budget", "lost"]:
    """Note a request when its host may be asked; also tells that its round is still under way.

    `later`: the host was asked within `gap`, by a visit to a watched page or another round;
    `budget`: the network was asked as often as a day allows; `lost`: another holder has the round.
    """
    await connection.execute("lock table watch_readings in share row exclusive mode")
    values = {**vars(question), "now": now}
    held = await connection.execute(
        "update discovery_rounds set began_at = %(now)s where round_id = %(round_id)s"
        " and holder = %(holder)s",
        values,
    )
    if not held.rowcount:
        return "lost"
    row = await (
        await connection.execute(
            "select (select count(*) from discovery_requests where network = %(network)s"
            "  and asked_at > %(day)s) >= %(budget)s,"
            " exists (select from watch_readings where host = %(host)s and began_at > %(since)s)"
            " or exists (select from host_visits where host = %(host)s and began_at > %(since)s)",
            {
                "network": question.network, "host": question.host, "day": now - DAY,
                "since": now - gap, "budget": budget,
            },
        )
    ).fetchone()  # fmt: skip
    spent, busy = row or (True, True)
    if spent or busy:
        return "budget" if spent else "later"
    await connection.execute(
        "insert into host_visits (host, began_at) values (%(host)s, %(now)s)"
        " on conflict (host) do update set began_at = %(now)s",
        values,
    )
    await connection.execute(
        "insert into discovery_requests (round_id, network, host, method, about, asked_at) values"
        " (%(round_id)s, %(network)s, %(host)s, %(method)s, %(about)s, %(now)s)",
        values,
    )
    return "now"


async def asked_today(connection: Connection, now: datetime) -> Mapping[str, int]:
    """Return how often each network was asked within a day."""
    rows = await connection.execute(
        "select network, count(*) from discovery_requests where asked_at > %s group by network",
        [now - DAY],
    )
    return {network: count async for network, count in rows}
