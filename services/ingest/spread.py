"""Tell every comment of what happened to its thread or account, chunk by chunk.

A thread may hold more comments than one transaction should: how far the word was spread stands in
the database, so that whoever comes next goes on where it ended.
"""

from datetime import datetime

from schemas.comments import CommentDeleted, CommentRestored, CommentWithheld
from schemas.message import Message
from schemas.watches import PostDeleted
from services.ingest.erase import erase_deleted
from services.kit.db import Connection
from services.kit.outbox import promise
from services.store import circumstances, intake
from services.store.circumstances import Concerned, Unspread


async def spread_on(connection: Connection, now: datetime) -> bool:
    """Tell the next comments of the oldest word that is not spread; False when all are.

    Comments of a thread or account that is gone are erased, each with its `CommentDeleted`.
    """
    await intake.enter(connection)
    told = await circumstances.next_unspread(connection)
    if told is None:
        return False
    concerned = await circumstances.next_concerned(connection, told)
    if told.kind in ("thread_gone", "author_gone"):
        keys = [comment.comment_key for comment in concerned]
        await erase_deleted(connection, keys, now, said_at=told.said_at)
    messages = [_message(told, comment, now) for comment in concerned if not comment.is_self]
    await promise(connection, "ingest", [message for message in messages if message])
    await circumstances.note_spread(connection, told, concerned)
    return True


def _message(told: Unspread, comment: Concerned, now: datetime) -> Message | None:
    """Return what is said of it; of a watched post only that it is gone."""
    keys = {
        "happened_at": now,
        "network": comment.network,
        "thread_key": comment.thread_key,
        "comment_key": comment.comment_key,
        "revision": comment.revision,
    }
    gone = told.kind in ("thread_gone", "author_gone")
    if comment.watch_id is not None:
        keys["watch_id"] = comment.watch_id
        return PostDeleted.model_validate(keys) if gone else None
    if gone:
        return CommentDeleted.model_validate(keys)
    kind = CommentWithheld if told.holds else CommentRestored
    return kind.model_validate({**keys, "reason": told.kind, "since": told.said_at})
