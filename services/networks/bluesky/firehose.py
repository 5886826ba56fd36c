"""The event stream of a PDS (com.atproto.sync.subscribeRepos): frames in, changes out."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from atproto_core.car import CAR  # type: ignore[import-untyped]
from atproto_core.cbor import decode_dag_multi  # type: ignore[import-untyped]
from atproto_core.cid import CID  # type: ignore[import-untyped]
from atproto_core.exceptions import AtProtocolError  # type: ignore[import-untyped]
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus

from services.networks.bluesky.records import BLOCK, GATE, POST, Uri, parse_uri
from services.networks.network import Temporary

MAX_FRAME = 10 * 1024 * 1024
_READ = frozenset({POST, GATE, BLOCK})
_GONE = frozenset({"deleted", "deactivated", "takendown", "suspended"})


_UNREADABLE = (
    AtProtocolError, ValueError, KeyError, TypeError, AttributeError, RecursionError, OverflowError,
)  # fmt: skip


class FutureCursor(Exception):
    """The host does not know our cursor: it was set up anew."""


@dataclass(frozen=True)
class Op:
    """One record that was created, updated or deleted."""

    action: str
    uri: Uri
    cid: str | None
    record: Mapping[str, Any] | None
    """None for a deletion, and where the frame was too large to hold it."""


@dataclass(frozen=True)
class Change:
    """One frame, as far as we read it."""

    seq: int
    time: datetime
    rev: str = ""
    ops: tuple[Op, ...] = ()
    gone: str | None = None
    """The account that was deleted, deactivated or suspended."""
    renamed: str | None = None
    """The account whose handle changed."""


@dataclass(frozen=True)
class Garbled:
    """A frame that cannot be read."""

    raw: bytes
    reason: str


def read_frame(raw: bytes) -> Change | Garbled | None:
    """Decode a frame; None for one without a place in the stream. Raises FutureCursor."""
    try:
        header, body = decode_dag_multi(raw)
        if header.get("op") == -1:
            raise _ended(str(body.get("error")))
        if "seq" not in body:
            return None
        return _change(str(header.get("t")), body)
    except _UNREADABLE as error:
        return Garbled(raw, f"frame cannot be read ({type(error).__name__})")


def _ended(name: str) -> Exception:
    return FutureCursor() if name == "FutureCursor" else Temporary(f"the stream ended: {name}")


def _change(kind: str, body: Mapping[str, Any]) -> Change:
    seq, time = int(body["seq"]), datetime.fromisoformat(body["time"])
    if kind == "#account":
        gone = not body["active"] and body.get("status") in _GONE
        return Change(seq, time, gone=str(body["did"]) if gone else None)
    if kind == "#identity":
        return Change(seq, time, renamed=str(body["did"]))
    if kind != "#commit":
        return Change(seq, time)
    wanted = [op for op in body["ops"] if op["path"].partition("/")[0] in _READ]
    blocks = _blocks(body) if any(op.get("cid") for op in wanted) else {}
    ops = [_op(op, str(body["repo"]), blocks) for op in wanted]
    return Change(seq, time, str(body["rev"]), tuple(op for op in ops if op is not None))


def _blocks(body: Mapping[str, Any]) -> Mapping[str, Any]:
    if not body.get("blocks"):
        return {}
    return {cid.encode(): block for cid, block in CAR.from_bytes(body["blocks"]).blocks.items()}


def _op(op: Mapping[str, Any], repo: str, blocks: Mapping[str, Any]) -> Op | None:
    uri = parse_uri(f"at://{repo}/{op['path']}")
    if uri is None:
        return None
    cid = CID.decode(op["cid"]).encode() if op.get("cid") else None
    record = blocks.get(cid) if cid else None
    return Op(str(op["action"]), uri, cid, record if isinstance(record, Mapping) else None)


class Firehose:
    """An open stream. It is alive while its pings are answered, however little is said."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket

    async def next(self, seconds: float) -> Change | Garbled | None:
        """Return the next frame, None when none came in time; raises Temporary, FutureCursor."""
        try:
            async with asyncio.timeout(seconds):
                raw = await self._socket.recv(decode=False)
        except TimeoutError:
            return None
        except ConnectionClosed as error:
            if error.rcvd is not None and error.rcvd.reason == "FutureCursor":
                raise FutureCursor from error
            raise Temporary("the stream broke") from error
        return read_frame(raw)


@asynccontextmanager
async def open_firehose(
    host: str, seq: int | None, *, patience: float, ping: float
) -> AsyncIterator[Firehose]:
    """Open the stream of a host after `seq`, None: from now on. Raises Temporary.

    It is left without a farewell, which would wait behind all that is still unread.
    """
    address = f"ws{host.rstrip('/').removeprefix('http')}"
    query = "" if seq is None else f"?cursor={seq}"
    try:
        socket = await connect(
            f"{address}/xrpc/com.atproto.sync.subscribeRepos{query}",
            open_timeout=patience, ping_interval=ping, ping_timeout=ping,
            max_size=MAX_FRAME, proxy=None,
        )  # fmt: skip
    except InvalidStatus as error:
        sentence = f"the stream was refused ({error.response.status_code})"
        raise Temporary(sentence) from error
    except (OSError, TimeoutError, InvalidHandshake) as error:
        raise Temporary(f"the stream cannot be reached ({type(error).__name__})") from error
    try:
        yield Firehose(socket)
    finally:
        socket.transport.abort()
        await socket.wait_closed()
