"""Colours that can be read: WCAG 2.2 AA, light and dark."""

import re
from itertools import product

import pytest

from services.review.view import STATIC

CSS = (STATIC / "desk.css").read_text()
TEXTS = [
    *product(("ink", "soft"), ("ground", "surface", "sunken")),
    *product(("ink",), ("accent-soft", "warn-soft", "danger-soft")),
    *product(("accent", "danger", "warn"), ("surface",)),
    ("accent", "ground"), ("accent", "accent-soft"), ("warn", "warn-soft"),
    ("danger", "danger-soft"), ("accent-ink", "accent"), ("surface", "danger"),
    ("surface", "ink"), ("mark-ink", "mark"), ("soft", "danger-soft"), ("soft", "warn-soft"),
    ("soft", "accent-soft"), ("ink", "line"),
    *product(("urgent", "answer", "acknowledge", "discuss", "rest"), ("surface", "sunken")),
]  # fmt: skip
BORDERS = [("edge", "surface"), ("edge", "ground"), ("accent", "surface"), ("accent", "ground")]


def colours(scheme: str) -> dict[str, str]:
    blocks = re.findall(r":root \{(.*?)\}", CSS, re.DOTALL)
    light = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6})", blocks[0]))
    return (
        light | dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6})", blocks[1]))
        if scheme == "dark"
        else light
    )


def luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(first: str, second: str) -> float:
    darker, lighter = sorted((luminance(first), luminance(second)))
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_texts_and_borders_stand_out(scheme: str) -> None:
    named = colours(scheme)
    weak = [
        (over, under, round(contrast(named[over], named[under]), 2))
        for pairs, least in ((TEXTS, 4.5), (BORDERS, 3.0))
        for over, under in pairs
        if contrast(named[over], named[under]) < least
    ]
    assert weak == []
