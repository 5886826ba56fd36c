"""Read what an operator enters for a connection; part what may be shown from what is secret."""

import json
from collections.abc import Mapping, Sequence
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin

from pydantic import BaseModel, SecretStr, ValidationError
from pydantic.fields import FieldInfo

_LISTS = (tuple, list, set, frozenset)
_SAID = {
    "missing": "is missing",
    "string_pattern_mismatch": "is not written as it should be",
    "string_too_short": "is empty",
}
"""Sentences for faults that pydantic tells in terms of code."""


class UnfitSettings(ValueError):
    """What was entered does not fit; the message names the fields, never their values."""

    def __init__(self, message: str, fields: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.fields = fields
        """Those that do not fit."""


def secret_fields(model: type[BaseModel]) -> tuple[str, ...]:
    """Return the names of the fields that hold secrets, in the model's order."""
    return tuple(
        name
        for name, field in model.model_fields.items()
        if _is(field, SecretStr) or _lists(field, SecretStr)
    )


def read_settings(
    model: type[BaseModel], given: Mapping[str, str], before: BaseModel | None = None
) -> BaseModel:
    """Return settings made of `field=text`, over what stood there before; raises UnfitSettings.

    A list is written with commas or as JSON; an empty text is a field's default.
    """
    if strange := sorted(set(given) - set(model.model_fields)):
        raise UnfitSettings(
            f"there is no {', '.join(strange)}; there are {', '.join(model.model_fields)}"
        )
    values: dict[str, Any] = {}
    if before is not None:
        values = {name: getattr(before, name) for name in model.model_fields}
    for name, text in given.items():
        if text.strip():
            values[name] = _parsed(model.model_fields[name], name, text.strip())
        else:
            values.pop(name, None)
    return _validated(model, values)


def load_settings(
    model: type[BaseModel], plain: Mapping[str, Any], secrets: SecretStr
) -> BaseModel:
    """Return settings as `part_settings` stored them; without secrets if those are empty.

    Raises UnfitSettings.
    """
    return _validated(model, {**plain, **json.loads(secrets.get_secret_value() or "{}")})


def part_settings(settings: BaseModel) -> tuple[dict[str, Any], SecretStr]:
    """Return what may be read by anybody as JSON values, and the secrets as one JSON object."""
    hidden = set(secret_fields(type(settings)))
    plain = settings.model_dump(mode="json", exclude=hidden)
    secrets = {name: _revealed(getattr(settings, name)) for name in hidden}
    return plain, SecretStr(json.dumps(secrets))


def _validated(model: type[BaseModel], values: Mapping[str, Any]) -> BaseModel:
    try:
        return model.model_validate(values)
    except ValidationError as error:
        faults: dict[str, str] = {}
        for fault in error.errors(include_input=False, include_url=False, include_context=False):
            name = str(fault["loc"][0]) if fault["loc"] else "settings"
            faults.setdefault(name, _SAID.get(fault["type"], fault["msg"]))
        told = "; ".join(
            f"{name}: {words.removeprefix('Value error, ')}" for name, words in faults.items()
        )
        raise UnfitSettings(told, tuple(faults)) from None


def _parsed(field: FieldInfo, name: str, text: str) -> object:
    if not _is_list(field):
        written = not (_is(field, str) or _is(field, SecretStr)) and text.startswith("{")
        return _from_json(name, text) if written else text
    if text.startswith(("[", "{")):
        return _from_json(name, text)
    return [part.strip() for part in text.split(",") if part.strip()]


def _from_json(name: str, text: str) -> object:
    try:
        return json.loads(text)
    except ValueError:
        raise UnfitSettings(f"{name}: this is no JSON") from None


def _revealed(value: object) -> object:
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    if isinstance(value, _LISTS):
        return [_revealed(one) for one in value]
    return value


def _is_list(field: FieldInfo) -> bool:
    return any(get_origin(one) in _LISTS for one in _alternatives(field))


def _is(field: FieldInfo, wanted: type) -> bool:
    return wanted in _alternatives(field)


def _lists(field: FieldInfo, wanted: type) -> bool:
    return any(
        get_origin(one) in _LISTS and wanted in get_args(one) for one in _alternatives(field)
    )


def _alternatives(field: FieldInfo) -> tuple[Any, ...]:
    """Return the types that a field may have, besides None."""
    if get_origin(field.annotation) in (Union, UnionType):
        return tuple(one for one in get_args(field.annotation) if one is not NoneType)
    return (field.annotation,)
