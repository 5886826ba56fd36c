"""Frames of an event stream, as a PDS sends them and as nobody should."""

from typing import Any

import pytest
from libipld import encode_dag_cbor

from services.networks.bluesky.firehose import Change, FutureCursor, Garbled, read_frame
from services.networks.network import Temporary

TIME = "2026-11-22T15:34:55.131Z"


def _frame(kind: str, **body: Any) -> bytes:
    header = encode_dag_cbor({"op": 1, "t": kind})
    return header + encode_dag_cbor({"seq": 7, "time": TIME, **body})


def _failure(name: str) -> bytes:
    return encode_dag_cbor({"op": -1}) + encode_dag_cbor({"error": name, "message": "x"})


def _read(raw: bytes) -> Change:
    change = read_frame(raw)
    assert isinstance(change, Change)
    assert change.seq == 7
    return change


@pytest.mark.parametrize("status", ["deleted", "deactivated", "takendown", "suspended"])
def test_an_account_is_gone(status: str) -> None:
    frame = _frame("#account", did="did:plc:a", active=False, status=status)
    assert _read(frame).gone == "did:plc:a"


@pytest.mark.parametrize(
    "said",
    [
        {"active": True},
        {"active": False, "status": "throttled"},
        {"active": False, "status": "desynchronized"},
        {"active": False},
    ],
)
def test_an_account_is_still_there(said: dict[str, Any]) -> None:
    """INVARIANT: a host in trouble does not erase what its people said."""
    assert _read(_frame("#account", did="did:plc:a", **said)).gone is None


def test_a_commit_too_large_to_hold_its_records_names_them() -> None:
    ops = [
        {"action": "delete", "path": "app.bsky.feed.post/3n2vww3dnkc23", "cid": None},
        {"action": "create", "path": "app.bsky.feed.like/3n2vww3dnkc24", "cid": None},
        {"action": "create", "path": "app.bsky.feed.post/a b", "cid": None},
        {"action": "create", "path": "app.bsky.feed.post/3n2vww3dnkc25", "cid": None},
    ]
    change = _read(_frame("#commit", repo="did:plc:a", rev="r", ops=ops, tooBig=True, blocks=b""))
    assert [(op.action, op.uri.rkey, op.record) for op in change.ops] == [
        ("delete", "3n2vww3dnkc23", None),
        ("create", "3n2vww3dnkc25", None),
    ]


def test_what_a_later_release_says_moves_the_cursor() -> None:
    assert _read(_frame("#tomorrow", anything=1)).ops == ()
    assert _read(_frame("#sync", did="did:plc:a", blocks=b"x")).ops == ()
    assert _read(_frame("#identity", did="did:plc:a", handle="a.test")).renamed == "did:plc:a"


def test_a_notice_has_no_place_in_the_stream() -> None:
    info = encode_dag_cbor({"op": 1, "t": "#info"}) + encode_dag_cbor({"name": "OutdatedCursor"})
    assert read_frame(info) is None


def test_an_error_ends_the_stream() -> None:
    with pytest.raises(FutureCursor):
        read_frame(_failure("FutureCursor"))
    with pytest.raises(Temporary, match="ConsumerTooSlow"):
        read_frame(_failure("ConsumerTooSlow"))


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\x00",
        b"\xff\xff",
        b"\xa1bop\x01",
        b"\xa1bop\x01\xa1cseqax",
        _frame("#commit", repo="did:plc:a", rev="r", ops=[{"path": "app.bsky.feed.post/x"}]),
        _frame("#commit", repo="did:plc:a", rev="r", ops="odd"),
        _frame("#account", did="did:plc:a"),
        _frame("#commit", repo="did:plc:a", rev="r", blocks=b"no CAR file",
               ops=[{"action": "create", "path": "app.bsky.feed.post/x", "cid": b"\x01q"}]),
        encode_dag_cbor({"op": 1, "t": "#commit"}) + encode_dag_cbor({"seq": "x", "time": 5}),
    ],
)  # fmt: skip
def test_a_garbled_frame_is_put_aside(raw: bytes) -> None:
    """INVARIANT: no frame stops the stream."""
    assert isinstance(read_frame(raw), Garbled)
