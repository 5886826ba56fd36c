"""What an operator enters becomes settings; secrets go one way, the rest another."""

from datetime import timedelta

import pytest
from pydantic import BaseModel, ConfigDict, Field, SecretStr

from services.networks.account_fields import account_fields
from services.networks.account_settings import (
    UnfitSettings,
    load_settings,
    part_settings,
    read_settings,
    secret_fields,
)


class Watched(BaseModel):
    account: str


class Shared(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    token: SecretStr = Field(min_length=4)
    """The token;
    made over there."""
    spare: SecretStr | None = None


class Account(Shared):
    server: str
    """Where it is."""
    keys: tuple[SecretStr, ...] = ()
    pages: tuple[str, ...] = ()
    watch: tuple[Watched, ...] = ()
    hours: float = 24
    """How far back."""
    lookback: timedelta = timedelta(hours=1)
    strict: bool = False


GIVEN = {"server": "https://a.example", "token": "hush-hush"}


def test_text_becomes_what_the_settings_ask_for() -> None:
    settings = read_settings(
        Account,
        GIVEN | {
            "pages": "a, b", "watch": '[{"account": "@x"}]', "hours": "1.5", "strict": "true",
            "lookback": "PT2H", "spare": "", "keys": "one,two",
        },
    )  # fmt: skip
    assert settings == Account(
        server="https://a.example", token=SecretStr("hush-hush"), pages=("a", "b"),
        watch=(Watched(account="@x"),), hours=1.5, strict=True, lookback=timedelta(hours=2),
        keys=(SecretStr("one"), SecretStr("two")),
    )  # fmt: skip


def test_a_text_that_looks_like_json_stays_a_text_where_one_is_asked_for() -> None:
    settings = read_settings(Account, GIVEN | {"token": "{hush}", "server": "[::1]"})
    assert settings.model_dump()["server"] == "[::1]"
    assert settings.model_dump()["token"] == SecretStr("{hush}")


def test_what_is_not_entered_anew_stays() -> None:
    before = read_settings(Account, GIVEN | {"hours": "3", "spare": "wheel"})
    after = read_settings(Account, {"server": "https://b.example", "spare": ""}, before)
    assert after == Account(server="https://b.example", token=SecretStr("hush-hush"), hours=3)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (GIVEN | {"tokn": "hush-hush"}, "there is no tokn; there are token, spare, server"),
        ({"server": "https://a.example", "token": "shh"}, "token: "),
        ({"token": "hush-hush"}, "server: is missing"),
        (GIVEN | {"watch": "[hush"}, "watch: this is no JSON"),
        (GIVEN | {"hours": "hush"}, "hours: "),
    ],
)
def test_what_does_not_fit_is_named_without_its_value(given: dict[str, str], told: str) -> None:
    """INVARIANT: no message repeats what was entered; it may be a secret."""
    with pytest.raises(UnfitSettings, match=told) as refused:
        read_settings(Account, given)
    assert "hush" not in str(refused.value)
    assert "shh" not in str(refused.value)


def test_settings_are_parted_and_put_together_again() -> None:
    """INVARIANT: no secret is among what is stored in plain sight."""
    whole = read_settings(Account, GIVEN | {"keys": "one,two", "lookback": "PT2H"})
    plain, secrets = part_settings(whole)
    assert set(plain) == {"server", "pages", "watch", "hours", "lookback", "strict"}
    assert "hush" not in repr((plain, secrets))
    assert load_settings(Account, plain, secrets) == whole


def test_secrets_are_known_by_their_type() -> None:
    assert secret_fields(Account) == ("token", "spare", "keys")


def test_fields_are_described_by_the_texts_below_them() -> None:
    fields = {field.name: field for field in account_fields(Account)}
    assert fields["token"].description == "The token; made over there."
    assert (fields["token"].secret, fields["token"].required) == (True, True)
    assert (fields["spare"].secret, fields["spare"].required) == (True, False)
    assert (fields["hours"].default, fields["hours"].description) == ("24", "How far back.")
