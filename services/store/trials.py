"""Questions tried out at the desk, what they brought, and what that cost."""

from datetime import datetime, timedelta
from decimal import Decimal

from psycopg.rows import class_row
from psycopg.types.json import Jsonb
from pydantic import BaseModel, ConfigDict

from schemas.questions import Outcome
from services.kit.db import Connection
from services.store.items import tell_desks

STANDS = timedelta(days=1)
"""Time in which a question is answered at all; it stays on the bus no longer."""


class Trial(BaseModel):
    """A question as somebody at the desk asked it."""

    model_config = ConfigDict(frozen=True)

    trial_id: str
    question: str
    account_id: str
    comment_key: str | None
    """The comment whose words it repeats: both are erased together."""
    publication_id: str | None
    """The publication that it was asked about."""
    asked_at: datetime


class ShownTrial(Trial):
    """A trial as the desk shows it."""

    name: str | None
    """Of who asked."""
    publication: str | None
    """Title of what it was asked about."""
    outcome: Outcome | None
    made_at: datetime | None


async def enter(connection: Connection, account_id: str, since: datetime) -> int:
    """Hold a person's other questions until the transaction ends; return how many were asked."""
    await connection.execute(
        "select pg_advisory_xact_lock(hashtextextended('trials ' || %s, 0))", [account_id]
    )
    row = await (
        await connection.execute(
            "select count(*) from trials where account_id = %s and asked_at > %s",
            [account_id, since],
        )
    ).fetchone()
    return int(row[0]) if row else 0


async def names_what_exists(connection: Connection, trial: Trial) -> bool:
    """Tell whether the comment stands and the publication is known that a trial names, if any."""
    row = await (
        await connection.execute(
            "select (%(comment)s::text is null or exists (select from comments"
            " where comment_key = %(comment)s and deleted_at is null))"
            " and (%(publication)s::text is null or exists (select from publications"
            " where publication_id = %(publication)s))",
            {"comment": trial.comment_key, "publication": trial.publication_id},
        )
    ).fetchone()
    return bool(row and row[0])


async def add_trial(connection: Connection, trial: Trial) -> None:
    await connection.execute(
        "insert into trials (trial_id, question, account_id, comment_key, publication_id, asked_at)"
        " values (%(trial_id)s, %(question)s, %(account_id)s, %(comment_key)s, %(publication_id)s,"
        " %(asked_at)s)",
        vars(trial),
    )
    await tell_desks(connection, None)


_SHOWN = (
    "select t.trial_id, t.question, t.account_id, t.comment_key, t.publication_id, t.asked_at,"
    " a.name, p.title as publication, o.outcome, o.made_at from trials t"
    " left join accounts a using (account_id) left join publications p using (publication_id)"
    " left join trial_outcomes o using (trial_id)"
)


async def read_trial(connection: Connection, trial_id: str) -> ShownTrial | None:
    async with connection.cursor(row_factory=class_row(ShownTrial)) as cursor:
        await cursor.execute(_SHOWN + " where t.trial_id = %s", [trial_id])
        return await cursor.fetchone()


async def list_trials(connection: Connection, *, limit: int) -> list[ShownTrial]:
    """Return what the team asked last, the newest first."""
    async with connection.cursor(row_factory=class_row(ShownTrial)) as cursor:
        await cursor.execute(_SHOWN + " order by t.asked_at desc limit %s", [limit])
        return await cursor.fetchall()


async def read_untried(connection: Connection, trial_id: str, now: datetime) -> str | None:
    """Return the question of a trial; None when it is answered, too old or erased."""
    row = await (
        await connection.execute(
            "select question from trials t where trial_id = %s and asked_at > %s and not exists"
            " (select from trial_outcomes o where o.trial_id = t.trial_id)",
            [trial_id, now - STANDS],
        )
    ).fetchone()
    return str(row[0]) if row else None


async def save_outcome(
    connection: Connection, trial_id: str, outcome: Outcome, now: datetime
) -> None:
    """Store what a question brought and book its cost, which stays when the rest is erased.

    The first outcome stands; of a question that was erased meanwhile only the cost is kept.
    """
    await connection.execute(
        "insert into trial_outcomes (trial_id, outcome, made_at) select trial_id, %s, %s"
        " from (select trial_id from trials where trial_id = %s for key share) standing"
        " on conflict do nothing",
        [Jsonb(outcome.model_dump(mode="json")), now, trial_id],
    )
    if outcome.tokens_in or outcome.tokens_out or outcome.cost > Decimal(0):
        await connection.execute(
            "insert into trial_costs (made_at, tokens_in, tokens_out, cost)"
            " values (%s, %s, %s, %s)",
            [now, outcome.tokens_in, outcome.tokens_out, outcome.cost],
        )
    await tell_desks(connection, None)


async def erase_trials(connection: Connection, before: datetime) -> int:
    """Erase questions that were asked before a moment, with what they brought; return how many."""
    done = await connection.execute("delete from trials where asked_at < %s", [before])
    return done.rowcount
