"""The user stream as a doorbell: it says what to look at, never what to believe."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal, Protocol, TypeVar
from urllib.parse import urlencode

from pydantic import BaseModel, ConfigDict, JsonValue, ValidationError
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus, InvalidURI

from services.networks.mastodon.entities import Status
from services.networks.network import Temporary

_log = logging.getLogger(__name__)
_wire_log = logging.getLogger(f"{__name__}.wire")
_wire_log.setLevel(logging.WARNING)
"""Below that level the library writes down headers, and with them the token."""

_MAX_FRAME = 2**20
_SIGN_IN_REFUSED = frozenset({401, 403})

Said = TypeVar("Said", bound=BaseModel)


@dataclass(frozen=True)
class Rung:
    """Something happened: to our notifications, to a status, or an account posted one."""

    kind: Literal["notification", "deleted", "edited", "posted"]
    status_id: str = ""
    parent_id: str | None = None
    account_id: str = ""


class NoStream(Exception):
    """The server gives us no stream; the message says why, without a secret."""


class Ears(Protocol):
    """Where we wait for something to happen."""

    async def wait(self, seconds: float) -> list[Rung]:
        """Return what rang, nothing after so many seconds; raise Temporary when the line broke."""
        ...

    async def close(self) -> None: ...


class Silence:
    """Stands in for a stream where a server has none."""

    async def wait(self, seconds: float) -> list[Rung]:
        await asyncio.sleep(seconds)
        return []

    async def close(self) -> None:
        """Nothing is open."""


class Stream:
    """An open stream; pings tell that it lives, for a quiet one looks like a dead one."""

    def __init__(self, connection: ClientConnection, wanted: Callable[[Rung], bool]) -> None:
        self._connection = connection
        self._wanted = wanted
        self._rung: dict[Rung, None] = {}
        self._bell = asyncio.Event()
        self._reading = asyncio.create_task(self._read())

    async def wait(self, seconds: float) -> list[Rung]:
        """Return what rang, each thing once."""
        if not self._bell.is_set():
            try:
                await asyncio.wait_for(self._bell.wait(), seconds)
            except TimeoutError:
                return []
        rung = list(self._rung)
        if not rung and self._reading.done():
            raise Temporary("the stream broke")
        self._rung.clear()
        if not self._reading.done():
            self._bell.clear()
        return rung

    async def close(self) -> None:
        self._reading.cancel()
        await asyncio.gather(self._reading, return_exceptions=True)
        await self._connection.close()

    async def _read(self) -> None:
        try:
            async for frame in self._connection:
                rung = rung_by(frame)
                if rung is not None and self._wanted(rung):
                    self._rung[rung] = None
                    self._bell.set()
        except ConnectionClosed as error:
            _log.info("the stream broke: %s", type(error).__name__)
        finally:
            self._bell.set()


class _NoRedirects(connect):
    """Sends the token to the named host and to no other."""

    def process_redirect(self, exc: Exception) -> Exception | str:
        return exc


async def open_stream(
    address: str, token: str, *, wanted: Callable[[Rung], bool], ping: float, patience: float
) -> Stream:
    """Open the user stream; raises NoStream.

    The token goes into a header; only a server that does not read it there gets it in the
    address, where it may be logged.
    """
    url = f"{address}?{urlencode({'stream': 'user'})}"
    try:
        header = {"Authorization": f"Bearer {token}"}
        connection = await _connect(url, header, ping=ping, patience=patience)
    except InvalidStatus as error:
        if error.response.status_code not in _SIGN_IN_REFUSED:
            raise NoStream(f"the server answered {error.response.status_code}") from None
        url = f"{address}?{urlencode({'stream': 'user', 'access_token': token})}"
        connection = await _connect_by_address(url, ping=ping, patience=patience)
    return Stream(connection, wanted)


async def _connect_by_address(url: str, *, ping: float, patience: float) -> ClientConnection:
    try:
        return await _connect(url, {}, ping=ping, patience=patience)
    except InvalidStatus as error:
        raise NoStream(f"the server answered {error.response.status_code}") from None


async def _connect(
    url: str, headers: Mapping[str, str], *, ping: float, patience: float
) -> ClientConnection:
    try:
        return await _NoRedirects(
            url,
            additional_headers=headers,
            open_timeout=patience,
            close_timeout=1.0,
            ping_interval=ping,
            ping_timeout=ping,
            max_size=_MAX_FRAME,
            proxy=None,
            logger=_wire_log,
        )
    except InvalidStatus:
        raise
    except (OSError, TimeoutError, InvalidHandshake, InvalidURI) as error:
        raise NoStream(f"the stream cannot be reached ({type(error).__name__})") from None


class _Frame(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")

    event: str
    payload: JsonValue = None


def rung_by(frame: str | bytes) -> Rung | None:
    """Return what a frame says, None for what concerns nobody here or cannot be read."""
    try:
        said = _Frame.model_validate_json(frame)
        if said.event in ("notification", "notifications_merged"):
            return Rung("notification")
        if said.event == "delete":
            return Rung("deleted", status_id=str(said.payload))
        if said.event in ("update", "status.update"):
            status = _understood(Status, said.payload)
            return Rung(
                "posted" if said.event == "update" else "edited",
                status_id=status.id,
                parent_id=status.in_reply_to_id,
                account_id=status.account.id,
            )
    except ValidationError as error:
        _log.warning("a frame of the stream cannot be read: %d faults", error.error_count())
    return None


def _understood(model: type[Said], payload: JsonValue) -> Said:
    if isinstance(payload, str):
        return model.model_validate_json(payload)
    return model.model_validate(payload)
