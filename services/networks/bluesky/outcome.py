"""What an XRPC answer means for what was asked. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any

from services.networks.network import (
    NetworkError,
    OutcomeUnknown,
    RefusalCode,
    Refused,
    Temporary,
)

NO_VIEW = frozenset(
    {"UpstreamFailure", "UpstreamTimeout", "MethodNotImplemented", "XRPCNotSupported"}
)
"""How a PDS says that its AppView does not answer, or that it has none."""
STALE_TOKEN = frozenset({"ExpiredToken", "InvalidToken"})
_NOBODY_THERE = "No service configured"
_LACKING = frozenset(
    {"RecordNotFound", "NotFound", "RepoNotFound", "RepoDeactivated", "RepoTakendown"}
)
_AUTH = (
    frozenset({"AuthenticationRequired", "AuthMissing", "AccountTakedown", "AccountDeactivated"})
    | STALE_TOKEN
)
_SCOPE = frozenset({"InsufficientScope", "ScopeMissingError"})
_UNDONE_STATUSES = frozenset({408, 425, 429, 503})
_TOO_LONG = ("too big", "too long", "maximum")


@dataclass(frozen=True)
class Said:
    """One answer: its JSON object, {} where there was none."""

    status: int
    headers: Mapping[str, str]
    body: Mapping[str, Any]

    @property
    def is_success(self) -> bool:
        return 200 <= self.status < 300

    @property
    def error(self) -> str:
        """The error's name in the protocol, "" when there is none."""
        return "" if self.is_success else str(self.body.get("error", ""))

    @property
    def message(self) -> str:
        return str(self.body.get("message", ""))

    @property
    def lacks_view(self) -> bool:
        """True when the PDS has no AppView that answers."""
        return self.error in NO_VIEW or self.message.startswith(_NOBODY_THERE)

    @property
    def is_gone(self) -> bool:
        """True when what was asked for is not there."""
        return self.error in _LACKING or self.message.startswith("Could not find repo")


def trouble(said: Said, *, now: float, writing: bool) -> NetworkError:
    """Return what an answer other than success means; `now` in seconds since 1970."""
    sentence = f"the server answered {said.status} {said.error}: {said.message}"[:300]
    if said.status in _UNDONE_STATUSES:
        return Temporary(sentence, retry_after=seconds_to_wait(said.headers, now))
    if said.status >= 500:
        return OutcomeUnknown(sentence) if writing else Temporary(sentence)
    if 300 <= said.status < 400:
        return Refused(f"{sentence} (a redirect is not followed)", code="invalid")
    return Refused(sentence, code=_code_of(said))


def seconds_to_wait(headers: Mapping[str, str], now: float) -> float | None:
    """Return when to come back: `Retry-After`, else until `RateLimit-Reset`.

    The reset is a moment on the server's clock, so its own Date counts, where it tells one.
    """
    after = headers.get("retry-after", "")
    if after.isascii() and after.isdecimal():
        return float(after)
    reset = headers.get("ratelimit-reset", "")
    if not (reset.isascii() and reset.isdecimal()):
        return None
    return max(1.0, float(reset) - _server_time(headers, now))


def exhausted_for(headers: Mapping[str, str], now: float) -> float | None:
    """Return for how many seconds a call like this one would be refused, None when it would not."""
    if headers.get("ratelimit-remaining") != "0":
        return None
    return seconds_to_wait(headers, now)


def _server_time(headers: Mapping[str, str], now: float) -> float:
    try:
        return parsedate_to_datetime(headers["date"]).timestamp()
    except (KeyError, ValueError):
        return now


def _code_of(said: Said) -> RefusalCode:
    if said.error in _AUTH or said.status == 401:
        return "token"
    if said.error in _SCOPE or said.status == 403:
        return "scope"
    if said.is_gone or said.status in {404, 410}:
        return "gone"
    if any(word in said.message for word in _TOO_LONG):
        return "too_long"
    return "invalid"
