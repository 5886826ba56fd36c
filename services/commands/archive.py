"""A backup as a file: one archive with a manifest that says what is in it, checked when opened."""

import hashlib
import json
import os
import tarfile
from collections.abc import Mapping
from pathlib import Path

from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError

from services.kit.pseudonym import pseudonym

MANIFEST = "manifest.json"
FORMAT = 1
BLOCK = 1 << 20


class Damaged(Exception):
    """The archive is none of ours, or not as it was written; the message says what is wrong."""


class Part(BaseModel):
    """The rows of one table."""

    model_config = ConfigDict(frozen=True)

    columns: list[str]
    rows: int
    sha256: str


class Manifest(BaseModel):
    """What an archive holds; nothing in it opens anything."""

    model_config = ConfigDict(frozen=True)

    format: int
    program: str
    taken_at: AwareDatetime
    migrations: dict[int, str]
    key: str
    """Recognises the pseudonym key, which is not inside."""
    tables: dict[str, Part]


def fingerprint(key: bytes) -> str:
    """Return by what the pseudonym key is recognised; it tells nothing of the key."""
    return pseudonym(key, "key of a backup")


def sha256(file: Path) -> str:
    """Return the checksum of a file, 64 hex digits."""
    digest = hashlib.sha256()
    with file.open("rb") as content:
        while block := content.read(BLOCK):
            digest.update(block)
    return digest.hexdigest()


def pack(target: Path, manifest: Manifest, files: Mapping[str, Path]) -> None:
    """Write the archive, whole or not at all, readable by its owner only."""
    draft = target.with_name(f".{target.name}.new")
    draft.unlink(missing_ok=True)
    with (
        os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out,
        tarfile.open(fileobj=out, mode="w:gz", compresslevel=6) as archive,
    ):
        note = next(iter(files.values())).with_name(MANIFEST) if files else Path(MANIFEST)
        note.write_text(manifest.model_dump_json(indent=1), encoding="utf-8")
        archive.add(note, MANIFEST)
        for name, file in files.items():
            archive.add(file, f"tables/{name}")
    draft.replace(target)


def unpack(source: Path, folder: Path) -> tuple[Manifest, dict[str, Path]]:
    """Return the manifest and the file of each table's rows, written into a folder; raises Damaged.

    Every part is compared with its checksum before anything is done with it.
    """
    try:
        with tarfile.open(source, "r:gz") as archive:
            archive.extractall(folder, filter="data")
    except (tarfile.TarError, EOFError, OSError) as error:
        raise Damaged(f"{source} cannot be read: {error}") from error
    try:
        manifest = Manifest.model_validate_json((folder / MANIFEST).read_bytes())
    except (OSError, ValidationError, json.JSONDecodeError) as error:
        raise Damaged(f"{source} is no backup of Dialogwerk") from error
    if manifest.format != FORMAT:
        raise Damaged(f"{source} has format {manifest.format}, this program reads {FORMAT}")
    files = {name: folder / "tables" / name for name in manifest.tables}
    for name, part in manifest.tables.items():
        if not files[name].is_file() or sha256(files[name]) != part.sha256:
            raise Damaged(f"{source} is damaged: table {name} is not as it was written")
    return manifest, files
