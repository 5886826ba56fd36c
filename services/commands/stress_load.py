"""What a stress run offers: how many comments when, of which kind, as which events. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from random import Random
from typing import get_args

from schemas.comments import Lane
from schemas.inbound import InboundEvent
from services.demo import sample
from services.kit.pseudonym import long_key

NETWORK = "sandbox"
THREADS = 40
LANES: tuple[Lane, ...] = get_args(Lane)


class UnfitLoad(ValueError):
    """What was asked for makes no sense; the message is the sentence a person needs."""


@dataclass(frozen=True)
class Load:
    """Comments a second over a time in seconds, and extra ones all at once every so often."""

    rate: float
    duration: float
    burst: int = 0
    burst_every: float = 0.0

    def moments(self) -> Iterator[float]:
        """Yield when each comment is offered, in seconds from the start, in order."""
        steady = [number / self.rate for number in range(int(self.rate * self.duration))]
        count = int(self.duration / self.burst_every) if self.burst_every > 0 else 0
        bursts = [self.burst_every * number for number in range(1, count + 1)] * self.burst
        yield from sorted(steady + bursts)


def read_mix(text: str) -> dict[Lane, float]:
    """Return the share of each lane in `answer=60,discuss=40`; empty: as in the sample world."""
    mix: dict[Lane, float] = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        name, _, weight = part.partition("=")
        lane = next((lane for lane in LANES if lane == name.strip()), None)
        if lane is None or not weight.strip().replace(".", "", 1).isdecimal():
            raise UnfitLoad(f"{part}: write LANE=WEIGHT with a lane of {', '.join(LANES)}")
        mix[lane] = float(weight)
    if mix and not sum(mix.values()):
        raise UnfitLoad("the weights of a mix must not all be 0")
    return mix


def texts_of(mix: Mapping[Lane, float], count: int, random: Random) -> list[str]:
    """Return so many comments of the sample world, drawn by the lane they should go to."""
    by_lane: dict[str, list[str]] = {}
    for one in sample.comments():
        if one["visibility"] == "public" and "own" not in one["expect"]["tags"]:
            by_lane.setdefault(one["expect"]["lane"], []).append(one["text"])
    weights = dict(mix) or {lane: len(by_lane[lane]) for lane in LANES if lane in by_lane}
    if lacking := [lane for lane in weights if lane not in by_lane]:
        raise UnfitLoad(f"the sample world has no comment for the lane {lacking[0]}")
    lanes = random.choices(list(weights), list(weights.values()), k=count)
    return [random.choice(by_lane[lane]) for lane in lanes]


@dataclass(frozen=True)
class Script:
    """The comments of one run; `name` keeps runs apart."""

    name: str
    texts: Sequence[str]

    def key(self, number: int) -> str:
        """Return the comment's key, as it goes through the house."""
        return long_key(NETWORK, self._native_id(number))

    def event(self, number: int, now: datetime, *, gone: bool = False) -> InboundEvent:
        """Return the event that a comment came in or, with `gone`, was deleted again."""
        native_id = self._native_id(number)
        data = {
            "network": NETWORK, "native_id": native_id, "revision": "1",
            "page": {"native_id": self.name, "name": "Stress", "relation": "own"},
            "root": {"native_id": f"{self.name}-r{number % THREADS}", "text": "Stress."},
            "author": {"native_id": f"{self.name}-a{number}", "display_name": f"Stress {number}"},
            "text": "" if gone else f"{self.texts[number]} [{number}]",
            "visibility": "public", "created_at": now,
        }  # fmt: skip
        kind = "deleted" if gone else "received"
        return InboundEvent.model_validate(
            {
                "id": f"{native_id}#{kind}", "source": f"stress:{self.name}",
                "type": f"comment.{kind}.v1", "time": now, "data": data,
            }
        )  # fmt: skip

    def _native_id(self, number: int) -> str:
        return f"{self.name}-{number}"
