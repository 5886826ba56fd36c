"""What an answer of the Graph API means, by its error code.

Codes: https://developers.facebook.com/docs/graph-api/guides/error-handling and
https://developers.facebook.com/docs/graph-api/overview/rate-limiting.
"""

import json
from collections.abc import Mapping
from typing import Any

import httpx
from pydantic import BaseModel, ConfigDict, ValidationError

from services.networks.exchange import Answer, seconds_asked
from services.networks.network import (
    NetworkError,
    OutcomeUnknown,
    RefusalCode,
    Refused,
    Temporary,
)

SUSPENDED_FOR = 3600.0
"""Seconds we leave Meta alone after it called our doings abusive (368)."""

_TOO_MANY = frozenset({4, 17, 32, 341, 613})
_BUSINESS_TOO_MANY = range(80_000, 80_015)
_TOKEN = frozenset({102, 190})
_SCOPE = frozenset({3, 10})
_SCOPES = range(200, 300)
_NOBODY_KNOWS = frozenset({1, 2})
_UNDONE_STATUSES = frozenset({408, 425, 429, 503})


class _Error(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")

    code: int | None = None
    error_subcode: int | None = None
    is_transient: bool = False


class _Envelope(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")

    error: _Error = _Error()


class Usage(BaseModel):
    """How much of our calls is used up; the largest share of what the headers name."""

    model_config = ConfigDict(frozen=True)

    percent: float = 0.0
    regain_seconds: float = 0.0
    """After how long Meta answers again; 0 while it does."""


def refusal_of(answer: Answer, *, writing: bool) -> NetworkError:
    """Return what an answer other than success means; Meta's own sentence is left out.

    It may quote what was written or the token.
    """
    try:
        error = _Envelope.model_validate_json(answer.content).error
    except ValidationError:
        error = _Error()
    code, sub = error.code, error.error_subcode
    sentence = f"Meta answered {answer.status}, error {code}" + (f"/{sub}" if sub else "")
    if code in _TOO_MANY or code in _BUSINESS_TOO_MANY:
        return Temporary(f"{sentence}: too many calls", retry_after=_wait(answer))
    if code == 368:
        return Temporary(f"{sentence}: Meta holds us back", retry_after=SUSPENDED_FOR)
    if code in _NOBODY_KNOWS or error.is_transient:
        return OutcomeUnknown(sentence) if writing else Temporary(sentence)
    if code is not None:
        return Refused(sentence, code=_code_of(code, sub))
    if answer.status in _UNDONE_STATUSES:
        return Temporary(sentence, retry_after=_wait(answer))
    if answer.status >= 500:
        return OutcomeUnknown(sentence) if writing else Temporary(sentence)
    if 300 <= answer.status < 400:
        return Temporary(f"{sentence}: a redirect is not followed")
    by_status: Mapping[int, RefusalCode] = {401: "token", 403: "scope", 404: "gone", 410: "gone"}
    return Refused(sentence, code=by_status.get(answer.status, "invalid"))


def usage_of(headers: httpx.Headers) -> Usage:
    """Read the rate-limit headers; what is not as documented counts as nothing used."""
    shares: list[Any] = [_parsed(headers.get("X-App-Usage"))]
    for uses in _parsed(headers.get("X-Business-Use-Case-Usage")).values():
        shares += uses if isinstance(uses, list) else []
    percent = regain = 0.0
    for share in shares:
        if not isinstance(share, dict):
            continue
        kinds = ("call_count", "total_cputime", "total_time")
        percent = max([percent, *(_number(share.get(kind)) for kind in kinds)])
        regain = max(regain, 60.0 * _number(share.get("estimated_time_to_regain_access")))
    return Usage(percent=percent, regain_seconds=regain)


def _code_of(code: int, sub: int | None) -> RefusalCode:
    if code in _TOKEN:
        return "token"
    if code in _SCOPE or code in _SCOPES:
        return "scope"
    if (code, sub) == (100, 33) or code == 803:
        return "gone"
    return "invalid"


def _wait(answer: Answer) -> float | None:
    asked = seconds_asked(answer.headers)
    return asked if asked is not None else usage_of(answer.headers).regain_seconds or None


def _parsed(header: str | None) -> Mapping[str, Any]:
    try:
        content = json.loads(header or "{}")
    except (ValueError, RecursionError):
        return {}
    return content if isinstance(content, dict) else {}


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) else 0.0
