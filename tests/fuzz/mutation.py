"""Damage of the kinds that parsers stumble over, from any source of chance."""

import json
from collections.abc import Callable, Iterator
from copy import deepcopy
from random import Random
from typing import Any

ODD: tuple[Any, ...] = (
    None, True, -1, 0, 1.5, 10**40, -(10**400), float("inf"), "", "\x00", "\ud800", "ß" * 70_000,
    [], [[[]]], {}, {"": {}}, "9999-12-31T23:59:59.999999+14:00", "0001-01-01T00:00:00-14:00",
    "javascript:alert(1)", "http://[", "https://a.example\\@b.example", "\u202eabc", "{{7*7}}",
)  # fmt: skip
PIECES = (
    b"\x00", b"\xff\xfe", b"\xef\xbb\xbf", b"&#xD800;", b"&#0;", b"]]>", b"<!--", b"<![CDATA[",
    b"{", b"[", b'"', b"%", b"\\u", b"\r", b"\x1f\x8b\x08", b"<!DOCTYPE a [<!ENTITY b 'c'>]>",
    b"-1", b"99999999999999999999", b"e400", b"<table>" * 40, b"[" * 3000, b"<b>" * 300,
    b"> " * 300,
)  # fmt: skip


def damaged(seed: bytes, chance: Random) -> bytes:
    """Return a seed with one to six faults; JSON keeps its form half of the time."""
    body = seed
    if chance.random() < 0.5 and (content := _content(seed)) is not None:
        for _ in range(chance.randint(1, 3)):
            _swap(content, chance)
        return json.dumps(content).encode()
    for _ in range(chance.randint(1, 6)):
        body = chance.choice(_FAULTS)(body, chance)
    return body[:500_000]


def _content(seed: bytes) -> Any:
    try:
        return json.loads(seed)
    except ValueError:  # not every format is JSON
        return None


def _swap(content: Any, chance: Random) -> None:
    """Put something odd in the place of a value, or take the value away."""
    places = list(_places(content))
    if not places:
        return
    holder, key = chance.choice(places)
    if chance.random() < 0.2 and isinstance(holder, dict):
        del holder[key]
    else:
        holder[key] = deepcopy(chance.choice(ODD))


def _places(content: Any) -> Iterator[tuple[Any, Any]]:
    inside: list[tuple[Any, Any]] = []
    if isinstance(content, dict):
        inside = list(content.items())
    elif isinstance(content, list):
        inside = list(enumerate(content))
    for key, value in inside:
        yield content, key
        yield from _places(value)


def _flipped(body: bytes, chance: Random) -> bytes:
    if not body:
        return b"\x00"
    at = chance.randrange(len(body))
    return body[:at] + bytes([chance.randrange(256)]) + body[at + 1 :]


def _cut(body: bytes, chance: Random) -> bytes:
    start, end = sorted(chance.randint(0, len(body)) for _ in range(2))
    return body[:start] + body[end:]


def _doubled(body: bytes, chance: Random) -> bytes:
    start, end = sorted(chance.randint(0, len(body)) for _ in range(2))
    return body[:end] + body[start:end] * chance.randint(1, 20) + body[end:]


def _pierced(body: bytes, chance: Random) -> bytes:
    at = chance.randint(0, len(body))
    return body[:at] + chance.choice(PIECES) + body[at:]


_FAULTS: tuple[Callable[[bytes, Random], bytes], ...] = (_flipped, _cut, _doubled, _pierced)
