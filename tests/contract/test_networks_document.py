"""The document about networks says what the code does."""

from pathlib import Path
from typing import get_args

import pytest

from services.commands.capabilities import capability_markdown
from services.networks.account_fields import account_fields
from services.networks.connections import KINDS
from services.networks.network import FaultCode
from services.review.labels import LABELS

TEXT = (Path(__file__).parents[2] / "docs" / "networks.md").read_text(encoding="utf-8")


def test_the_capability_table_is_fresh() -> None:
    """Renew it with `dialogwerk networks kinds --markdown`."""
    assert "\n".join(capability_markdown()) in TEXT


@pytest.mark.parametrize("code", get_args(FaultCode))
def test_every_sentence_of_the_doctor_is_there(code: FaultCode) -> None:
    assert f"| `{code}` | {LABELS[f'fault.{code}']} |" in TEXT


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_connecting_is_told_with_every_required_field(kind: str) -> None:
    command = next(
        part for part in TEXT.split("### ")[1:] if f"`dialogwerk networks add {kind} " in part
    )
    for field in account_fields(KINDS[kind].settings):
        if field.required:
            assert f"{field.name}=" in command or f"`{field.name}`" in command, field.name
