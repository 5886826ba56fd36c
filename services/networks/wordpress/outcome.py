"""What an answer of a WordPress site, or its absence, means for what was asked."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TypeVar

import httpx
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from services.networks.exchange import Answer
from services.networks.network import (
    NetworkError,
    OutcomeUnknown,
    RefusalCode,
    Refused,
    Temporary,
)

NO_COMMENT = "rest_comment_invalid_id"
"""WordPress's own word that a comment is not there; a bare 404 may be a web server's."""
_UNDONE_STATUSES = frozenset({408, 425, 429, 503})
"""503 is WordPress's own answer while it updates itself, before anything else is done."""
_FLOOD_SECONDS = 15.0
"""WordPress lets one address comment every 15 seconds, and does not say so in a header."""
_CODES: Mapping[str, RefusalCode] = {
    NO_COMMENT: "gone",
    "rest_comment_invalid_post_id": "gone",
    "rest_comment_trash_post": "gone",
    "rest_comment_draft_post": "gone",
    "rest_already_trashed": "gone",
    "rest_comment_closed": "locked",
    "rest_cannot_read_post": "not_public",
    "comment_content_column_length": "too_long",
}
_STATUSES: Mapping[int, RefusalCode] = {401: "token", 403: "scope", 410: "gone"}
_CODE = re.compile(r"[A-Za-z0-9_-]{1,60}")

Model = TypeVar("Model")


class _Refusal(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")

    code: str = ""


def code_of(answer: Answer) -> str:
    """Return WordPress's name for what went wrong, empty when the answer is not WordPress's."""
    try:
        said = _Refusal.model_validate_json(answer.content).code
    except ValidationError:
        return ""
    return said if _CODE.fullmatch(said) else ""


def understood(answer: Answer, shape: type[Model], *, writing: bool = False) -> Model:
    """Return what a successful answer says; raises what any other means."""
    if not answer.is_success:
        raise refusal_of(answer, writing=writing)
    try:
        return TypeAdapter(shape).validate_json(answer.content)
    except ValidationError:
        # Without the cause: it would quote what people wrote.
        sentence = f"the site's answer {answer.status} cannot be read as WordPress's"
        raise OutcomeUnknown(sentence) if writing else Temporary(sentence) from None


def refusal_of(answer: Answer, *, writing: bool) -> NetworkError:
    """Return what an answer other than success means."""
    status, code = answer.status, code_of(answer)
    sentence = f"the site answered {status} {code}".rstrip()
    if code == "comment_flood":
        return Temporary(sentence, retry_after=_FLOOD_SECONDS)
    if status in _UNDONE_STATUSES:
        return Temporary(sentence, retry_after=_retry_after(answer.headers))
    if status >= 500:
        return OutcomeUnknown(sentence) if writing else Temporary(sentence)
    if status == 404 and not code:
        return Temporary(f"{sentence}: WordPress does not answer there")
    if 300 <= status < 400:
        return Refused(
            f"{sentence}: the site's address leads elsewhere, enter that one", code="invalid"
        )
    return Refused(sentence, code=_CODES.get(code) or _STATUSES.get(status, "invalid"))


def _retry_after(headers: httpx.Headers) -> float | None:
    """Seconds, which a server may also say as a date."""
    said = headers.get("Retry-After", "")
    if said.isascii() and said.isdecimal():
        return float(said)
    try:
        return max(0.0, (parsedate_to_datetime(said) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError):
        return None
