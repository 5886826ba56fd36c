"""What is sealed opens with the right keys only, and says what to do with the wrong ones."""

import base64
import secrets

import pytest
from pydantic import SecretStr

from services.kit.service import CannotStart
from services.kit.settings import Settings
from services.kit.vault import Vault, WrongKey

TEXT = "pä$$wort-of-the-foundation"


def key() -> SecretStr:
    return SecretStr(base64.standard_b64encode(secrets.token_bytes(32)).decode())


def test_what_is_sealed_opens_again_and_shows_nothing() -> None:
    """INVARIANT: a sealed secret holds nothing readable, and no two look alike."""
    vault = Vault([key()])
    sealed = [vault.seal(TEXT) for _ in range(2)]
    assert sealed[0] != sealed[1]
    for one in sealed:
        assert TEXT.encode() not in one
        assert vault.open(one) == TEXT


def test_keys_rotate_step_by_step() -> None:
    old, new = key(), key()
    sealed = Vault([old]).seal(TEXT)
    both = Vault([new, old])
    assert both.open(sealed) == TEXT
    again = both.resealed(sealed)
    assert again is not None
    assert Vault([new]).open(again) == TEXT
    assert both.resealed(again) is None


def test_a_foreign_key_or_a_changed_byte_is_told_in_a_sentence_without_secrets() -> None:
    sealed, foreign = Vault([key()]).seal(TEXT), key()
    for vault, damaged in (
        (Vault([foreign]), sealed),
        (Vault([foreign]), Vault([foreign]).seal(TEXT)[:-2] + b"xx"),
    ):
        with pytest.raises(WrongKey, match="put that key back") as refused:
            vault.open(damaged)
        assert foreign.get_secret_value() not in str(refused.value)
        with pytest.raises(WrongKey):
            vault.resealed(damaged)


@pytest.mark.parametrize("bad", ["short", "ü" * 44, base64.b64encode(b"x" * 31).decode()])
def test_a_key_that_is_none_is_told_by_its_place(bad: str) -> None:
    with pytest.raises(WrongKey, match="key 2 in SECRET_KEYS is no key") as refused:
        Vault([key(), SecretStr(bad)])
    assert bad not in str(refused.value)


def test_without_a_key_there_is_no_vault() -> None:
    with pytest.raises(CannotStart, match="SECRET_KEYS is missing"):
        Vault([])


def test_keys_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = key(), key()
    listed = f"{first.get_secret_value()}, {second.get_secret_value()}"
    monkeypatch.setenv("SECRET_KEYS", listed)
    settings = Settings(_env_file=None)
    assert settings.secret_keys == (first, second)
    assert first.get_secret_value() not in repr(settings)
