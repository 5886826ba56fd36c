"""Become a server program: a script that every embedded server is started through.

It runs in an isolated interpreter of its own because `preexec_fn` is unsafe in a process
that has threads. Arguments: parent's pid, signal to get at the parent's death, user id and
group id (or `-` to stay who we are), program, its arguments.
"""

import os
import sys
from collections.abc import Callable

CANNOT_RUN = 126
_SET_PARENT_DEATH_SIGNAL = 1


def _call_to_die_with_parent() -> Callable[[int], None]:
    """Load what is needed while we may still read it; the wish itself is lost with privileges."""
    if sys.platform != "linux":
        return lambda _: None
    import ctypes  # noqa: PLC0415  # other systems have no prctl and need no ctypes

    libc = ctypes.CDLL(None)
    return lambda death_signal: libc.prctl(_SET_PARENT_DEATH_SIGNAL, death_signal)


def become(arguments: list[str]) -> None:
    """Replace this process by the program, or exit with `CANNOT_RUN` and a line on stderr."""
    parent, death_signal, user, group, *program = arguments
    die_with_parent = _call_to_die_with_parent()
    try:
        if user != "-":
            os.setgroups([])
            os.setgid(int(group))
            os.setuid(int(user))
        die_with_parent(int(death_signal))
        if os.getppid() != int(parent):
            sys.exit("the process that wanted this server is gone")
        os.execv(program[0], program)  # noqa: S606  # no shell is wanted
    except OSError as fault:
        sys.stderr.write(f"cannot run {program[0]}: {fault.strerror}\n")
        sys.exit(CANNOT_RUN)


if __name__ == "__main__":
    become(sys.argv[1:])
