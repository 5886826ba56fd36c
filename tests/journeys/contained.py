"""Containers of the built image, limited as compose limits them, on this machine's network.

`CONTAINER_ENGINE` names the engine, `docker` or `podman`; without it services run as processes.
"""

import asyncio
import os
import shlex
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

ENGINE = shlex.split(os.environ.get("CONTAINER_ENGINE", ""))


def container(
    service: Mapping[str, Any], image: str, names: Iterable[str], *, volume: str, folder: Path
) -> list[str]:
    """Return the command that runs a service's container, its own arguments still to be added.

    The values of the environment's `names` are taken from the engine's own environment, so that
    no secret stands in a command line. `volume` is its data, `folder` where commands find files.
    """
    return [
        *ENGINE, "run", "--rm", "--interactive", "--pull=never", "--network=host",
        *(["--init"] if service["init"] else []),
        *(["--read-only"] if service["read_only"] else []),
        *(f"--tmpfs={place}" for place in service["tmpfs"]),
        *(f"--cap-drop={capability}" for capability in service["cap_drop"]),
        *(f"--security-opt={option}" for option in service["security_opt"]),
        *(f"--env={name}" for name in names),
        f"--volume={volume}:/data", f"--volume={folder}:/here:ro", "--workdir=/here",
        image,
    ]  # fmt: skip


async def remove_volume(volume: str) -> None:
    """Remove the data that a test's containers shared."""
    process = await asyncio.create_subprocess_exec(*ENGINE, "volume", "rm", "--force", volume)
    assert await process.wait() == 0
