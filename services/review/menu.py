"""The figures that stand beside the menu's entries."""

from dataclasses import dataclass
from datetime import datetime

from services.kit.db import Connection
from services.networks.doctor import findings, from_json
from services.store.alarms import read_standing
from services.store.connection_states import read_diagnoses
from services.store.desk import Badges, read_badges
from services.store.radar_desk import count_trouble


@dataclass(frozen=True)
class Figures(Badges):
    """What waits at the desk, and how many connections, alarms and partners need a look."""

    faulty: int = 0
    alarms: int = 0
    sorrows: int = 0


async def read_figures(connection: Connection, now: datetime) -> Figures:
    """Return all figures of the menu; a paused connection is nobody's alarm."""
    badges = await read_badges(connection)
    diagnoses = [from_json(stored) for stored in await read_diagnoses(connection)]
    faulty = sum(1 for one in diagnoses if one is not None and findings(one, now))
    standing = await read_standing(connection)
    return Figures(
        **vars(badges), faulty=faulty, alarms=len(standing),
        sorrows=await count_trouble(connection),
    )  # fmt: skip
