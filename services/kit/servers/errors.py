"""Faults of an embedded server, told in one sentence a person can act on."""

import re
from pathlib import Path

_QUOTED_LINES = 4
_PORT_TAKEN = re.compile(r"address already in use", re.IGNORECASE)
_DISK_FULL = re.compile(r"no space left on device|disk quota exceeded", re.IGNORECASE)
_FOLDER_BUSY = re.compile(r"pre-existing shared memory block|lock file .* already exists")
_DAMAGED = re.compile(r"valid checkpoint record|pg_control|could not find the database system")
_TELLING = re.compile(r"FATAL|PANIC|ERROR:|\[FTL\]|\berror:|\bcannot\b|\bcould not\b")
_NAMELESS_USER = re.compile(r"could not look up effective user ID (\d+)")


class EmbeddedServerError(Exception):
    """One clear sentence: what happened and what to do; show it as it is."""


class PortTakenError(EmbeddedServerError):
    """Another program listens on the port."""


class FolderBusyError(EmbeddedServerError):
    """Processes of a killed server still work on its folder."""


class DataFolderInUseError(EmbeddedServerError):
    """A running Dialogwerk holds the data folder."""


def disk_full(path: Path) -> str:
    return (
        f"The disk that holds {path} is full: free some space (200 MB at least) "
        "and start Dialogwerk again."
    )


def explain(
    event: str,
    log: str,
    *,
    log_file: Path,
    port: int | None = None,
    advice: str = "mend what its log names and start again",
) -> EmbeddedServerError:
    """Turn what a server logged before its end into a sentence.

    A fault that is not known here gets the `advice`, and the end of the log is quoted.
    """
    if _DISK_FULL.search(log):
        return EmbeddedServerError(f"{event}: {disk_full(log_file.parent)}")
    if _PORT_TAKEN.search(log):
        taken = f"port {port}" if port else "a port it needs"
        return PortTakenError(
            f"{event} because another program uses {taken} of this computer: "
            "end that program, choose another port, or choose none so that a free one is taken."
        )
    if _FOLDER_BUSY.search(log):
        return FolderBusyError(
            f"{event} because processes of an earlier server still work on {log_file.parent}: "
            "wait a minute, or end them, and start again."
        )
    if match := _NAMELESS_USER.search(log):
        return EmbeddedServerError(
            f"{event} because user id {match[1]} has no name on this system: "
            "add it to /etc/passwd, or start Dialogwerk as a user that has one."
        )
    quoted = _quote(log)
    if _DAMAGED.search(log):
        return EmbeddedServerError(
            f"{event} because its data in {log_file.parent} is damaged: restore it from your last "
            f"backup, or choose another data folder to start anew; it says: {quoted}"
        )
    return EmbeddedServerError(f"{event}: {advice}; the log {log_file} says: {quoted}")


def _quote(log: str) -> str:
    lines = [line.strip() for line in log.splitlines() if line.strip()]
    telling = [line for line in lines if _TELLING.search(line)] or lines
    return " | ".join(telling[-_QUOTED_LINES:]) or "nothing"
