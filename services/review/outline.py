"""The outline of a message for those who mend queues: its fields and ids, none of its texts."""

import json
import re

TELLING = frozenset({"network", "lane", "kind", "stance", "language", "reason", "outcome", "code"})
"""Fields whose values are words of ours."""
_ID_OR_TIME = re.compile(r"[0-9a-f]{16,64}|\d{4}-\d\d-\d\d[T ][\d:.+Z-]{5,32}")


def outline(body: bytes) -> str:
    """Return a message's JSON with each text as its length, e.g. `‹42›`; of other bodies the size.

    Numbers, ids, times and our own words stay, so that a fault can be found without reading what
    people wrote.
    """
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return f"‹{len(body)} bytes, no JSON›"
    return json.dumps(_outlined(found), indent=1, ensure_ascii=False)


def _outlined(value: object, field: str = "") -> object:
    if isinstance(value, dict):
        return {_short(key): _outlined(inner, key) for key, inner in value.items()}
    if isinstance(value, list):
        return [_outlined(inner, field) for inner in value]
    if not isinstance(value, str) or _ID_OR_TIME.fullmatch(value):
        return value
    told = field in TELLING and re.fullmatch(r"[a-z_]{1,24}", value)
    return value if told else f"‹{len(value)}›"


def _short(key: str) -> str:
    """Return a field's name; what is none of ours is a text like any other."""
    return key if re.fullmatch(r"[A-Za-z_]{1,40}", key) else f"‹{len(key)}›"
