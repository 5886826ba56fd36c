"""Reads what the sandbox network says; tolerates fields and event types it does not know."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, get_args
from urllib.parse import urljoin

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field

from schemas.inbound import (
    Author,
    Concerned,
    EventType,
    Inbound,
    InboundComment,
    InboundEvent,
    InboundNotice,
    NoticeType,
    Page,
    Relation,
    Root,
    Visibility,
)
from services.networks.network import Posted, Standing

NETWORK = "sandbox"

_TYPES: Mapping[str, EventType] = {
    "comment.created": "comment.received.v1",
    "comment.hidden": "comment.hidden.v1",
    "comment.unhidden": "comment.unhidden.v1",
    "comment.edited": "comment.edited.v1",
    "comment.deleted": "comment.deleted.v1",
}
_NOTICES: Mapping[str, NoticeType] = {
    "thread.locked": "thread.locked.v1",
    "thread.unlocked": "thread.unlocked.v1",
    "thread.deleted": "thread.deleted.v1",
    "author.blocked": "author.blocked.v1",
    "author.unblocked": "author.unblocked.v1",
}
_SUFFIXES: Mapping[EventType, str] = {
    "comment.deleted.v1": "del",
    "comment.hidden.v1": "hidden@{at}",
    "comment.unhidden.v1": "unhidden@{at}",
}
_KNOWN_VISIBILITIES = get_args(Visibility)
_KNOWN_RELATIONS = get_args(Relation)


class _Said(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", coerce_numbers_to_str=True)


class _SaidPage(_Said):
    id: str
    name: str
    url: str | None = None
    relation: Annotated[
        Relation, BeforeValidator(lambda said: said if said in _KNOWN_RELATIONS else "news")
    ]


class _SaidRoot(_Said):
    id: str
    text: str = ""
    url: str | None = None


class _SaidAuthor(_Said):
    id: str
    display_name: str = ""
    handle: str = ""
    is_self: bool = False


class SaidComment(_Said):
    """A comment in the network's own words."""

    id: str
    revision: str
    parent_id: str | None = None
    page: _SaidPage
    root: _SaidRoot
    author: _SaidAuthor
    text: str = ""
    visibility: Annotated[
        Visibility, BeforeValidator(lambda said: said if said in _KNOWN_VISIBILITIES else "unknown")
    ]
    created_at: AwareDatetime
    url: str | None = None
    can_reply: bool = False
    why_not: Literal["blocked", "locked", "hidden"] | None = None
    idempotency_key: str | None = None


class SaidEvents(_Said):
    """One answer of the feed; each event is read on its own, so that a bad one spoils no other."""

    events: tuple[dict[str, Any], ...]
    cursor: int = Field(ge=0)


class SaidMe(_Said):
    id: str
    pages: tuple[str, ...]


class SaidReplies(_Said):
    replies: tuple[SaidComment, ...]


class SaidThread(_Said):
    comments: tuple[SaidComment, ...]


class SaidPost(SaidComment):
    replies: int = 0


class _SaidOwner(_Said):
    id: str
    readers: int | None = None


class SaidPosts(_Said):
    """A page's newest posts; there are `more` than those."""

    page: _SaidOwner
    posts: tuple[SaidPost, ...]
    more: bool = False


class _SaidEvent(_Said):
    type: str
    at: AwareDatetime
    comment: SaidComment


def event_from(said: Mapping[str, Any], *, base_url: str, source: str) -> Inbound | None:
    """Return the event, None when it is of a kind nobody here listens to.

    Raises pydantic's ValidationError when it cannot be read.
    """
    if notice_type := _NOTICES.get(str(said.get("type"))):
        return _notice(notice_type, _SaidEvent.model_validate(said), source)
    event_type = _TYPES.get(str(said.get("type")))
    if event_type is None:
        return None
    event = _SaidEvent.model_validate(said)
    comment = event.comment
    suffix = _SUFFIXES.get(event_type, comment.revision).format(at=event.at.isoformat())
    return InboundEvent(
        id=f"{comment.id}#{suffix}",
        source=source,
        type=event_type,
        time=event.at,
        data=inbound_comment(comment, base_url=base_url),
    )


def inbound_comment(
    comment: SaidComment, *, base_url: str, relation: Relation | None = None
) -> InboundComment:
    """Return a comment or post as it is handed in; `relation` replaces what the network says."""
    return InboundComment(
        network=NETWORK,
        native_id=comment.id,
        revision=comment.revision,
        parent_id=comment.parent_id,
        url=_absolute(base_url, comment.url),
        page=Page(
            native_id=comment.page.id,
            name=comment.page.name,
            relation=relation or comment.page.relation,
            url=_absolute(base_url, comment.page.url),
        ),
        root=Root(
            native_id=comment.root.id,
            text=comment.root.text,
            url=_absolute(base_url, comment.root.url),
        ),
        author=Author(
            native_id=comment.author.id,
            display_name=comment.author.display_name,
            handle=comment.author.handle,
            is_self=comment.author.is_self,
        ),
        text=comment.text,
        visibility=comment.visibility,
        created_at=comment.created_at,
    )


def _notice(notice_type: NoticeType, event: _SaidEvent, source: str) -> InboundNotice:
    comment = event.comment
    about = (
        Concerned(network=NETWORK, root_id=comment.root.id)
        if notice_type.startswith("thread.")
        else Concerned(network=NETWORK, author_id=comment.author.id)
    )
    return InboundNotice(
        id=f"{about.root_id or about.author_id}#{notice_type}@{event.at.isoformat()}",
        source=source,
        type=notice_type,
        time=event.at,
        data=about,
    )


def standing_from(comment: SaidComment) -> Standing:
    """Return how the comment stands."""
    return Standing(
        native_id=comment.id,
        revision=comment.revision,
        text=comment.text,
        visibility=comment.visibility,
        can_reply=comment.can_reply,
        why_not=comment.why_not,
    )


def posted_from(comment: SaidComment, *, base_url: str) -> Posted:
    """Return a reply of ours as the network holds it."""
    return Posted(
        native_id=comment.id,
        url=_absolute(base_url, comment.url),
        text=comment.text,
        visibility=comment.visibility,
        posted_at=comment.created_at,
    )


def _absolute(base_url: str, url: str | None) -> str | None:
    return urljoin(f"{base_url}/", url) if url else None
