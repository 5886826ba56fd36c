"""Who asks is found by its connection, so that nobody else is killed."""

import socket
import subprocess
import sys

import pytest

from tests.chaos.killer import process_at

CONNECT = """
import socket, sys
asking = socket.socket()
asking.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
asking.bind(("127.0.0.1", int(sys.argv[1])))
asking.connect(("127.0.0.1", int(sys.argv[2])))
sys.stdin.read()
"""


def test_who_asks_is_told_from_another_who_connects_from_the_same_port() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as model,
        socket.create_server(("127.0.0.1", 0)) as other,
        socket.socket() as ours,
    ):
        ours.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        ours.bind(("127.0.0.1", 0))
        ours.connect(other.getsockname())
        port, asked = ours.getsockname()[1], model.getsockname()[1]
        command = [sys.executable, "-c", CONNECT, str(port), str(asked)]
        with subprocess.Popen(command, stdin=subprocess.PIPE) as asker:
            model.accept()[0].close()
            assert process_at((port, asked)) == asker.pid
            assert asker.stdin is not None
            asker.stdin.close()
        with pytest.raises(LookupError):
            process_at((asked, port + 1))
