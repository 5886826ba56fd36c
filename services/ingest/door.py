"""What may come in: pure judgement of one event before anything of it is stored."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

from schemas.inbound import InboundEvent, InboundNotice, NoticeType
from services.kit.pseudonym import long_key, pseudonym, short_key
from services.store.circumstances import Circumstance, Kind
from services.store.intake import CommentRow, KnownComment, ThreadRow

Dropped = Literal["private", "own_reply", "watched_page"]

SKEW = timedelta(minutes=5)
"""How far a network's clock may run before ours."""
EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
MAX_KEY = 2000
"""Bytes of source and id together that fit into an index."""

_NOTICES: dict[NoticeType, tuple[Kind, bool]] = {
    "thread.locked.v1": ("locked", True),
    "thread.unlocked.v1": ("locked", False),
    "thread.deleted.v1": ("thread_gone", True),
    "author.blocked.v1": ("blocked", True),
    "author.unblocked.v1": ("blocked", False),
    "author.gone.v1": ("author_gone", True),
}

_UNSTORABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")
_REORDERING = re.compile("[\u202a-\u202e\u2066-\u2069]")
_WEB_ADDRESS = re.compile(r"https?://[^\s\x00-\x1f\x7f\ud800-\udfff]+")


class Unstorable(ValueError):
    """An event without a proper name for what it is about; the message names the field."""


def clean(text: str) -> str:
    """Return the text as it can be stored and shown: unstorable characters become U+FFFD.

    Line breaks are unified; characters that reorder what stands beside them are removed.
    """
    unified = text.replace("\r\n", "\n").replace("\r", "\n")
    return _REORDERING.sub("", _UNSTORABLE.sub("\ufffd", unified))


def link(url: str | None) -> str | None:
    """Return a web address, None for anything that a browser would run or that cannot be stored."""
    return url if url is not None and _WEB_ADDRESS.fullmatch(url) else None


def plausible(moment: datetime, now: datetime) -> datetime:
    """Return when something happened as far as that can be: neither before 1970 nor to come.

    A comment from the future would make every later edit look old.
    """
    return max(EARLIEST, moment if moment <= now + SKEW else now)


def is_public(event: InboundEvent) -> bool:
    """True when everybody can read it; what we know nothing of counts as private."""
    return event.data.visibility in ("public", "unlisted")


@dataclass(frozen=True)
class Admitted:
    """An event with the keys and rows it would be stored under."""

    event: InboundEvent
    thread: ThreadRow
    comment: CommentRow


def admit(
    event: InboundEvent, pseudonym_key: bytes, now: datetime, watch_id: str | None = None
) -> Admitted:
    """Translate an event into our keys and rows, stores nothing; raises Unstorable.

    `watch_id` names the watch that found it: then it is a post that opens a thread.
    """
    _require_storable(event)
    data = event.data
    root, page, author = data.root, data.page, data.author
    thread_key = short_key(data.network, root.native_id)
    thread = ThreadRow(
        thread_key=thread_key,
        network=data.network,
        root_id=root.native_id,
        root_text=clean(root.text),
        root_url=link(root.url),
        page_key=short_key(data.network, page.native_id),
        page_id=page.native_id,
        page_name=clean(page.name),
        relation=page.relation,
        page_url=link(page.url),
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
        url=link(data.url),
        visibility=data.visibility,
        created_at=plausible(data.created_at, now),
        native_revision=data.revision,
        revised_at=plausible(event.time, now),
        text=clean(data.text),
        watch_id=watch_id,
    )
    return Admitted(event, thread, comment)


def admit_notice(notice: InboundNotice, pseudonym_key: bytes, now: datetime) -> Circumstance:
    """Translate a notice into what it says of which of our keys; raises Unstorable."""
    data = notice.data
    _require_names(
        {
            "source": notice.source,
            "data.root_id": data.root_id or "",
            "data.author_id": data.author_id or "",
        }
    )
    kind, holds = _NOTICES[notice.type]
    of_thread = notice.type.startswith("thread.")
    return Circumstance(
        kind=kind,
        subject=short_key(data.network, data.root_id or "")
        if of_thread
        else pseudonym(pseudonym_key, data.network, data.author_id or ""),
        connection=notice.source if kind == "blocked" else "",
        network=data.network,
        holds=holds,
        said_at=plausible(notice.time, now),
    )


def hidden_or_not(event: InboundEvent, comment: CommentRow) -> Circumstance | None:
    """Return what the event says of the comment's being hidden, None when it is about its words."""
    if event.type not in ("comment.hidden.v1", "comment.unhidden.v1"):
        return None
    return Circumstance(
        kind="hidden",
        subject=comment.comment_key,
        connection="",
        network=comment.network,
        holds=event.type == "comment.hidden.v1",
        said_at=comment.revised_at,
    )


def _require_storable(event: InboundEvent) -> None:
    data = event.data
    names = {
        "id": event.id,
        "source": event.source,
        "data.native_id": data.native_id,
        "data.revision": data.revision,
        "data.parent_id": data.parent_id or "",
        "data.page.native_id": data.page.native_id,
        "data.root.native_id": data.root.native_id,
        "data.author.native_id": data.author.native_id,
    }
    _require_names(names)
    if len((event.source + event.id).encode()) > MAX_KEY:
        raise Unstorable(f"source and id together are longer than {MAX_KEY} bytes")


def _require_names(names: dict[str, str]) -> None:
    """Names are keys: a mended one could be another's, so what cannot be stored is refused."""
    for field, name in names.items():
        if name != clean(name) or "\ufffd" in name:
            raise Unstorable(f"{field} holds characters that no id may have")
    if len(names["source"].encode()) > MAX_KEY:
        raise Unstorable(f"source is longer than {MAX_KEY} bytes")


def judge(
    event: InboundEvent, *, is_self: bool, replies_to_us: bool, watched: bool = False
) -> Dropped | None:
    """Return why nothing is announced, None when something may be.

    Private messages are counted and nothing of them is kept; strangers' words on watched pages
    concern us only when they answer us. `watched`: it is a post that a watch found.
    """
    if not is_public(event):
        return "private"
    if is_self:
        return "own_reply"
    if event.data.page.relation != "own" and not (replies_to_us or watched):
        return "watched_page"
    return None


def is_news(event: InboundEvent, said_at: datetime, known: KnownComment) -> bool:
    """True when the event tells of a later text than what is stored of the comment.

    Of two texts of one moment the edited one is the later: many networks count in seconds. What
    was deleted returns only when the network shows it anew, never by a late word about its past.
    """
    if known.deleted:
        return event.type == "comment.received.v1" and said_at > known.revised_at
    if said_at == known.revised_at:
        return event.type == "comment.edited.v1"
    return said_at > known.revised_at
