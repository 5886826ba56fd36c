"""What an HTTP answer, or its absence, means for what was asked. Pure."""

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from pydantic import BaseModel, ConfigDict, ValidationError

from services.networks.exchange import Answer
from services.networks.network import (
    NetworkError,
    OutcomeUnknown,
    RefusalCode,
    Refused,
    Temporary,
)

_UNDONE_STATUSES = frozenset({408, 425, 429})
_CODES: Mapping[int, RefusalCode] = {401: "token", 403: "scope", 404: "gone", 410: "gone"}
_SAID = 200
"""Characters of the server's own sentence that are passed on."""


class _Explanation(BaseModel):
    """What the server says beside a status that is not a success."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    error: str = ""


def refusal_of(answer: Answer, *, writing: bool, now: datetime) -> NetworkError:
    """Return what an answer other than success means.

    Any 5xx to a write is an unknown outcome: Mastodon answers 500 and 503 also when another
    request with the same key is being served or was.
    """
    status = answer.status
    sentence = f"the server answered {status}: {_explanation(answer.content)}"
    if 300 <= status < 400:
        return Refused(
            f"the server answered {status}: enter the address that it redirects to", code="invalid"
        )
    if status in _UNDONE_STATUSES:
        return Temporary(sentence, retry_after=wait_of(answer.headers, now))
    if status >= 500:
        if writing:
            return OutcomeUnknown(sentence)
        return Temporary(sentence, retry_after=wait_of(answer.headers, now))
    return Refused(sentence, code=_CODES.get(status, "invalid"))


def wait_of(headers: Mapping[str, str], now: datetime) -> float | None:
    """Return the seconds after which the server wants to be asked again, None if it does not say.

    `X-RateLimit-Reset` is a moment of the server's clock, so it is taken against its `Date`.
    """
    said = headers.get("retry-after", "")
    if said.isascii() and said.isdecimal():
        return float(said)
    reset = _moment(headers.get("x-ratelimit-reset", ""))
    if reset is None:
        return None
    return max(0.0, (reset - (_date(headers) or now)).total_seconds())


def left_of(headers: Mapping[str, str]) -> int | None:
    """Return how many requests the server still grants in this window, None if it does not say."""
    said = headers.get("x-ratelimit-remaining", "")
    return int(said) if said.isascii() and said.isdecimal() else None


def _moment(said: str) -> datetime | None:
    try:
        if said.isascii() and said.isdecimal():
            return datetime.fromtimestamp(int(said), UTC)
        moment = datetime.fromisoformat(said)
    except (ValueError, OverflowError, OSError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _date(headers: Mapping[str, str]) -> datetime | None:
    try:
        moment = parsedate_to_datetime(headers.get("date", ""))
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _explanation(body: bytes) -> str:
    try:
        return _Explanation.model_validate_json(body).error[:_SAID]
    except ValidationError:
        return ""
