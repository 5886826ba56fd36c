"""A process that we start reads the settings we have."""

from decimal import Decimal

import pytest
from pydantic import SecretStr

from services.kit.settings import Settings


@pytest.mark.parametrize(
    "settings",
    [
        Settings(llm_monthly_budget=None),
        Settings(
            service_passwords={"route": SecretStr("x"), "review": SecretStr("y=z")},
            own_domains=("verein.example", "blog.example"), llm_monthly_budget=Decimal("3.50"),
            secret_keys=(SecretStr("a="), SecretStr("b=")), password_sign_in=False,
        ),
    ],
    ids=["as shipped", "with secrets"],
)  # fmt: skip
def test_settings_survive_the_environment(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in settings.as_environment().items():
        monkeypatch.setenv(name, value)
    assert Settings() == settings
