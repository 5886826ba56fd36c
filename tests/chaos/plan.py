"""Which faults happen when: drawn from a seed, so that a run can be told again. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

SERVICES = ("review", "ingest", "index", "route", "answer", "deliver", "outreach")
SERVERS = ("nats", "postgres")
STREAMS = ("comments", "drafts", "replies", "dead")
MODEL_MOODS = ("hangs", "garbage", "429", "500", "drops", "half")
NETWORK_FAULTS = ("accept_then_drop", "drop_before", "503", "429", "delay")
LED = ("comments", "drafts", "replies", "threads")
"""Streams whose leader is killed; something is published to each of them in every run."""
ALL_AT_ONCE = 0.25
"""Share of a service's kills that hit all its processes."""
META = "meta"
"""The node that leads the cluster itself: it alone makes and finds streams and consumers."""


@dataclass(frozen=True)
class Layout:
    """How the house stands: NATS servers, and processes of each service side by side."""

    nodes: int = 1
    instances: int = 1

    def processes(self, service: str) -> tuple[str, ...]:
        """Return the names of a service's processes."""
        if self.instances == 1:
            return (service,)
        return tuple(f"{service}.{number}" for number in range(1, self.instances + 1))

    @property
    def all_processes(self) -> tuple[str, ...]:
        return tuple(process for service in SERVICES for process in self.processes(service))

    @property
    def bus_servers(self) -> tuple[str, ...]:
        if self.nodes == 1:
            return ("nats",)
        return tuple(f"node{number}" for number in range(1, self.nodes + 1))


ALONE = Layout()


def service_of(process: str) -> str:
    """Return whose process it is."""
    return process.partition(".")[0]


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


def draw(seed: int, *, seconds: float, rounds: int = 1, layout: Layout = ALONE) -> list[Fault]:
    """Return the faults of a run in order of time; each round holds every kind at least once.

    A killer costs its service two lives and three witnesses theirs: one a run is enough.

    Delivery and the network are troubled early, because an outcome that nobody knows is looked
    for longest.
    """
    random = Random(seed)
    faults = [
        fault
        for number in range(rounds)
        for fault in _one_round(random, seconds * number / rounds, seconds / rounds, layout)
    ]
    faults.append(Fault("killer", "answer", random.uniform(0.1, 0.6) * seconds, 0.0))
    return sorted(faults, key=lambda fault: fault.at)


def _one_round(random: Random, begin: float, seconds: float, layout: Layout) -> Iterator[Fault]:
    def at() -> float:
        return begin + random.uniform(0.05, 1.0) * seconds

    def early() -> float:
        return begin + random.uniform(0.1, 0.6) * seconds

    for service in SERVICES:
        when = early() if service == "deliver" else at()
        yield Fault("kill", _whom(random, service, layout), when, random.uniform(0.0, 2.0))
    for server in SERVERS:
        when, lasts = at(), random.uniform(0.2, 3.0)
        if server == "nats" and layout.nodes > 1:
            yield Fault("kill", random.choice(layout.bus_servers), when, lasts)
            yield Fault("leader", random.choice(LED), at(), random.uniform(0.2, 3.0))
            yield Fault("leader", META, at(), random.uniform(0.2, 3.0))
            link = f"{random.choice(layout.all_processes)}-{random.choice(layout.bus_servers)}"
            yield Fault("cut", link, at(), random.uniform(0.5, 5.0))
        else:
            yield Fault("kill", server, when, lasts)
    for kind in ("cut", "hold", "slow"):
        link = f"{_one_of(random, random.choice(SERVICES), layout)}-{random.choice(SERVERS)}"
        yield Fault(kind, link, at(), random.uniform(0.5, 5.0), random.uniform(0.02, 0.25))
    cut = f"{_one_of(random, 'deliver', layout)}-{random.choice(SERVERS)}"
    yield Fault("cut", cut, early(), random.uniform(0.2, 2.0))
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


def _one_of(random: Random, service: str, layout: Layout) -> str:
    processes = layout.processes(service)
    return processes[0] if len(processes) == 1 else random.choice(processes)


def _whom(random: Random, service: str, layout: Layout) -> str:
    """Return one process of a service, or now and then the service, which means all of them."""
    if layout.instances > 1 and random.random() < ALL_AT_ONCE:
        return service
    return _one_of(random, service, layout)
