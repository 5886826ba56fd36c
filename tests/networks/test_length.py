"""Lengths in each platform's own unit."""

from dataclasses import replace

import pytest

from services.networks.length import fits, measure
from services.networks.network import LengthUnit
from services.networks.places import ELSEWHERE

FAMILY = "👨‍👩‍👧‍👦"


@pytest.mark.parametrize(
    ("unit", "text", "length"),
    [
        ("character", "Grüße 🌳", 7),
        ("character", FAMILY, 7),
        ("grapheme", FAMILY, 1),
        ("grapheme", "e\u0301a\u0308", 2),
        ("grapheme", "🇩🇪🇺🇦", 2),
        ("byte", "Grüße", 7),
    ],
)
def test_a_text_is_as_long_as_its_platform_counts(unit: LengthUnit, text: str, length: int) -> None:
    assert measure(text, replace(ELSEWHERE, length_unit=unit)) == length


def test_every_web_address_counts_the_same_where_the_platform_says_so() -> None:
    rule = replace(ELSEWHERE, url_length=23)
    address = "https://www.stiftung.example/" + "x" * 200
    assert measure(f"Hier: {address} und {address}.", rule) == len("Hier:  und ") + 46
    assert measure("Hier: http://a.de", rule) == len("Hier: ") + 23


def test_the_second_limit_in_bytes_counts_as_well() -> None:
    rule = replace(ELSEWHERE, max_length=300, length_unit="grapheme", max_bytes=3000)
    assert fits(FAMILY * 100, rule)
    assert not fits(FAMILY * 121, rule)
    assert not fits("a" * 301, rule)
