"""What may come in: pure judgement of one event before anything of it is stored."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from schemas.inbound import InboundEvent
from services.kit.pseudonym import long_key, pseudonym, short_key
from services.store.intake import CommentRow, ThreadRow

Dropped = Literal["private", "own_reply", "watched_page"]

_UNSTORABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")
_REORDERING = re.compile("[\u202a-\u202e\u2066-\u2069]")


def clean(text: str) -> str:
    """Return the text as it can be stored and shown: unstorable characters become U+FFFD.

    Line breaks are unified; characters that reorder what stands beside them are removed.
    """
    unified = text.replace("\r\n", "\n").replace("\r", "\n")
    return _REORDERING.sub("", _UNSTORABLE.sub("\ufffd", unified))


@dataclass(frozen=True)
class Admitted:
    """An event with the keys and rows it would be stored under."""

    event: InboundEvent
    thread: ThreadRow
    comment: CommentRow


def admit(event: InboundEvent, pseudonym_key: bytes) -> Admitted:
    """Translate an event into our keys and rows; stores nothing."""
    data = event.data
    root, page, author = data.root, data.page, data.author
    thread_key = short_key(data.network, root.native_id)
    thread = ThreadRow(
        thread_key=thread_key,
        network=data.network,
        root_id=root.native_id,
        root_text=clean(root.text),
        root_url=root.url,
        page_key=short_key(data.network, page.native_id),
        page_id=page.native_id,
        page_name=clean(page.name),
        relation=page.relation,
        page_url=page.url,
    )
    comment = CommentRow(
        comment_key=long_key(data.network, data.native_id),
        network=data.network,
        native_id=data.native_id,
        connection=event.source,
        thread_key=thread_key,
        parent_id=data.parent_id,
        author_key=pseudonym(pseudonym_key, data.network, author.native_id),
        author_id=author.native_id,
        author_name=clean(author.display_name),
        author_handle=clean(author.handle),
        is_self=author.is_self,
        url=data.url,
        visibility=data.visibility,
        created_at=data.created_at,
        native_revision=data.revision,
        revised_at=event.time,
        text=clean(data.text),
    )
    return Admitted(event, thread, comment)


def judge(event: InboundEvent, *, replies_to_us: bool) -> Dropped | None:
    """Return why a comment never becomes an item, None when it may.

    Private messages are counted and nothing of them is kept; strangers' words on watched pages
    concern us only when they answer us.
    """
    if event.data.visibility not in ("public", "unlisted"):
        return "private"
    if event.data.author.is_self:
        return "own_reply"
    if event.data.page.relation != "own" and not replies_to_us:
        return "watched_page"
    return None


def newest(event_time: datetime, revised_at: datetime) -> bool:
    """True when the event tells of a later text than the stored one."""
    return event_time > revised_at
