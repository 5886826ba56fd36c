"""From a WordPress site's words to events, and between its numbers and our ids. Pure."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from schemas.inbound import (
    MAX_TEXT,
    Author,
    Concerned,
    EventType,
    InboundComment,
    InboundEvent,
    InboundNotice,
    NoticeType,
    Page,
    Root,
    Visibility,
)
from services.networks.markup import to_text
from services.networks.network import Posted, Standing
from services.networks.wordpress.said import SaidComment, SaidPost
from services.networks.wordpress.window import Change, ThreadState

NETWORK = "wordpress"

_TYPES: Mapping[str, EventType] = {
    "received": "comment.received.v1",
    "returned": "comment.received.v1",
    "edited": "comment.edited.v1",
    "hidden": "comment.hidden.v1",
    "unhidden": "comment.unhidden.v1",
    "deleted": "comment.deleted.v1",
}
_WITH_TEXT = frozenset({"received", "returned", "edited"})
_NOTICES: Mapping[str, NoticeType] = {
    "open": "thread.unlocked.v1",
    "closed": "thread.locked.v1",
    "gone": "thread.deleted.v1",
}


@dataclass(frozen=True)
class Place:
    """The site that events come from: its name in ids, its title, and our account's number."""

    site: str
    title: str
    address: str
    source: str
    own_user: int

    def comment_id(self, number: int) -> str:
        return f"{self.site}/comment-{number}"

    def post_id(self, number: int) -> str:
        return f"{self.site}/post-{number}"

    def comment_number(self, native_id: str) -> int | None:
        """Return the number behind an id of ours, None for anything else."""
        site, _, number = native_id.rpartition("/comment-")
        is_ours = site == self.site and number.isascii() and number.isdecimal()
        return int(number) if is_ours else None


def event_from(change: Change, post: SaidPost | None, place: Place, now: datetime) -> InboundEvent:
    """Return the event of a change; raises pydantic's ValidationError, e.g. for an empty text.

    Its time is when we saw it, for a new comment too: the words may have been edited since they
    were first taken in, if our memory was lost in between. Without the post (it may be gone, too)
    the root has no text and nothing counts as public.
    """
    said, known = change.said, change.known
    native_id = place.comment_id(change.number)
    created_at = datetime.fromtimestamp(known.said_at, UTC)
    with_text = said is not None and change.happened in _WITH_TEXT
    return InboundEvent(
        id=f"{native_id}#{_suffix(change, now)}",
        source=place.source,
        type=_TYPES[change.happened],
        time=now,
        data=InboundComment(
            network=NETWORK,
            native_id=native_id,
            revision=known.revision,
            parent_id=place.comment_id(said.parent) if said is not None and said.parent else None,
            url=_url(said.link) if said is not None else None,
            page=Page(native_id=place.site, name=place.title[:300], url=place.address),
            root=_root(known.post, post, place),
            author=_author(said, place),
            text=to_text(said.content.raw, source_breaks=True)[:MAX_TEXT]
            if said is not None and with_text
            else "",
            visibility=_visibility(post),
            created_at=created_at,
        ),
    )


def notice_from(post: int, state: ThreadState, place: Place, now: datetime) -> InboundNotice:
    """Return the notice that a thread took another state."""
    root_id = place.post_id(post)
    return InboundNotice(
        id=f"{root_id}#{_NOTICES[state]}@{int(now.timestamp())}",
        source=place.source,
        type=_NOTICES[state],
        time=now,
        data=Concerned(network=NETWORK, root_id=root_id),
    )


def standing_from(
    said: SaidComment, post: SaidPost | None, place: Place, *, visible: bool
) -> Standing:
    """Return how a comment stands; `visible` is whether somebody without an account sees it."""
    hidden = said.status != "approved"
    can_reply = not hidden and post is not None and post.takes_comments
    return Standing(
        native_id=place.comment_id(said.id),
        revision=said.revision,
        text=to_text(said.content.raw, source_breaks=True)[:MAX_TEXT],
        visibility=_visibility(post) if visible or hidden else "followers",
        can_reply=can_reply,
        why_not=None if can_reply else "hidden" if hidden else "locked",
    )


def posted_from(said: SaidComment, place: Place) -> Posted:
    """Return a reply of ours that the site shows."""
    return Posted(
        native_id=place.comment_id(said.id),
        url=_url(said.link),
        text=to_text(said.content.raw, source_breaks=True),
        visibility="public",
        posted_at=said.date_gmt,
    )


def _suffix(change: Change, now: datetime) -> str:
    """A comment may be hidden, deleted and brought back many times: then the moment tells."""
    if change.happened in {"received", "edited"}:
        return change.known.revision
    word = change.known.revision if change.happened == "returned" else change.happened
    return f"{word}@{int(now.timestamp())}"


def _root(number: int, post: SaidPost | None, place: Place) -> Root:
    if post is None:
        return Root(native_id=place.post_id(number))
    words = [to_text(part) for part in (post.title.rendered, post.excerpt.rendered)]
    return Root(
        native_id=place.post_id(number),
        text="\n\n".join(filter(None, words))[:MAX_TEXT],
        url=_url(post.link),
    )


def _author(said: SaidComment | None, place: Place) -> Author:
    """A visitor without an account is known by a hash of the e-mail address, or of the name.

    The hash is of this site only, so that nobody is recognised across sites.
    """
    if said is None:
        return Author(native_id=f"{place.site}/unknown")
    name = said.author_name.strip()
    if said.author:
        native_id = f"user-{said.author}"
    elif said.author_email.strip():
        native_id = f"anonymous-{_hash(place.site, said.author_email.strip().lower())}"
    elif name:
        native_id = f"name-{_hash(place.site, name)}"
    else:
        native_id = f"comment-{said.id}"
    return Author(
        native_id=f"{place.site}/{native_id}",
        display_name=to_text(name)[:300],
        is_self=said.author == place.own_user,
    )


def _hash(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode("utf-8", "replace")).hexdigest()


def _visibility(post: SaidPost | None) -> Visibility:
    if post is None:
        return "unknown"
    return "public" if post.is_public else "followers"


def _url(link: str) -> str | None:
    return link if link.startswith(("http://", "https://")) and len(link) <= 2000 else None
