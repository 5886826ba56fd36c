"""What an HTTP answer, or its absence, means for what was asked."""

import httpx
from pydantic import BaseModel, ConfigDict, ValidationError

from services.networks.network import (
    NetworkError,
    OutcomeUnknown,
    RefusalCode,
    Refused,
    Temporary,
)

_FORBIDDEN: dict[str, RefusalCode] = {"blocked": "blocked", "locked": "locked", "hidden": "hidden"}
_UNDONE_STATUSES = frozenset({408, 425, 429, 503})


class _Explanation(BaseModel):
    """What the network says beside a status that is not a success."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    code: str = ""
    message: str = ""


def _explanation_of(response: httpx.Response) -> _Explanation:
    try:
        return _Explanation.model_validate_json(response.content)
    except ValidationError:
        return _Explanation()


def refusal_of(response: httpx.Response, *, writing: bool) -> NetworkError:
    """Return what an answer other than success means."""
    status = response.status_code
    said = _explanation_of(response)
    sentence = f"the network answered {status} {said.code}: {said.message}"
    if status in _UNDONE_STATUSES:
        return Temporary(sentence, retry_after=_retry_after(response))
    if status >= 500:
        return OutcomeUnknown(sentence) if writing else Temporary(sentence)
    return Refused(sentence, code=_code_of(status, said.code))


def _code_of(status: int, said: str) -> RefusalCode:
    if status == 401:
        return "token"
    if status == 403:
        return _FORBIDDEN.get(said, "scope")
    if status in {404, 410}:
        return "gone"
    return "too_long" if said == "too_long" else "invalid"


def _retry_after(response: httpx.Response) -> float | None:
    said = response.headers.get("Retry-After", "")
    return float(said) if said.isascii() and said.isdecimal() else None
