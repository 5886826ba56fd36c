"""How a connection stands: ask it, and read faults out of what it tells."""

import asyncio
import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from pydantic import TypeAdapter, ValidationError

from services.networks.network import Diagnosis, Fault, FaultCode, Network, NetworkError

log = logging.getLogger(__name__)

PATIENCE = 60.0
"""Seconds for a network's whole answer."""
SOON = timedelta(days=14)
"""What ends within this time is told as a fault."""
BLOCKING: frozenset[FaultCode] = frozenset(
    {"unreachable", "token", "scope", "expired", "auth_header", "incompatible"}
)
"""With one of these nothing can be read or posted; a connection is not stored with it."""

_DIAGNOSIS = TypeAdapter(Diagnosis)


async def diagnose(network: Network, *, patience: float = PATIENCE) -> Diagnosis:
    """Ask a network how the connection stands; whatever goes wrong is a finding."""
    try:
        async with asyncio.timeout(patience):
            return await network.check()
    except TimeoutError:
        fault = Fault("unreachable", f"no answer within {patience:.0f} s")
    except NetworkError as error:
        fault = Fault("unreachable", str(error))
    except Exception as error:
        log.exception("%s cannot be checked", network.connection)
        fault = Fault("incompatible", type(error).__name__)
    return Diagnosis(None, network.capabilities, faults=[fault])


def findings(diagnosis: Diagnosis, now: datetime) -> Sequence[Fault]:
    """Return every fault: those the network told, and those that follow from its figures. Pure."""
    found = list(diagnosis.faults)
    told = {fault.code for fault in found}
    lacking = sorted(name for name, granted in diagnosis.permissions.items() if not granted)
    if lacking and "scope" not in told:
        found.append(Fault("scope", ", ".join(lacking)))
    if diagnosis.subscribed is False and "not_subscribed" not in told:
        found.append(Fault("not_subscribed"))
    for name, ends_at in sorted(diagnosis.expiries.items()):
        code: FaultCode = "expired" if ends_at <= now else "expiring"
        if ends_at <= now + SOON and code not in told:
            found.append(Fault(code, f"{name}: {ends_at.date()}"))
    budget = diagnosis.budget
    if budget and now < budget.resets_at and budget.used >= budget.of and "quota" not in told:
        found.append(Fault("quota"))
    return found


def to_json(diagnosis: Diagnosis) -> dict[str, Any]:
    """Return a diagnosis as JSON values, to be stored."""
    stored: dict[str, Any] = _DIAGNOSIS.dump_python(diagnosis, mode="json")
    return stored


def from_json(stored: dict[str, Any] | None) -> Diagnosis | None:
    """Return a stored diagnosis; None without one, or for one of another release."""
    if stored is None:
        return None
    try:
        return _DIAGNOSIS.validate_python(stored)
    except ValidationError as error:
        log.warning("a stored diagnosis cannot be read: %d faults", error.error_count())
        return None
