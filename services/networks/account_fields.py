"""What a kind of network asks an operator for, as its settings' docstrings say it."""

import ast
import inspect
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from pydantic import BaseModel
from pydantic_core import PydanticUndefined

from services.networks.account_settings import secret_fields


@dataclass(frozen=True)
class AccountField:
    """One thing to enter."""

    name: str
    secret: bool
    required: bool
    default: str
    """Empty where there is none to show."""
    description: str
    """What to enter and where to get it, in one line."""


def account_fields(model: type[BaseModel]) -> Sequence[AccountField]:
    """Return what to enter for a kind of network, in the model's order."""
    told: dict[str, str] = {}
    for owner in reversed(model.__mro__):
        if issubclass(owner, BaseModel) and owner is not BaseModel:
            told |= _docstrings(owner)
    secrets = secret_fields(model)
    fields = []
    for name, field in model.model_fields.items():
        given = field.default not in (None, PydanticUndefined, (), "") and name not in secrets
        fields.append(
            AccountField(
                name=name,
                secret=name in secrets,
                required=field.is_required(),
                default=str(field.default) if given else "",
                description=" ".join((field.description or told.get(name, "")).split()),
            )
        )
    return fields


def _docstrings(owner: type[BaseModel]) -> dict[str, str]:
    """Return the texts below the fields of a class, by field."""
    found: dict[str, str] = {}
    for tree in ast.parse(textwrap.dedent(inspect.getsource(owner))).body:
        lines = tree.body if isinstance(tree, ast.ClassDef) else []
        for field, text in pairwise(lines):
            if not isinstance(field, ast.AnnAssign) or not isinstance(field.target, ast.Name):
                continue
            if isinstance(text, ast.Expr) and isinstance(text.value, ast.Constant):
                found[field.target.id] = str(text.value.value)
    return found
