"""How often the rules would alarm or put to rest, for each group of labelled comments."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from services.route.decide import Reading, decide
from services.route.measure import share
from services.route.table import Row


def alarms(
    rows: Sequence[Row], readings: Sequence[Reading], at_recall_of: str | None = None
) -> dict[str, Any]:
    """Count for each group what the rules would do; all figures with intervals.

    `at_recall_of` names a group: its upper half by attack times offence, the two heads that put a
    comment to rest, sets the bar for how many of each group would be flagged with it.
    """
    verdicts = [decide(reading) for reading in readings]
    groups = sorted({row.label or "" for row in rows})
    hostility = np.array([one.said.kinds["attack"] * one.said.offence for one in readings])
    cut = None
    if at_recall_of is not None:
        members = [row.label == at_recall_of for row in rows]
        cut = float(np.median(hostility[members]))
    found: dict[str, Any] = {}
    for name in ["", *[group for group in groups if group]]:
        chosen = [i for i, row in enumerate(rows) if not name or row.label == name]
        counts = {
            "alarmed": sum(verdicts[i].kind == "threat" for i in chosen),
            "helped": sum(verdicts[i].kind == "help" for i in chosen),
            "muted": 0,
            "rests": sum(verdicts[i].lane == "rest" for i in chosen),
            "read_as_attack": sum(verdicts[i].kind == "attack" for i in chosen),
        }
        if cut is not None:
            counts["above_half_recall"] = int((hostility[chosen] >= cut).sum())
        shares = {key: asdict(share(count, len(chosen))) for key, count in counts.items()}
        found[name or "all"] = {"rows": len(chosen), **shares}
    return {
        "groups": found, "half_recall_of": at_recall_of, "cut": cut,
        "note": "One comment alone never mutes anything: a mute needs a thread's behaviour.",
    }  # fmt: skip
