"""What the door must know of our own replies: they come back from the network like any comment."""

from psycopg.rows import dict_row

from services.kit.db import Connection
from services.store.intake import CommentRow


async def is_reply_to_us(connection: Connection, network: str, parent_id: str | None) -> bool:
    """True when the parent is a reply of ours, posted through here or by hand."""
    found = await connection.execute(
        "select from comments where network = %(network)s and native_id = %(parent)s and is_self"
        " union all select from deliveries where network = %(network)s and native_id = %(parent)s",
        {"network": network, "parent": parent_id},
    )
    return await found.fetchone() is not None


async def is_ours(connection: Connection, row: CommentRow) -> bool:
    """True when we wrote it, whatever the network says: a page of ours, or a reply we posted.

    The network may tell of a reply before deliver could note its id; until then the text in the
    same thread tells. A reply of unknown outcome may still appear that way.
    """
    known = await connection.execute(
        "select from deliveries where network = %(network)s and native_id = %(native_id)s"
        " union all select from pages where network = %(network)s and native_id = %(author_id)s"
        " and relation = 'own'",
        vars(row),
    )
    if await known.fetchone() is not None:
        return True
    under_way = await connection.execute(
        "select d.text from decisions d join deliveries v using (decision_id)"
        " where d.thread_key = %(thread_key)s and d.action = 'approve' and v.native_id is null"
        " and (v.state in ('sending', 'unknown') or v.code = 'outcome_unknown')",
        vars(row),
    )
    return any([text.split() == row.text.split() async for (text,) in under_way])


async def approval_behind(
    connection: Connection, network: str, native_id: str
) -> dict[str, object] | None:
    """Return network, thread, comment, revision and decision of a reply that we posted here."""
    async with connection.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(
            "select v.network, d.thread_key, d.comment_key, d.revision, d.decision_id"
            " from deliveries v join decisions d using (decision_id)"
            " where v.network = %s and v.native_id = %s and d.action = 'approve' limit 1",
            [network, native_id],
        )
        return await cursor.fetchone()
