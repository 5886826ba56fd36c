"""Access tokens from a refresh token, kept and renewed by one process at a time.

Source: https://developers.google.com/identity/protocols/oauth2/web-server#offline.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

import httpx
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from services.networks.exchange import exchange, seconds_asked
from services.networks.keeper import Keeper
from services.networks.network import NetworkError, Refused, Temporary
from services.networks.youtube.settings import YouTubeSettings

EARLY = timedelta(seconds=60)
"""So long before its end a token is no longer begun with."""


class Session(BaseModel):
    """What is kept: a secret."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    access_token: str
    expires_at: AwareDatetime
    scopes: tuple[str, ...] = ()


class _Granted(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")

    access_token: str = Field(min_length=1)
    expires_in: float = Field(default=3600, gt=0)
    scope: str = ""


class Access:
    """Gives out the current access token."""

    def __init__(
        self,
        settings: YouTubeSettings,
        keeper: Keeper,
        client: httpx.AsyncClient,
        *,
        patience: float,
        now: Callable[[], datetime],
    ) -> None:
        self._settings = settings
        self._keeper = keeper
        self._client = client
        self._patience = patience
        self._now = now

    async def session(self) -> Session:
        """Return a session that still lasts a minute; raises Temporary or Refused("token")."""
        kept = await self._keeper.session()
        session = _read(kept)
        if session is not None and session.expires_at > self._now() + EARLY:
            return session
        return await self._renewed(kept)

    async def after(self, rejected: Session) -> Session:
        """Return a session in place of one that was rejected before its time."""
        kept = await self._keeper.session()
        session = _read(kept)
        if session is not None and session.access_token != rejected.access_token:
            return session
        return await self._renewed(kept)

    async def _renewed(self, stale: str | None) -> Session:
        session = _read(await self._keeper.renew(stale, self._granted))
        if session is None:
            raise Temporary("the kept YouTube session cannot be read")
        return session

    async def _granted(self, _stale: str | None) -> str:
        settings = self._settings
        request = self._client.build_request(
            "POST",
            settings.token_address,
            data={
                "grant_type": "refresh_token",
                "client_id": settings.client_id,
                "client_secret": settings.client_secret.get_secret_value(),
                "refresh_token": settings.refresh_token.get_secret_value(),
            },
        )
        answer = await exchange(self._client, request, writing=False, patience=self._patience)
        if answer.status in {400, 401, 403}:
            raise Refused(
                "Google gives no access token: the refresh token was revoked or has ended,"
                " or the client is unknown",
                code="token",
            )
        if not answer.is_success:
            raise _unavailable(answer.status, seconds_asked(answer.headers))
        try:
            granted = _Granted.model_validate_json(answer.content)
        except ValidationError as error:
            raise Temporary("Google's access token cannot be read") from error
        session = Session(
            access_token=granted.access_token,
            expires_at=self._now() + timedelta(seconds=granted.expires_in),
            scopes=tuple(granted.scope.split()),
        )
        return session.model_dump_json()


def _read(kept: str | None) -> Session | None:
    try:
        return Session.model_validate_json(kept or "")
    except ValidationError:
        return None


def _unavailable(status: int, retry_after: float | None) -> NetworkError:
    return Temporary(f"Google's token endpoint answered {status}", retry_after=retry_after)
