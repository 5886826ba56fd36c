"""What an answer of the YouTube Data API means, by the reason it names.

Reasons: https://developers.google.com/youtube/v3/docs/errors and the pages of each method.
"""

from collections.abc import Mapping

from pydantic import BaseModel, ConfigDict, ValidationError

from services.networks.exchange import Answer, seconds_asked
from services.networks.network import (
    NetworkError,
    OutcomeUnknown,
    RefusalCode,
    Refused,
    Temporary,
)

QUOTA_REASONS = frozenset({"quotaExceeded", "dailyLimitExceeded"})

_TOO_FAST = frozenset({"rateLimitExceeded", "userRateLimitExceeded"})
_CODES: Mapping[str, RefusalCode] = {
    "authError": "token",
    "authorizationRequired": "token",
    "youtubeSignupRequired": "token",
    "accessNotConfigured": "scope",
    "forbidden": "scope",
    "ineligibleAccount": "scope",
    "insufficientPermissions": "scope",
    "commentsDisabled": "locked",
    "channelNotFound": "gone",
    "commentNotFound": "gone",
    "commentThreadNotFound": "gone",
    "parentCommentNotFound": "gone",
    "videoNotFound": "gone",
    "parentCommentIsPrivate": "not_public",
    "commentTextTooLong": "too_long",
}
_UNDONE_STATUSES = frozenset({408, 425, 429, 503})


class _Detail(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")

    reason: str = ""


class _Error(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")

    errors: tuple[_Detail, ...] = ()


class _Envelope(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")

    error: _Error = _Error()


def reason_of(answer: Answer) -> str:
    """Return the first reason an error names, "" when it names none."""
    try:
        errors = _Envelope.model_validate_json(answer.content).error.errors
    except ValidationError:
        return ""
    return errors[0].reason if errors else ""


def refusal_of(answer: Answer, *, writing: bool) -> NetworkError:
    """Return what an answer other than success means; YouTube's own sentence is left out.

    `processingFailure` is the server's word for failing half-way as well as for bad input.
    """
    reason, status = reason_of(answer), answer.status
    sentence = f"YouTube answered {status} {reason}".rstrip()
    if reason in _TOO_FAST or reason in QUOTA_REASONS or status in _UNDONE_STATUSES:
        return Temporary(sentence, retry_after=seconds_asked(answer.headers))
    if status >= 500 or reason == "processingFailure":
        return OutcomeUnknown(sentence) if writing else Temporary(sentence)
    if 300 <= status < 400:
        return Temporary(f"{sentence}: a redirect is not followed")
    by_status: Mapping[int, RefusalCode] = {401: "token", 403: "scope", 404: "gone", 410: "gone"}
    return Refused(sentence, code=_CODES.get(reason) or by_status.get(status, "invalid"))
