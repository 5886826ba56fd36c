"""A folder of model files that is built once, whole or not at all, by whoever comes first."""

import hashlib
import json
import shutil
import tempfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from filelock import FileLock

MANIFEST: Final = "manifest.json"
_LOCK_TIMEOUT_SECONDS: Final = 600.0
_READABLE: Final = 0o755


@dataclass(frozen=True)
class Origin:
    """What a folder was made from; any difference makes it be built anew."""

    source: str
    source_bytes: int
    converter: int


def is_intact(folder: Path, origin: Origin) -> bool:
    """Tell whether `folder` was made from `origin` and every file has its recorded checksum."""
    try:
        manifest = json.loads((folder / MANIFEST).read_bytes())
        return bool(manifest["origin"] == asdict(origin)) and all(
            _checksum(folder / name) == checksum for name, checksum in manifest["files"].items()
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return False


def ensure_folder(folder: Path, origin: Origin, build: Callable[[Path], None]) -> bool:
    """Make `folder` intact and return whether this call had to build it.

    `build` fills a temporary folder that is then renamed, so a reader sees all files or none.
    Other processes wait. Raises OSError (disk full, no permission), filelock.Timeout after ten
    minutes, and whatever `build` raises; a failed attempt leaves nothing behind.
    """
    if is_intact(folder, origin):
        return False
    folder.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(folder.with_name(f".{folder.name}.lock"), timeout=_LOCK_TIMEOUT_SECONDS):
        if is_intact(folder, origin):
            return False
        prefix = f".{folder.name}.new-"
        for leftover in folder.parent.glob(f"{prefix}*"):
            shutil.rmtree(leftover)
        fresh = Path(tempfile.mkdtemp(prefix=prefix, dir=folder.parent))
        try:
            fresh.chmod(_READABLE)
            build(fresh)
            _write_manifest(fresh, origin)
            with suppress(FileNotFoundError):
                shutil.rmtree(folder)
            fresh.rename(folder)
        except BaseException:
            shutil.rmtree(fresh, ignore_errors=True)
            raise
    return True


def _write_manifest(folder: Path, origin: Origin) -> None:
    files = {
        path.relative_to(folder).as_posix(): _checksum(path)
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
    text = json.dumps({"origin": asdict(origin), "files": files}, indent=2)
    (folder / MANIFEST).write_text(text, encoding="utf-8")


def _checksum(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
