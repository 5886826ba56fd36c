"""Draw what is said against what is so, as SVG."""

import json
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Annotated

import typer

from services.commands.shell import fail, say

COLOURS = ("#1b6e8c", "#b4531f", "#4a7a2b", "#7a3b8f")
SIDE, LEFT, TOP = 300, 56, 18

Curve = Sequence[Mapping[str, float]]


def draw(curves: Mapping[str, Curve]) -> str:
    """Return the picture as SVG; the diagonal is perfect honesty."""

    def at(said: float, found: float) -> str:
        return f"{LEFT + SIDE * said:.1f},{TOP + SIDE * (1 - found):.1f}"

    parts = [
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {LEFT + SIDE + 190} '
            f'{TOP + SIDE + 52}" font-family="sans-serif" font-size="12" role="img">'
        ),
        "<title>What is said against how often it is so</title>",
        f'<rect x="{LEFT}" y="{TOP}" width="{SIDE}" height="{SIDE}" fill="#fff" stroke="#888"/>',
        f'<polyline points="{at(0, 0)} {at(1, 1)}" stroke="#999" stroke-dasharray="4 4"/>',
    ]
    for tick in (0, 0.25, 0.5, 0.75, 1):
        x, y = LEFT + SIDE * tick, TOP + SIDE * (1 - tick)
        parts.append(f'<text x="{x:.0f}" y="{TOP + SIDE + 16}" text-anchor="middle">{tick}</text>')
        parts.append(f'<text x="{LEFT - 6}" y="{y + 4:.0f}" text-anchor="end">{tick}</text>')
    middle = TOP + SIDE / 2
    parts.append(
        f'<text x="{LEFT + SIDE / 2}" y="{TOP + SIDE + 38}" text-anchor="middle">said</text>'
    )
    parts.append(
        f'<text x="14" y="{middle}" text-anchor="middle" transform="rotate(-90 14 {middle})">'
        "so</text>"
    )
    for number, (name, curve) in enumerate(curves.items()):
        colour = COLOURS[number % len(COLOURS)]
        points = [at(one["said"], one["found"]) for one in curve]
        parts.append(
            f'<polyline points="{" ".join(points)}" fill="none" stroke="{colour}"'
            ' stroke-width="2"/>'
        )
        for point in points:
            across, down = point.split(",")
            parts.append(f'<circle cx="{across}" cy="{down}" r="3" fill="{colour}"/>')
        y = TOP + 16 + 20 * number
        parts.append(f'<text x="{LEFT + SIDE + 14}" y="{y}" fill="{colour}">{escape(name)}</text>')
    return "\n".join([*parts, "</svg>", ""])


def eval_curve(
    out: Annotated[Path, typer.Argument(help="The picture to write.")],
    named: Annotated[
        list[str], typer.Argument(help="NAME=FILE; the file is what `sorting --json` wrote.")
    ],
) -> None:
    """Draw reliability curves of measured sortings as an SVG picture."""
    curves = {}
    for one in named:
        name, _, file = one.partition("=")
        try:
            curves[name] = json.loads(Path(file).read_text(encoding="utf-8"))["reliability"]
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise fail(f"{file or one} holds no measured sorting") from error
    try:
        out.write_text(draw(curves), encoding="utf-8")
    except OSError as error:
        raise fail(f"{out} cannot be written: {error.strerror}") from error
    say(f"{len(curves)} curves are drawn")
