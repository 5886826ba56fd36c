"""Posts a reply of ours, finds it again, and knows what may be posted. Never tries twice."""

from datetime import timedelta
from typing import NoReturn

from pydantic import JsonValue, ValidationError

from schemas.inbound import Visibility
from services.networks.length import measure
from services.networks.mastodon.client import MastodonClient
from services.networks.mastodon.entities import CONTEXT, RAW_LIST, STATUS, Status
from services.networks.mastodon.home import Home
from services.networks.mastodon.mapping import (
    NATIVE_VISIBILITIES,
    open_to_replies,
    posted_of,
    visibility_of,
)
from services.networks.mastodon.reading import (
    PAGE,
    behind_a_block,
    relationship_with,
    status_path,
)
from services.networks.mastodon.words import (
    counted,
    local_mentions,
    mentioned,
    same_words,
    without_address,
)
from services.networks.network import (
    NetworkError,
    OutcomeUnknown,
    Outgoing,
    Posted,
    Refused,
)

_OPENNESS: dict[Visibility, int] = {"public": 3, "unlisted": 2, "followers": 1, "direct": 0}
_MOST_PAGES = 50
_SKEW = timedelta(minutes=5)
"""How far the server's clock may be behind ours."""


async def post_reply(client: MastodonClient, home: Home, outgoing: Outgoing) -> Posted:
    """Post once; raises Temporary, OutcomeUnknown or Refused.

    The person answered is mentioned at the beginning unless the text does so: servers notify
    nobody else. A content warning above is repeated.
    """
    parent = await client.find(status_path(outgoing.parent_id), STATUS)
    if parent is None:
        raise await _why_unseen(client, home, outgoing.parent_id)
    wanted = _permitted(outgoing.visibility, parent)
    text = _addressed(outgoing.text, parent, home)
    warning = parent.spoiler_text.strip()
    _require_fitting(outgoing.text, text, warning, home)
    body: dict[str, JsonValue] = {
        "status": text,
        "in_reply_to_id": parent.id,
        "visibility": wanted,
        "content_type": "text/plain",
    }
    if warning:
        body |= {"spoiler_text": warning, "sensitive": True}
    if outgoing.language != "und":
        body["language"] = outgoing.language
    try:
        status = await client.post(
            "/api/v1/statuses", STATUS, body, {"Idempotency-Key": outgoing.key}
        )
    except Refused as error:
        raise await _explained(client, home, error, parent, text) from error
    posted = posted_of(status, home.names_of(parent.account))
    if posted.visibility != outgoing.visibility or status.in_reply_to_id != parent.id:
        await _take_down(client, posted, outgoing.visibility)
    return posted


async def find_reply(client: MastodonClient, home: Home, outgoing: Outgoing) -> Posted | None:
    """Look for this text of ours under its parent: in the thread, then in all that we posted.

    The thread may be incomplete or, with a deleted parent, gone; our own posts may lack private
    ones. Raises Temporary or Refused.
    """
    context = await client.find(f"{status_path(outgoing.parent_id)}/context", CONTEXT)
    below = context.descendants if context else ()
    for status in _readable(below):
        if found := _if_it_is(status, home, outgoing):
            return found
    query = [("limit", str(PAGE)), ("exclude_reblogs", "true")]
    path = f"/api/v1/accounts/{home.me.id}/statuses"
    for _ in range(_MOST_PAGES):
        page = await client.get(path, RAW_LIST, query)
        if not page:
            return None
        statuses = _readable(page)
        for status in statuses:
            if found := _if_it_is(status, home, outgoing):
                return found
        if any(status.created_at < outgoing.approved_at - _SKEW for status in statuses):
            return None
        query = [*query[:2], ("max_id", str(page[-1].get("id")))]
    raise Refused("too much was posted since to tell whether the reply stands", code="invalid")


async def delete_reply(client: MastodonClient, native_id: str) -> bool:
    """Delete a status of ours; True when it is gone afterwards."""
    try:
        await client.delete(status_path(native_id))
    except Refused as error:
        if error.code == "gone":
            return True
        raise
    return True


def _permitted(wanted: Visibility, parent: Status) -> str:
    """Return the server's word for a visibility that shows the reply to nobody new."""
    allowed = _OPENNESS.get(visibility_of(parent), 0)
    native = NATIVE_VISIBILITIES.get(wanted)
    if native is None or _OPENNESS[wanted] > allowed:
        raise Refused(
            f"the comment is {visibility_of(parent)}, a reply must not be {wanted}",
            code="not_public",
        )
    if not open_to_replies(parent):
        raise Refused("its author lets us not reply", code="locked")
    return native


def _require_fitting(words: str, text: str, warning: str, home: Home) -> None:
    """Raise Refused for a text that is longer than we promise or, with all we add, than allowed."""
    if not words.strip():
        raise Refused("the reply is empty", code="invalid")
    length, limit = measure(words, home.capabilities), home.capabilities.max_length
    if length <= limit:
        length, limit = counted(text, warning, home.capabilities), home.max_characters
    if length > limit:
        raise Refused(
            f"with mention and content warning the reply has {length} characters of {limit}",
            code="too_long",
        )


def _addressed(text: str, parent: Status, home: Home) -> str:
    names = home.names_of(parent.account)
    if parent.account.id == home.me.id or not names.isdisjoint(mentioned(text)):
        return text
    return f"@{parent.account.acct} {text}"


async def _explained(
    client: MastodonClient, home: Home, error: Refused, parent: Status, text: str
) -> Refused:
    """Return what a refusal means: servers say 404 also to those who are blocked."""
    if error.code == "gone":
        relationship = await relationship_with(client, parent.account.id)
        if relationship is not None and relationship.blocked_by:
            return Refused("the author blocks us", code="blocked")
        return error
    every_character = len(text) + len(parent.spoiler_text)
    if error.code == "invalid" and every_character > home.max_characters:
        return Refused(str(error), code="too_long")
    return error


async def _why_unseen(client: MastodonClient, home: Home, native_id: str) -> Refused:
    if await behind_a_block(client, native_id, own_id=home.me.id) is not None:
        return Refused("the author blocks us", code="blocked")
    return Refused("the comment is gone", code="gone")


async def _take_down(client: MastodonClient, posted: Posted, wanted: Visibility) -> NoReturn:
    sentence = f"the server published the reply as {posted.visibility} instead of {wanted}"
    if posted.visibility == wanted:
        sentence = "the server published the reply elsewhere than under the comment"
    try:
        await delete_reply(client, posted.native_id)
    except NetworkError as error:
        raise OutcomeUnknown(f"{sentence}, and it may still stand") from error
    raise Refused(f"{sentence}; it was taken down again", code="invalid")


def _readable(said: tuple[dict[str, object], ...]) -> list[Status]:
    """Return the statuses that can be read: what cannot be is none of ours."""
    statuses: list[Status] = []
    for one in said:
        try:
            statuses.append(Status.model_validate(one))
        except ValidationError:
            continue
    return statuses


def _if_it_is(status: Status, home: Home, outgoing: Outgoing) -> Posted | None:
    if status.account.id != home.me.id or status.in_reply_to_id != outgoing.parent_id:
        return None
    answered = {m.acct for m in status.mentions if m.id == status.in_reply_to_account_id}
    posted = posted_of(status, answered)
    names = {account.partition("@")[0] for account in answered}
    ours, theirs = (
        without_address(local_mentions(text), names) for text in (outgoing.text, posted.text)
    )
    return posted if same_words(ours, theirs) else None
