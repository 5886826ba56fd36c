"""Chooses where one passage ends and the next begins."""

from collections.abc import Iterator, Sequence
from math import inf

from services.index.units import Unit, weight

_MOST_UNITS = 80


def pack(units: Sequence[Unit], *, target: float, room: float) -> Iterator[Sequence[Unit]]:
    """Divide the units of a section, in order, so that the whole costs least.

    A passage costs the square of how far its weight is from `target`, and what its first unit's
    border costs; none of several units is heavier than `room`.
    """
    weights = [weight(unit.before + unit.text) for unit in units]
    leads = [weight(unit.lead) for unit in units]
    cheapest = [0.0] + [inf] * len(units)
    begins = [0] * (len(units) + 1)
    for end in range(1, len(units) + 1):
        total = 0.0
        for begin in range(end - 1, max(end - _MOST_UNITS, 0) - 1, -1):
            total += weights[begin]
            if total > room and begin < end - 1:
                break
            size = min(total + leads[begin], max(room, total))
            border = units[begin].border if begin else 0.0
            cost = cheapest[begin] + border + ((size - target) / target) ** 2
            if cost < cheapest[end]:
                cheapest[end], begins[end] = cost, begin
    borders = [len(units)]
    while borders[-1]:
        borders.append(begins[borders[-1]])
    for end, begin in zip(reversed(borders[:-1]), reversed(borders[1:]), strict=True):
        yield units[begin:end]
