"""`python -m tests.fuzz feeds --seconds 60`: damage without end, led by coverage where it can be.

With atheris installed (`pip install atheris`; Linux) its engine leads the search and keeps what
brought a reader down in the current folder as `crash-*`; without it damage is drawn by chance and
the seed of each fault is printed.
"""

import argparse
import importlib.util
import logging
import sys
import time
import traceback
import warnings
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from tests.fuzz.mutation import damaged
from tests.fuzz.targets import TARGETS


def by_chance(name: str, seconds: float, first: int) -> int:
    """Try damaged seeds for a time; return how many distinct faults there were."""
    target = TARGETS[name]
    end = time.monotonic() + seconds
    faults: dict[str, int] = {}
    number = first
    while time.monotonic() < end:
        number += 1
        chance = Random(number)
        began = time.monotonic()
        try:
            target.try_on(damaged(chance.choice(target.seeds), chance))
        except Exception as error:  # noqa: BLE001 - to find any is the purpose
            place = traceback.extract_tb(error.__traceback__)[-1]
            known = f"{type(error).__name__} at {place.filename}:{place.lineno}"
            if faults.setdefault(known, number) == number:
                print(f"{name}: {known} (number {number}): {str(error)[:200]}")  # noqa: T201
        if time.monotonic() - began > 5:
            print(f"{name}: number {number} took {time.monotonic() - began:.1f} s")  # noqa: T201
    print(f"{name}: {number - first} tried, {len(faults)} faults")  # noqa: T201
    return len(faults)


def by_coverage(name: str, seconds: float) -> None:
    """Hand the process over to atheris; it ends it when the time is over or a reader fails."""
    import atheris  # noqa: PLC0415 - only where it is installed

    target = TARGETS[name]
    atheris.instrument_all()
    with TemporaryDirectory() as folder:
        for number, seed in enumerate(target.seeds):
            (Path(folder) / str(number)).write_bytes(seed)
        atheris.Setup([sys.argv[0], f"-max_total_time={int(seconds)}", folder], target.try_on)
        atheris.Fuzz()


def main() -> None:
    """Fuzz one reader, or all of them in turn."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="reader", help=", ".join(TARGETS))
    parser.add_argument("--seconds", type=float, default=20, help="for each reader")
    parser.add_argument("--first", type=int, default=0, help="number that the first try follows")
    parser.add_argument("--by-chance", action="store_true", help="even if atheris is installed")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    logging.disable()
    names = options.names or list(TARGETS)
    if strange := set(names) - set(TARGETS):
        parser.error(f"there is no reader {', '.join(sorted(strange))}")
    if len(names) == 1 and not options.by_chance and importlib.util.find_spec("atheris"):
        by_coverage(names[0], options.seconds)
        return
    sys.exit(1 if sum(by_chance(name, options.seconds, options.first) for name in names) else 0)


if __name__ == "__main__":
    main()
