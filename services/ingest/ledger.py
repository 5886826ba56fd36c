"""Tombstones in a file outside of the database: what a restored backup has to forget again."""

import os
from collections.abc import Iterable
from pathlib import Path

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from services.kit.settings import Settings
from services.store.tombstones import Buried

NAME = "erasures.jsonl"


class Grave(BaseModel):
    """A tombstone, one line of the file; it names nobody."""

    model_config = ConfigDict(frozen=True)

    digest: str = Field(pattern=r"^[0-9a-f]{32}$")
    scope: Buried
    at: AwareDatetime


def ledger_of(settings: Settings) -> Path | None:
    """Return the file that the settings name."""
    return Path(settings.erasures_file) if settings.erasures_file else None


def read_graves(file: Path) -> list[Grave]:
    """Return what a file holds, each once; raises ValueError with the line that is none.

    A line that a crash cut off at the end counts for nothing: its erasure is done again.
    """
    lines = file.read_text(encoding="utf-8").split("\n")
    graves: dict[str, Grave] = {}
    for number, line in enumerate(lines[:-1], 1):
        try:
            grave = Grave.model_validate_json(line)
        except ValueError as error:
            raise ValueError(f"line {number} of {file} is no tombstone") from error
        graves[grave.digest] = grave
    return list(graves.values())


def add_graves(file: Path, graves: Iterable[Grave]) -> None:
    """Add lines to the file; they are on disk when this returns."""
    file.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    with os.fdopen(handle, "a", encoding="utf-8") as out:
        out.writelines(f"{grave.model_dump_json()}\n" for grave in graves)
        out.flush()
        os.fsync(out.fileno())
