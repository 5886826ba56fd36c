"""Drafts that people ask for: at most one of each stance for each text of a comment."""

from datetime import datetime

from schemas.drafts import MadeStance
from services.kit.db import Connection


async def add_request(
    connection: Connection,
    *,
    comment_key: str,
    revision: int,
    stance: MadeStance,
    account_id: str,
    now: datetime,
) -> bool:
    """Note who asks for a draft; False when it is there, or somebody has asked for it already."""
    done = await connection.execute(
        "insert into draft_requests (comment_key, revision, stance, account_id, requested_at)"
        " select %(key)s, %(revision)s, %(stance)s, %(account)s, %(now)s"
        " where not exists (select from drafts where comment_key = %(key)s"
        " and revision = %(revision)s and stance = %(stance)s) on conflict do nothing",
        {"key": comment_key, "revision": revision, "stance": stance, "account": account_id,
         "now": now},
    )  # fmt: skip
    return done.rowcount == 1


async def failed_draft(
    connection: Connection, comment_key: str, revision: int, stance: MadeStance
) -> str | None:
    """Return the newest draft of a stance if the model failed at it, else None."""
    row = await (
        await connection.execute(
            "select draft_id, outcome from drafts where comment_key = %s and revision = %s"
            " and stance = %s order by created_at desc, draft_id limit 1",
            [comment_key, revision, stance],
        )
    ).fetchone()
    return row[0] if row and row[1] == "model_failed" else None
