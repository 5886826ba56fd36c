"""Which faults happen when: drawn from a seed, so that a run can be told again. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

SERVICES = ("review", "ingest", "index", "route", "answer", "deliver")
SERVERS = ("nats", "postgres")
STREAMS = ("comments", "drafts", "replies", "dead")
MODEL_MOODS = ("hangs", "garbage", "429", "500", "drops", "half")
NETWORK_FAULTS = ("accept_then_drop", "drop_before", "503", "429", "delay")


@dataclass(frozen=True)
class Fault:
    """One thing that goes wrong: what, to whom, from when on, for how long (seconds)."""

    kind: str
    target: str
    at: float
    lasts: float
    amount: float = 0.0
    """Seconds of delay, or the number of requests that meet it."""

    def __str__(self) -> str:
        return f"{self.at:6.1f} s  {self.kind} {self.target} for {self.lasts:.1f} s"


def draw(seed: int, *, seconds: float, rounds: int = 1) -> list[Fault]:
    """Return the faults of a run in order of time; each round holds every kind at least once.

    Delivery and the network are troubled early, because an outcome that nobody knows is looked
    for longest.
    """
    random = Random(seed)
    faults = [
        fault
        for number in range(rounds)
        for fault in _one_round(random, seconds * number / rounds, seconds / rounds)
    ]
    return sorted(faults, key=lambda fault: fault.at)


def _one_round(random: Random, begin: float, seconds: float) -> Iterator[Fault]:
    def at() -> float:
        return begin + random.uniform(0.05, 1.0) * seconds

    def early() -> float:
        return begin + random.uniform(0.1, 0.6) * seconds

    for service in SERVICES:
        when = early() if service == "deliver" else at()
        yield Fault("kill", service, when, random.uniform(0.0, 2.0))
    for server in SERVERS:
        yield Fault("kill", server, at(), random.uniform(0.2, 3.0))
    for kind in ("cut", "hold", "slow"):
        link = f"{random.choice(SERVICES)}-{random.choice(SERVERS)}"
        yield Fault(kind, link, at(), random.uniform(0.5, 5.0), random.uniform(0.02, 0.25))
    yield Fault("cut", f"deliver-{random.choice(SERVERS)}", early(), random.uniform(0.2, 2.0))
    yield Fault("full", random.choice(STREAMS[:2]), at(), random.uniform(1.0, 6.0))
    yield Fault("full", random.choice(STREAMS[2:]), at(), random.uniform(1.0, 6.0))
    for mood in random.sample(MODEL_MOODS, 3):
        yield Fault("model", mood, at(), random.uniform(1.0, 5.0))
    yield Fault("network", "accept_then_drop", early(), 0.0, random.randint(1, 4))
    for fault in random.sample(NETWORK_FAULTS, 3):
        yield Fault("network", fault, early(), 0.0, random.randint(1, 5))
    yield Fault("listening", random.choice(("drop_before", "503")), at(), 0.0, random.randint(1, 3))
    yield Fault("reading", random.choice(("drop_before", "503")), early(), 0.0, 2)
    yield Fault("poison", "bus", at(), 0.0, random.randint(2, 5))
