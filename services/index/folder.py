"""Files that are handed in from a folder."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

SUFFIXES = {".md", ".markdown", ".html", ".htm", ".pdf", ".docx", ".txt"}


@dataclass(frozen=True)
class Handed:
    """A file or page with its content."""

    name: str
    body: bytes
    media_type: str | None = None
    url: str | None = None


def local_files(path: Path, complain: Callable[[str], None]) -> Iterator[Handed]:
    """Yield a file, or all files of a folder whose name says that we can read them."""
    whole_folder = path.is_dir()
    for file in sorted(path.rglob("*")) if whole_folder else [path]:
        if whole_folder and (not file.is_file() or file.suffix.lower() not in SUFFIXES):
            continue
        try:
            body = file.read_bytes()
        except OSError as error:
            complain(f"{file}: cannot be read: {error.strerror}")
            continue
        yield Handed(str(file.relative_to(path)) if whole_folder else file.name, body)
