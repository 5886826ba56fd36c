"""Turns what Bluesky shows into the events everybody understands. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from schemas.inbound import (
    Author,
    Concerned,
    EventType,
    InboundComment,
    InboundEvent,
    InboundNotice,
    NoticeType,
    Page,
    Relation,
    Root,
)
from services.networks.bluesky.records import Uri, post_url, profile_url, time_of
from services.networks.bluesky.said import Post, Who

NETWORK = "bluesky"


@dataclass(frozen=True)
class Scene:
    """Who we are, and on which accounts' pages we listen."""

    source: str
    ours: str
    """Our DID."""
    pages: Mapping[str, Relation]
    """By DID; ours is there as `own`."""


@dataclass(frozen=True)
class Thread:
    """The post that opened a thread, and whose it is."""

    root: Uri
    owner: Who
    text: str = ""


def comment_event(
    post: Post, thread: Thread, who: Who, event_type: EventType, scene: Scene
) -> InboundEvent | None:
    """Return the event, None when nothing is said in words."""
    if not post.record.text.strip():
        return None
    reply = post.record.reply
    return InboundEvent(
        id=f"{post.uri}#{post.cid}",
        source=scene.source,
        type=event_type,
        time=post.seen_at,
        data=InboundComment(
            network=NETWORK,
            native_id=str(post.uri),
            revision=post.cid,
            parent_id=reply.parent.uri if reply and reply.parent.uri != str(thread.root) else None,
            url=post_url(post.uri),
            page=_page(thread, scene),
            root=_root(thread),
            author=_author(who, scene),
            text=post.record.text,
            visibility="public",
            created_at=post.created_at,
        ),
    )


@dataclass(frozen=True)
class Mark:
    """When something happened to a comment, and what makes this time different from the next."""

    at: datetime
    suffix: str
    """Part of the event's id: the revision of the repository, or a count."""
    revision: str = "unknown"
    """The comment's last revision that we know."""


def wordless_event(
    uri: Uri, thread: Thread, event_type: EventType, mark: Mark, scene: Scene
) -> InboundEvent:
    """Return the event of a deletion or of hiding; it comes without the comment's words."""
    verb = {"comment.deleted.v1": "del", "comment.hidden.v1": "hidden"}.get(event_type, "unhidden")
    return InboundEvent(
        id=f"{uri}#{verb}@{mark.suffix}",
        source=scene.source,
        type=event_type,
        time=mark.at,
        data=InboundComment(
            network=NETWORK,
            native_id=str(uri),
            revision=mark.revision,
            url=post_url(uri),
            page=_page(thread, scene),
            root=_root(thread),
            author=_author(Who(uri.did), scene),
            visibility="public",
            created_at=min(time_of(uri.rkey) or mark.at, mark.at),
        ),
    )


def thread_notice(root: Uri, notice_type: NoticeType, mark: Mark, scene: Scene) -> InboundNotice:
    """Return what happened to a whole thread."""
    return InboundNotice(
        id=f"{root}#{notice_type}@{mark.suffix}",
        source=scene.source,
        type=notice_type,
        time=mark.at,
        data=Concerned(network=NETWORK, root_id=str(root)),
    )


def author_notice(did: str, notice_type: NoticeType, mark: Mark, scene: Scene) -> InboundNotice:
    """Return what happened to an account or between it and us."""
    return InboundNotice(
        id=f"{did}#{notice_type}@{mark.suffix}",
        source=scene.source,
        type=notice_type,
        time=mark.at,
        data=Concerned(network=NETWORK, author_id=did),
    )


def _page(thread: Thread, scene: Scene) -> Page:
    owner = thread.owner
    return Page(
        native_id=owner.did,
        name=owner.name.strip() or owner.handle or owner.did,
        relation=scene.pages.get(owner.did, "news"),
        url=profile_url(owner.did),
    )


def _root(thread: Thread) -> Root:
    return Root(native_id=str(thread.root), text=thread.text, url=post_url(thread.root))


def _author(who: Who, scene: Scene) -> Author:
    return Author(
        native_id=who.did,
        display_name=who.name,
        handle=who.handle,
        is_self=who.did == scene.ours,
    )
