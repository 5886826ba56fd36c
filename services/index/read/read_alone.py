"""The process that reads one file and ends: a request on standard input, the answer on output."""

import json
import logging
import resource
import sys

from services.index.read.isolate import DOCUMENT
from services.index.read.read import read_document
from services.index.read.unreadable import Reason, Unreadable


def main() -> None:
    """One line of JSON with what to read and within which limits, then the file's bytes."""
    logging.disable()  # parsers complain without end about damaged files, and nobody reads it here
    request = json.loads(sys.stdin.buffer.readline())
    _limit(request["seconds"], request["max_memory_mb"])
    try:
        document = read_document(
            request["name"], sys.stdin.buffer.read(), request["media_type"], request["url"]
        )
    except Unreadable as refusal:
        json.dump({"unreadable": refusal.reason}, sys.stdout)
    except MemoryError:
        json.dump({"unreadable": Reason.TOO_LARGE}, sys.stdout)
    else:
        json.dump({"document": DOCUMENT.dump_python(document, mode="json")}, sys.stdout)


def _limit(seconds: float, max_memory_mb: int) -> None:
    memory = max_memory_mb * 1024 * 1024
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    processor = int(seconds) + 1
    resource.setrlimit(resource.RLIMIT_CPU, (processor, processor + 1))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


if __name__ == "__main__":
    main()
