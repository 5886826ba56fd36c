"""Meta's calls at our door: the handshake, the signature over the raw bytes, the batch inside.

Source: https://developers.facebook.com/docs/graph-api/webhooks/getting-started.
"""

import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from pydantic import ValidationError

from services.networks.meta.settings import MetaApp
from services.networks.network import NotSigned, Unreadable

HEADER = "x-hub-signature-256"

_WORDS = frozenset({"message", "text", "from", "name", "username", "sender_name"})


@dataclass(frozen=True)
class Change:
    """One update of a call: what happened to whose page or account, and when Meta said so."""

    kind: str
    """`page` or `instagram`."""
    owner: str
    at: datetime
    field: str
    value: Any


@dataclass(frozen=True)
class Call:
    """What a call holds, for whomever it is."""

    owners: frozenset[str]
    changes: Sequence[Change]
    unreadable: Sequence[Unreadable]


def answer_to(app: MetaApp, query: Mapping[str, str]) -> str | None:
    """Return the challenge of a handshake that knows our word, None of any other."""
    word = app.verify_token.get_secret_value().encode()
    given = query.get("hub.verify_token", "").encode()
    known = hmac.compare_digest(word, given)
    challenge = query.get("hub.challenge")
    return challenge if known and query.get("hub.mode") == "subscribe" else None


def verify(app: MetaApp, headers: Mapping[str, str], body: bytes) -> None:
    """Raise NotSigned unless the app's secret, or the one before it, signed exactly this body."""
    given = headers.get(HEADER)
    if not given:
        raise NotSigned(f"the header {HEADER} is missing")
    secrets = [app.app_secret, *([app.previous_app_secret] if app.previous_app_secret else [])]
    good = [
        hmac.compare_digest(signature(secret.get_secret_value(), body).encode(), given.encode())
        for secret in secrets
    ]
    if not any(good):
        raise NotSigned(f"the header {HEADER} does not match the body and any of our app secrets")


def signature(app_secret: str, body: bytes) -> str:
    """Return the header's value for a body."""
    return f"sha256={hmac.new(app_secret.encode(), body, hashlib.sha256).hexdigest()}"


def parse(body: bytes) -> Call:
    """Return the changes of a call; messages and whatever else it holds are passed over."""
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        return Call(frozenset(), (), (_body_letter(body, "a signed call is no JSON"),))
    owners: set[str] = set()
    changes: list[Change] = []
    unreadable: list[Unreadable] = []
    for envelope in content if isinstance(content, list) else [content]:
        if not isinstance(envelope, dict):
            unreadable.append(_body_letter(body, "a signed call is no object"))
            continue
        for entry in _listed(envelope.get("entry")):
            try:
                found = _changes(str(envelope.get("object")), entry)
            except (TypeError, KeyError, ValueError, OverflowError, OSError):
                unreadable.append(letter(entry, "an entry has no id, no time or no changes"))
                continue
            owners.add(str(entry["id"]))
            changes += found
    return Call(frozenset(owners), changes, unreadable)


def unreadable_change(change: Change, error: Exception) -> Unreadable:
    """Return a dead letter that names the faulty fields and holds no words."""
    faults: object = type(error).__name__
    if isinstance(error, ValidationError):
        faults = [(detail["loc"], detail["type"]) for detail in error.errors()]
    content = {"object": change.kind, "id": change.owner, "field": change.field}
    return letter(
        {**content, "time": change.at.isoformat(), "value": change.value},
        f"a change cannot be read: {faults}"[:500],
    )


def letter(content: object, reason: str) -> Unreadable:
    return Unreadable(json.dumps(_without_words(content)).encode(), reason)


def _changes(kind: str, entry: Any) -> list[Change]:
    owner, at = str(entry["id"]), _moment(entry.get("time"))
    listed = _listed(entry.get("changes"))
    return [Change(kind, owner, at, str(one["field"]), one["value"]) for one in listed]


def _moment(said: object) -> datetime:
    if not isinstance(said, int | float):
        raise TypeError
    seconds = said / 1000 if said > 10**11 else said
    return datetime.fromtimestamp(seconds, UTC)


def _listed(said: object) -> list[Any]:
    if said is None:
        return []
    return said if isinstance(said, list) else [said]


def _body_letter(body: bytes, reason: str) -> Unreadable:
    known = {"bytes": len(body), "sha256": hashlib.sha256(body).hexdigest()}
    return Unreadable(json.dumps(known).encode(), reason)


def _without_words(content: object) -> object:
    """A dead letter is kept for a year and read by many: it says where, not who and what."""
    if isinstance(content, dict):
        return {
            str(key): "" if key in _WORDS else _without_words(value)
            for key, value in content.items()
        }
    if isinstance(content, list):
        return [_without_words(value) for value in content]
    return content
