"""Codes as authenticator apps make them."""

import base64
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import pytest

from services.kit import totp

SECRET = base64.b32encode(b"12345678901234567890").decode()


@pytest.mark.parametrize(
    ("seconds", "code"),
    [
        (59, "287082"),
        (1111111109, "081804"),
        (1111111111, "050471"),
        (1234567890, "005924"),
        (2000000000, "279037"),
        (20000000000, "353130"),
    ],
)
def test_the_codes_are_those_of_the_standard(seconds: int, code: str) -> None:
    """The last six digits of the test vectors of RFC 6238, appendix B, for SHA-1."""
    now = datetime.fromtimestamp(seconds, UTC)
    assert totp.code_of(SECRET, totp.step_of(now)) == code
    assert totp.matching_step(SECRET, f" {code[:3]} {code[3:]}", now, after=0) is not None


def test_a_code_counts_a_step_early_or_late_and_never_twice() -> None:
    """INVARIANT: a code that was used, and every older one, opens nothing."""
    now = datetime.fromtimestamp(2_000_000_000, UTC)
    step = totp.step_of(now)
    codes = {at: totp.code_of(SECRET, step + at) for at in (-2, -1, 0, 1, 2)}
    found = [totp.matching_step(SECRET, code, now, after=0) for code in codes.values()]
    assert found == [None, step - 1, step, step + 1, None]
    assert totp.matching_step(SECRET, codes[0], now, after=step) is None
    assert totp.matching_step(SECRET, codes[-1], now, after=step) is None
    assert totp.matching_step(SECRET, codes[1], now, after=step) == step + 1


@pytest.mark.parametrize("typed", ["", "12345", "1234567", "١٢٣٤٥٦", "abcdef", "\x00"])
def test_what_is_no_code_is_refused(typed: str) -> None:
    now = datetime.fromtimestamp(59, UTC)
    assert totp.matching_step(SECRET, typed, now, after=0) is None


def test_an_app_reads_secret_and_names_from_the_address() -> None:
    parts = urlsplit(totp.address(SECRET, issuer="Dialogwerk Süd & Co", account="Jule Berg"))
    assert (parts.scheme, parts.netloc) == ("otpauth", "totp")
    assert parse_qs(parts.query) == {"secret": [SECRET], "issuer": ["Dialogwerk Süd & Co"]}
    assert len(base64.b32decode(totp.new_secret())) == 20
