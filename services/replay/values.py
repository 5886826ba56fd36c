"""Which values a replay works with: those in force, and what a TOML file puts in their place."""

import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Literal

from pydantic import TypeAdapter, ValidationError

from services.answer.aptness import QUOTABLE
from services.kit.faults import faulty_fields
from services.kit.settings import Settings
from services.route.behaviour import Limits
from services.route.decide import Bars

Values = Mapping[str, Mapping[str, float | int | str]]
"""Values by section and name, as a file has them."""


class BadRules(Exception):
    """The file of rules cannot be used; the message says where and why."""


@dataclass(frozen=True)
class Answering:
    """What decides whether a draft is made, and how it speaks."""

    threshold: float
    """`ANSWER_THRESHOLD`: probability of an answer from which on a draft is tried."""
    quotable: float
    """Probability of being the answer from which on a quotation is proposed."""
    address: Literal["du", "sie", "mirror"]
    reading_level: Literal["plain", "standard"]


@dataclass(frozen=True)
class Rules:
    """Every value that a file may set."""

    sort: Bars
    mute: Limits
    answer: Answering

    def values(self) -> dict[str, dict[str, float | int | str]]:
        """Return them by section and name."""
        return asdict(self)


def rules_in_force(settings: Settings) -> Rules:
    """Return what the services work with now."""
    answering = Answering(
        threshold=settings.answer_threshold, quotable=QUOTABLE,
        address=settings.address, reading_level=settings.reading_level,
    )  # fmt: skip
    return Rules(Bars(), Limits(), answering)


def read_values(text: str, name: str) -> Values:
    """Read a TOML file with tables of values; raises BadRules."""
    try:
        found = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadRules(f"{name} is no TOML: {error}") from error
    for section, values in found.items():
        if not isinstance(values, dict):
            raise BadRules(f"{name}: {section} stands in no section such as [answer]")
    return found


def with_values(rules: Rules, values: Values) -> Rules:
    """Return the rules with other values; raises BadRules for what they do not know."""
    known = rules.values()
    for section, wanted in values.items():
        names = known.get(section)
        if names is None:
            raise BadRules(f"there is no section [{section}]; there are {_listed(known)}")
        if strange := sorted(wanted.keys() - names.keys()):
            raise BadRules(f"[{section}] knows no {strange[0]}; it knows {_listed(names)}")
    return Rules(
        **{
            field.name: _part(rules, field.name, values.get(field.name, {}))
            for field in fields(Rules)
        }
    )


def _part(rules: Rules, section: str, wanted: Mapping[str, Any]) -> Any:
    part = getattr(rules, section)
    try:
        made = TypeAdapter(type(part)).validate_python({**asdict(part), **wanted})
    except ValidationError as error:
        raise BadRules(f"[{section}]: {faulty_fields(error)}") from error
    for name, value in asdict(made).items():
        most = None if section == "mute" else 1
        if isinstance(value, float | int) and (value < 0 or (most is not None and value > most)):
            raise BadRules(f"[{section}] {name}: {value} lies outside of 0 to 1"
                           if most else f"[{section}] {name}: {value} is less than 0")  # fmt: skip
    return made


def _listed(names: Mapping[str, object]) -> str:
    return ", ".join(sorted(names))
