import os
import re
from pathlib import Path

import pytest

from services.kit.servers.errors import EmbeddedServerError, explain
from services.kit.servers.folder import claimed_folder
from services.kit.servers.nats import embedded_nats


async def test_a_data_folder_in_use_is_refused_with_the_users_process(tmp_path: Path) -> None:
    """INVARIANT: two Dialogwerks never share one data folder."""
    async with embedded_nats(tmp_path):
        with pytest.raises(EmbeddedServerError, match=f"in use .*process {os.getpid()}"):
            async with embedded_nats(tmp_path):
                pass


def test_a_folder_is_free_again_after_use(tmp_path: Path) -> None:
    for _ in range(2):
        with claimed_folder(tmp_path, "nats") as folder:
            assert folder == tmp_path / "nats"


def test_a_file_in_the_folders_place_is_named(tmp_path: Path) -> None:
    file = tmp_path / "data"
    file.write_text("")
    for data_dir in (file, file / "below"):
        with (
            pytest.raises(EmbeddedServerError, match="a file stands in its way"),
            claimed_folder(data_dir, "nats"),
        ):
            pass


def test_a_folder_that_cannot_be_made_is_told() -> None:
    with (
        pytest.raises(EmbeddedServerError, match=r"/proc/nowhere/nats cannot be written .*choose"),
        claimed_folder(Path("/proc/nowhere"), "nats"),
    ):
        pass


def test_a_full_disk_is_told_before_anything_starts(tmp_path: Path) -> None:
    with (
        pytest.raises(EmbeddedServerError, match=r"disk that holds .* is full: free some space"),
        claimed_folder(tmp_path, "nats", least_free_bytes=10**18),
    ):
        pass


@pytest.mark.parametrize(
    ("log", "sentence"),
    [
        ("FATAL: could not write file: No space left on device", "the disk.*is full"),
        ("bind: address already in use", "another program uses port 4222"),
        ("initdb: could not look up effective user ID 1234: user does not exist", "/etc/passwd"),
        ('FATAL:  lock file "postmaster.pid" already exists', "an earlier server"),
        ("", "mend .* says: nothing"),
        ("[INF] a\n[FTL] b\n[INF] c", r"nats.log says: \[FTL\] b$"),
        ("one\n\ntwo", r"start again; the log /data/nats.log says: one \| two"),
    ],
)
def test_a_log_becomes_a_sentence(log: str, sentence: str) -> None:
    fault = explain("It failed", log, log_file=Path("/data/nats.log"), port=4222)
    assert re.search(f"(?i)It failed.*{sentence}", str(fault))
