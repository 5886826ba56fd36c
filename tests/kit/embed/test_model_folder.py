"""Building a folder once: races, damage and failure, with a build that takes no time."""

import json
import multiprocessing
from pathlib import Path

import pytest

from services.kit.embed.model_folder import MANIFEST, Origin, ensure_folder, is_intact

ORIGIN = Origin("weights.bin", 17, 1)


def fill(folder: Path) -> None:
    (folder / "model.bin").write_bytes(b"model")
    (folder / "part").mkdir()
    (folder / "part" / "config.json").write_text("{}")


def fill_and_count(folder: Path) -> None:
    with (folder.parent / "builds").open("a") as builds:
        builds.write("built\n")
    fill(folder)


def join(folder: Path, barrier: "multiprocessing.synchronize.Barrier") -> None:
    barrier.wait(timeout=60)
    ensure_folder(folder, ORIGIN, fill_and_count)
    assert is_intact(folder, ORIGIN)


def test_processes_that_start_at_once_build_once(tmp_path: Path) -> None:
    """INVARIANT: several processes starting on an empty data folder convert the model once."""
    spawn = multiprocessing.get_context("spawn")
    barrier = spawn.Barrier(3)
    processes = [spawn.Process(target=join, args=(tmp_path / "m", barrier)) for _ in range(3)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(timeout=60)
    assert [process.exitcode for process in processes] == [0, 0, 0]
    assert (tmp_path / "builds").read_text() == "built\n"
    assert (tmp_path / "m" / "part" / "config.json").read_text() == "{}"


def test_an_intact_folder_is_left_alone(tmp_path: Path) -> None:
    assert ensure_folder(tmp_path / "m", ORIGIN, fill)
    assert not ensure_folder(tmp_path / "m", ORIGIN, fill)


def test_damage_of_any_kind_is_repaired(tmp_path: Path) -> None:
    """INVARIANT: a damaged or incomplete model folder is never used."""
    folder = tmp_path / "m"
    ensure_folder(folder, ORIGIN, fill)
    (folder / "model.bin").write_bytes(b"mOdel")
    assert ensure_folder(folder, ORIGIN, fill)
    (folder / "part" / "config.json").unlink()
    assert ensure_folder(folder, ORIGIN, fill)
    (folder / MANIFEST).write_text("[]")
    assert ensure_folder(folder, ORIGIN, fill)
    (folder / MANIFEST).write_bytes(b"\xff\x00")
    assert ensure_folder(folder, ORIGIN, fill)
    assert not ensure_folder(folder, ORIGIN, fill)
    assert (folder / "model.bin").read_bytes() == b"model"


def test_another_converter_or_source_builds_anew(tmp_path: Path) -> None:
    ensure_folder(tmp_path / "m", ORIGIN, fill)
    for origin in (Origin("weights.bin", 17, 2), Origin("weights.bin", 18, 2)):
        assert ensure_folder(tmp_path / "m", origin, fill)


def test_a_failed_build_leaves_the_old_folder_and_no_rubbish(tmp_path: Path) -> None:
    def fail(folder: Path) -> None:
        fill(folder)
        raise OSError(28, "No space left on device")

    ensure_folder(tmp_path / "m", ORIGIN, fill)
    newer = Origin("weights.bin", 17, 2)
    with pytest.raises(OSError, match="No space"):
        ensure_folder(tmp_path / "m", newer, fail)
    assert is_intact(tmp_path / "m", ORIGIN)
    assert [path for path in tmp_path.iterdir() if path.is_dir()] == [tmp_path / "m"]


def test_what_a_killed_process_left_is_swept_away(tmp_path: Path) -> None:
    (tmp_path / ".m.new-killed").mkdir()
    ensure_folder(tmp_path / "m", ORIGIN, fill)
    assert not (tmp_path / ".m.new-killed").exists()
    manifest = json.loads((tmp_path / "m" / MANIFEST).read_text())
    assert sorted(manifest["files"]) == ["model.bin", "part/config.json"]
