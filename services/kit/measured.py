"""Rates that were measured with this release and ship with it, for people to see."""

import tomllib
from dataclasses import dataclass
from datetime import date
from importlib.resources import files
from typing import Any


@dataclass(frozen=True)
class Rate:
    """A share with its 95 % interval and the number of texts it was measured on."""

    share: float
    low: float
    high: float
    rows: int


@dataclass(frozen=True)
class Measured:
    """What of planted errors is caught, and what of true sentences is stopped all the same.

    Both on the half of the set that no rule was written for.
    """

    on: date
    set: str
    """Names the content of the set: figures of other versions cannot be compared."""
    caught: Rate
    by_kind: dict[str, Rate]
    """`caught` for each kind of planted error."""
    false_alarms: Rate


def measured() -> Measured:
    """Read the rates that ship."""
    text = files("services.kit").joinpath("measured.toml").read_text(encoding="utf-8")
    found: dict[str, Any] = tomllib.loads(text)
    return Measured(
        on=found["on"],
        set=found["set"],
        caught=Rate(**found["caught"]),
        by_kind={kind: Rate(**one) for kind, one in found["by_kind"].items()},
        false_alarms=Rate(**found["false_alarms"]),
    )
