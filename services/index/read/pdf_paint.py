"""The geometry and the colors that PDF pages are painted with. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

Matrix = tuple[float, ...]
"""The six numbers of a transformation, as in PDF."""
Color = tuple[float, float, float]
"""Red, green and blue, 0 to 1."""

_SPACES = {1: b"g", 3: b"rg", 4: b"k"}
_BY_NAME = {
    "/DeviceGray": b"g", "/CalGray": b"g", "/G": b"g", "/DeviceRGB": b"rg", "/CalRGB": b"rg",
    "/RGB": b"rg", "/DeviceCMYK": b"k", "/CMYK": b"k",
}  # fmt: skip
_INKS = frozenset({"/Separation", "/DeviceN"})


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle on a page, in points."""

    left: float
    bottom: float
    right: float
    top: float

    def holds(self, point: tuple[float, float]) -> bool:
        x, y = point
        return self.left <= x <= self.right and self.bottom <= y <= self.top

    def within(self, other: "Box") -> "Box":
        """What both have in common; it holds nothing if they are apart."""
        return Box(
            max(self.left, other.left), max(self.bottom, other.bottom),
            min(self.right, other.right), min(self.top, other.top),
        )  # fmt: skip


def corners(points: Sequence[tuple[float, float]]) -> Box:
    """The smallest box around points."""
    across, up = [x for x, _ in points], [y for _, y in points]
    return Box(min(across), min(up), max(across), max(up))


def product(first: Matrix, then: Matrix) -> Matrix:
    """The transformation that does one after the other."""
    a, b, c, d, e, f = first
    g, h, i, j, k, m = then
    return (
        a * g + b * i, a * h + b * j, c * g + d * i, c * h + d * j,
        e * g + f * i + k, e * h + f * j + m,
    )  # fmt: skip


def moved(point: tuple[float, float], place: Matrix) -> tuple[float, float]:
    """Where a transformation puts a point."""
    there = product((1, 0, 0, 1, *point), place)
    return there[4], there[5]


def is_rectangle(path: Sequence[tuple[float, float]]) -> bool:
    """Whether a path has four corners and sides that run with the page."""
    return len(path) <= 5 and all(
        abs(a[0] - b[0]) < 1 or abs(a[1] - b[1]) < 1 for a, b in pairwise(path)
    )


def numbers(operands: Iterable[Any]) -> Matrix:
    """The numbers among operands; what a damaged file puts there besides is left out."""
    return tuple(float(one) for one in operands if isinstance(one, int | float))


def fill_color(operator: bytes, operands: Sequence[Any], space: Any) -> Color | None:
    """The color that an operator sets in a color space, None where it cannot be told.

    `cs` sets the space's first color, which is black for all but patterns.
    """
    name = str(space[0] if isinstance(space, list) and space else space)
    if operator == b"cs":
        return None if name == "/Pattern" else (0.0, 0.0, 0.0)
    parts = numbers(operands)
    if operator in (b"sc", b"scn"):
        if name in _INKS:
            return (1.0, 1.0, 1.0) if parts and not any(parts) else None
        known = name == "/ICCBased" or name in _BY_NAME
        operator = _BY_NAME.get(name, _SPACES.get(len(parts), b"")) if known else b""
    if operator == b"g" and len(parts) == 1:
        return parts[0], parts[0], parts[0]
    if operator == b"rg" and len(parts) == 3:
        return parts[0], parts[1], parts[2]
    if operator == b"k" and len(parts) == 4:
        cyan, magenta, yellow, black = parts
        lit = 1 - black
        return (1 - cyan) * lit, (1 - magenta) * lit, (1 - yellow) * lit
    return None
