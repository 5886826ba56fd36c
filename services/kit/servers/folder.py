"""A server's own part of the data folder: made, claimed for one process, checked for space."""

import errno
import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from services.kit.servers.errors import DataFolderInUseError, EmbeddedServerError, disk_full


@contextmanager
def claimed_folder(
    data_dir: Path, name: str, *, least_free_bytes: int = 100_000_000
) -> Iterator[Path]:
    """Make `data_dir/name`, readable by its owner only, and hold it against other processes.

    Raises EmbeddedServerError when it cannot be written, is in use, or the disk is full.
    """
    folder = data_dir.absolute() / name
    with told_faults(folder):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        _lock(lock, data_dir)
        if shutil.disk_usage(folder).free < least_free_bytes:
            raise EmbeddedServerError(disk_full(folder))
        with told_faults(folder):
            _note_holder(lock)
        yield folder
    finally:
        os.close(lock)


@contextmanager
def told_faults(folder: Path) -> Iterator[None]:
    """Turn a fault of the file system below `folder` into an EmbeddedServerError."""
    try:
        yield
    except OSError as fault:
        raise EmbeddedServerError(_unusable(folder, fault)) from fault


def _unusable(folder: Path, fault: OSError) -> str:
    if fault.errno == errno.ENOSPC:
        return disk_full(folder)
    if fault.errno in {errno.EEXIST, errno.ENOTDIR}:
        return f"{folder} cannot be a folder because a file stands in its way: name another one."
    return (
        f"The data folder {folder} cannot be written ({fault.strerror}): "
        "give this user the right to write it, or choose another data folder."
    )


def _lock(lock: int, data_dir: Path) -> None:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as fault:
        holder = os.pread(lock, 20, 0).decode(errors="replace").strip() or "unknown"
        raise DataFolderInUseError(
            f"The data folder {data_dir} is in use by a running Dialogwerk (process {holder}): "
            "stop that one, or choose another data folder."
        ) from fault


def _note_holder(lock: int) -> None:
    os.ftruncate(lock, 0)
    os.pwrite(lock, str(os.getpid()).encode(), 0)


def write_secret(path: Path, text: str) -> None:
    """Replace the file by one that only its owner may read."""
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
