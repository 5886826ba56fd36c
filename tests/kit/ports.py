"""Ports for servers that have to be told theirs before they start."""

import random
import socket
from contextlib import suppress

BELOW = range(15_000, 32_000)
"""Ports that no outgoing connection is given: one could take a free port at any moment."""


def free_ports(count: int) -> list[int]:
    """Return so many different ports of the loopback address that are free now."""
    found: list[int] = []
    for port in random.sample(BELOW, len(BELOW)):
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            found.append(port)
        if len(found) == count:
            return found
    raise RuntimeError("no port is free")
