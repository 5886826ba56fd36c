"""The account we speak as: its session is shared by all processes and renewed by one of them."""

import base64
import binascii
import time
from dataclasses import dataclass, field

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from services.networks.bluesky.outcome import STALE_TOKEN, Said, trouble
from services.networks.bluesky.settings import BlueskySettings
from services.networks.bluesky.xrpc import Params, Xrpc
from services.networks.keeper import Keeper
from services.networks.network import Refused, Temporary

EARLY = 60.0
"""Seconds before its end at which an access token is renewed."""
LOCKED_OUT = 900.0
"""Seconds in which a refused app password is not tried again: sign-ins are limited per day."""


class Session(BaseModel):
    """A session as the keeper holds it; both tokens are secrets."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    did: str
    handle: str
    access: str = Field(repr=False)
    refresh: str = Field(repr=False)


@dataclass(frozen=True)
class _Kept:
    """A session, and the text it stands for at the keeper."""

    text: str = field(repr=False)
    session: Session


class Account:
    """Calls the server as the account, with a fresh token."""

    def __init__(
        self, xrpc: Xrpc, settings: BlueskySettings, keeper: Keeper, *, connection: str
    ) -> None:
        self.xrpc = xrpc
        self._settings = settings
        self._keeper = keeper
        self._expected = connection.partition(":")[2]
        self._refused: tuple[float, Refused] | None = None

    async def session(self) -> Session:
        """Return a session that is still good for a while; raises Temporary or Refused."""
        return (await self._kept()).session

    async def get(self, method: str, params: Params) -> Said:
        """Ask as the account."""
        kept = await self._kept()
        said = await self.xrpc.get(method, params, kept.session.access)
        if said.error in STALE_TOKEN:
            kept = await self._renewed(kept.text)
            said = await self.xrpc.get(method, params, kept.session.access)
        return said

    async def post(self, method: str, body: object) -> Said:
        """Tell as the account; what a stale token kept from being done is told again."""
        kept = await self._kept()
        said = await self.xrpc.post(method, body, kept.session.access)
        if said.error in STALE_TOKEN:
            kept = await self._renewed(kept.text)
            said = await self.xrpc.post(method, body, kept.session.access)
        return said

    async def _kept(self) -> _Kept:
        text = await self._keeper.session()
        session = _read(text)
        if text is None or session is None or _seconds_left(session.access) < EARLY:
            return await self._renewed(text)
        return _Kept(text, session)

    async def _renewed(self, stale: str | None) -> _Kept:
        text = await self._keeper.renew(stale, self._make)
        session = _read(text)
        if session is None:
            raise Temporary("the kept session cannot be read")
        return _Kept(text, session)

    async def _make(self, stored: str | None) -> str:
        """Refresh what is stored, else sign in with the app password."""
        before = _read(stored)
        if before is not None:
            said = await self.xrpc.post(
                "com.atproto.server.refreshSession", token=before.refresh, writing=False
            )
            if said.is_success:
                return self._taken(said)
            if said.status not in {400, 401}:
                raise trouble(said, now=time.time(), writing=False)
        return await self._sign_in()

    async def _sign_in(self) -> str:
        if self._refused is not None and time.monotonic() < self._refused[0]:
            raise Refused(str(self._refused[1]), code="token")
        said = await self.xrpc.post(
            "com.atproto.server.createSession",
            {
                "identifier": self._settings.identifier.removeprefix("@"),
                "password": self._settings.app_password.get_secret_value(),
            },
            writing=False,
        )
        if said.is_success:
            return self._taken(said)
        error = trouble(said, now=time.time(), writing=False)
        if isinstance(error, Refused):
            error = Refused(f"the sign-in was refused: {said.error}", code="token")
            self._refused = (time.monotonic() + LOCKED_OUT, error)
        raise error

    def _taken(self, said: Said) -> str:
        try:
            session = Session(
                did=said.body["did"],
                handle=said.body["handle"],
                access=said.body["accessJwt"],
                refresh=said.body["refreshJwt"],
            )
        except (KeyError, ValidationError):
            raise Temporary("the server's session cannot be read") from None
        if self._expected.startswith("did:") and session.did != self._expected:
            raise Refused(f"this is the account of {session.did}", code="token")
        return session.model_dump_json()


def _read(stored: str | None) -> Session | None:
    try:
        return Session.model_validate_json(stored or "")
    except ValidationError:
        return None


def _seconds_left(token: str) -> float:
    """Return how long a JSON Web Token is good for; one that tells nothing is taken at its word."""
    try:
        part = token.split(".")[1]
        claims = base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
        return _Claims.model_validate_json(claims).exp - time.time()
    except (IndexError, binascii.Error, ValidationError):
        return EARLY


class _Claims(BaseModel):
    model_config = ConfigDict(extra="ignore")

    exp: float
