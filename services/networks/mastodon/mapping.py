"""Turns statuses into events, standings and replies. Pure."""

from collections.abc import Collection
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
from services.networks.mastodon.entities import Account, Relationship, Status
from services.networks.mastodon.words import plain_text, without_address
from services.networks.network import Posted, Standing

NETWORK = "mastodon"
_MAX_NAME = 300
_MAX_URL = 2000
_MAX_EVENT_NAME = 700
_VISIBILITIES: dict[str, Visibility] = {
    "public": "public",
    "unlisted": "unlisted",
    "private": "followers",
    "mutuals_only": "followers",
    "direct": "direct",
}
NATIVE_VISIBILITIES: dict[Visibility, str] = {
    "public": "public",
    "unlisted": "unlisted",
    "direct": "direct",
}
"""What we can post as. A reply to followers would go to ours and not to those who saw the
comment, and what we do not know cannot be kept."""


@dataclass(frozen=True)
class Place:
    """The thread in which a comment stands, and the page above it."""

    page: Page
    root: Root


def visibility_of(status: Status) -> Visibility:
    return _VISIBILITIES.get(status.visibility, "unknown")


def is_public(status: Status) -> bool:
    return visibility_of(status) in ("public", "unlisted")


def revision_of(status: Status) -> str:
    """Return when the text as it stands was said: no two texts of a comment share it."""
    moment = (status.edited_at or status.created_at).astimezone(UTC)
    return moment.isoformat(timespec="milliseconds")


def text_of(status: Status, *, addressed: Collection[str] = ()) -> str:
    """Return what a status says; a content warning stands before it.

    Mentions of `addressed` accounts at the beginning say to whom it goes and are left out.
    """
    body = without_address(whole_text(status), addressed)
    if not body:
        body = "\n".join(
            f"[{attachment.type}] {attachment.description}".strip()
            for attachment in status.media_attachments
        )
    warning = " ".join(status.spoiler_text.split())
    return (f"CW: {warning}\n\n{body}".strip() if warning else body)[:MAX_TEXT]


def whole_text(status: Status) -> str:
    """Return the words of a status, mentions included, the content warning not."""
    return plain_text(status.content, {m.url: m.acct for m in status.mentions if m.url})


def addressed_in(status: Status, own_id: str) -> list[str]:
    """Return the accounts whose mention a comment begins with because of where it stands."""
    implied = {own_id, status.in_reply_to_account_id}
    return [mention.acct for mention in status.mentions if mention.id in implied]


def comment_text(status: Status, own_id: str) -> str:
    """Return a comment's text as events and standings give it."""
    return text_of(status, addressed=addressed_in(status, own_id))


def page_of(account: Account, relation: str) -> Page:
    return Page.model_validate(
        {
            "native_id": account.id,
            "name": (account.display_name.strip() or account.acct)[:_MAX_NAME],
            "relation": relation,
            "url": _short(account.url),
        }
    )


def root_of(status: Status) -> Root:
    """Return the root; of one that is not public only its id."""
    if not is_public(status):
        return Root(native_id=status.id)
    return Root(native_id=status.id, text=text_of(status), url=_short(status.url))


def event_of(
    status: Status, place: Place, *, own_id: str, source: str, told_before: bool
) -> InboundEvent:
    """Return that a comment came or, if it was told before, that it was edited.

    Raises pydantic's ValidationError when there is nothing to tell, such as no text at all.
    """
    revision = revision_of(status)
    name = status.uri if 0 < len(status.uri) <= _MAX_EVENT_NAME else status.id
    at_root = status.in_reply_to_id in (None, place.root.native_id)
    return InboundEvent(
        id=f"{name}#{revision}",
        source=source,
        type="comment.edited.v1" if told_before else "comment.received.v1",
        time=max(status.created_at, status.edited_at or status.created_at),
        data=InboundComment(
            network=NETWORK,
            native_id=status.id,
            revision=revision,
            parent_id=None if at_root else status.in_reply_to_id,
            url=_short(status.url or status.uri),
            page=place.page,
            root=place.root,
            author=Author(
                native_id=status.account.id,
                display_name=status.account.display_name[:_MAX_NAME],
                handle=status.account.acct[:_MAX_NAME],
                is_self=status.account.id == own_id,
            ),
            text=comment_text(status, own_id),
            visibility=visibility_of(status),
            created_at=status.created_at,
        ),
    )


def deletion_of(
    native_id: str,
    revision: str,
    author: str,
    place: Place,
    *,
    own_id: str,
    source: str,
    now: datetime,
) -> InboundEvent:
    """Return that a comment is gone; only its id is left, so the event is named by that."""
    kind: EventType = "comment.deleted.v1"
    return InboundEvent(
        id=f"{native_id}#del",
        source=source,
        type=kind,
        time=now,
        data=InboundComment(
            network=NETWORK,
            native_id=native_id,
            revision=revision,
            page=place.page,
            root=place.root,
            author=Author(native_id=author, is_self=author == own_id),
            visibility="public",
            created_at=datetime.fromisoformat(revision),
        ),
    )


def notice_of(
    kind: NoticeType,
    *,
    source: str,
    now: datetime,
    root_id: str | None = None,
    author_id: str | None = None,
) -> InboundNotice:
    return InboundNotice(
        id=f"{root_id or author_id}#{kind}@{now.isoformat(timespec='milliseconds')}",
        source=source,
        type=kind,
        time=now,
        data=Concerned(network=NETWORK, root_id=root_id, author_id=author_id),
    )


def standing_of(status: Status, relationship: Relationship | None, *, own_id: str) -> Standing:
    """Return how a comment stands; blocks in either direction forbid a reply."""
    blocked = relationship is not None and (relationship.blocked_by or relationship.blocking)
    locked = not open_to_replies(status)
    return Standing(
        native_id=status.id,
        revision=revision_of(status),
        text=comment_text(status, own_id),
        visibility=visibility_of(status),
        can_reply=not blocked and not locked,
        why_not="blocked" if blocked else "locked" if locked else None,
    )


def open_to_replies(status: Status) -> bool:
    """Tell whether a reply of ours would be shown at once."""
    policy = status.interaction_policy.can_reply if status.interaction_policy else None
    if policy is None:
        return True
    return not {"public", "me"}.isdisjoint({*policy.always, *policy.automatic_approval})


def posted_of(status: Status, addressed: Collection[str]) -> Posted:
    """Return a reply of ours without the mention that we put before it.

    `addressed` are the names of whom we answer; the mention may be shown without its host.
    """
    names = {*addressed, *(name.partition("@")[0] for name in addressed)}
    return Posted(
        native_id=status.id,
        url=_short(status.url),
        text=without_address(whole_text(status), names),
        visibility=visibility_of(status),
        posted_at=status.created_at,
    )


def _short(url: str | None) -> str | None:
    return url if url and len(url) <= _MAX_URL else None
