"""Which fields a compatible server's answers have, and of which JSON types.

`mastodon_shape.json` holds field paths and types taken from recordings of a GoToSocial 0.20, no
values. To derive it anew from a folder of recordings:

    python -m tests.networks.mastodon_shape FOLDER
"""

import json
import sys
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_name("mastodon_shape.json")
_RECORDINGS = {
    "gotosocial_status_*.json": "status",
    "gotosocial_context.json": "context",
    "gotosocial_notifications.json": "[notification]",
    "gotosocial_instance_v2.json": "instance",
    "gotosocial_ws_frames.json": "[frame]",
}
_PARTS = {
    ("status", ".account"): "account",
    ("notification", ".account"): "account",
    ("notification", ".status"): "status",
    ("context", ".ancestors[]"): "status",
    ("context", ".descendants[]"): "status",
}
"""Fields that hold an entity of its own."""
_FRAMES = {"update": "status", "notification": "notification"}
_TYPES = {dict: "object", list: "array", str: "string", bool: "boolean", type(None): "null"}

Shape = dict[str, dict[str, str]]
"""Per entity and field path: the types, e.g. `null|string`; `?` behind them: not always there."""


class _Derivation:
    def __init__(self) -> None:
        self.types: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
        self.counts: dict[str, Counter[str]] = defaultdict(Counter)

    def add(self, entity: str, said: Any, path: str = "") -> None:
        kind = _type_of(said)
        self.types[entity][path].add(kind)
        self.counts[entity][path] += 1
        for name, value in _fields_of(said):
            part = _PARTS.get((entity, f"{path}{name}"))
            if part is not None and value is not None:
                self.types[entity][f"{path}{name}"].add(f"@{part}")
                self.counts[entity][f"{path}{name}"] += 1
                self.add(part, value)
            else:
                self.add(entity, value, f"{path}{name}")
        if entity == "frame" and isinstance(said, dict) and said["event"] in _FRAMES:
            self.add(_FRAMES[said["event"]], json.loads(said["payload"]))

    def shape(self) -> Shape:
        return {
            entity: {
                path: "|".join(sorted(types)) + ("" if self._is_always(entity, path) else "?")
                for path, types in sorted(paths.items())
            }
            for entity, paths in sorted(self.types.items())
        }

    def _is_always(self, entity: str, path: str) -> bool:
        return self.counts[entity][path] >= self.counts[entity][_above(path)]


def derive(folder: Path) -> Shape:
    """Return the shape of all recordings in a folder."""
    derivation = _Derivation()
    for pattern, entity in _RECORDINGS.items():
        for file in sorted(folder.glob(pattern)):
            said = json.loads(file.read_text())
            for one in said if entity.startswith("[") else [said]:
                derivation.add(entity.strip("[]"), one)
    return derivation.shape()


def misfits(shape: Shape, entity: str, said: Any, path: str = "") -> list[str]:
    """Return what in an answer no recorded answer has, and what all have and it lacks."""
    known = shape[entity]
    where = f"{entity}{path}"
    if path not in known:
        return [f"{where}: unknown"]
    kind = _type_of(said)
    if kind not in known[path].rstrip("?").split("|"):
        return [f"{where}: is {kind}, recorded {known[path]}"]
    found: list[str] = []
    fields = _fields_of(said)
    for name, value in fields:
        part = _PARTS.get((entity, f"{path}{name}"))
        if part is not None and value is not None:
            found += misfits(shape, part, value)
        else:
            found += misfits(shape, entity, value, f"{path}{name}")
    if isinstance(said, dict):
        present = {f"{path}{name}" for name, _ in fields}
        found += [
            f"{entity}{one}: missing"
            for one, types in known.items()
            if one and not types.endswith("?") and _above(one) == path and one not in present
        ]
        if entity == "frame" and said["event"] in _FRAMES:
            found += misfits(shape, _FRAMES[said["event"]], json.loads(said["payload"]))
    return found


def recorded() -> Shape:
    """Return the committed shape."""
    return json.loads(FILE.read_text())  # type: ignore[no-any-return]


def _type_of(said: Any) -> str:
    return _TYPES.get(type(said), "number")


def _fields_of(said: Any) -> list[tuple[str, Any]]:
    if isinstance(said, dict):
        return [(f".{name}", value) for name, value in said.items()]
    return [("[]", value) for value in said] if isinstance(said, list) else []


def _above(path: str) -> str:
    if path.endswith("[]"):
        return path.removesuffix("[]")
    return path.rpartition(".")[0]


if __name__ == "__main__":
    FILE.write_text(json.dumps(derive(Path(sys.argv[1])), indent=1, sort_keys=True) + "\n")
