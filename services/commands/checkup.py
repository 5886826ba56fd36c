"""How connections stand, in words for a terminal, for `dialogwerk networks check`."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from services.kit.db import Pool, transaction
from services.kit.vault import Vault
from services.networks.account_settings import UnfitSettings
from services.networks.connected import connect
from services.networks.doctor import diagnose, findings, to_json
from services.networks.network import Diagnosis
from services.review.labels import LABELS
from services.store.connection_states import ConnectionState, read_states, save_diagnosis
from services.store.connections import ConnectionBook, StoredConnection


async def check(pool: Pool, vault: Vault, only: str | None = None) -> tuple[list[str], bool] | None:
    """Ask the networks; return the lines to print and whether all is well, None for none found.

    What is found is stored for the desk as well.
    """
    book = ConnectionBook(pool, vault)
    chosen = [one for one in await book.read() if only in (None, one.connection)]
    if not chosen and only is not None:
        return None
    async with pool.connection() as connection:
        states = {state.connection: state for state in await read_states(connection)}
    found = await asyncio.gather(*(_examine(pool, book, one) for one in chosen))
    now = datetime.now(UTC)
    lines: list[str] = []
    well = True
    for one, diagnosis in zip(chosen, found, strict=True):
        lines += [""] if lines else []
        if isinstance(diagnosis, str):
            lines += [one.connection, _line("fault", diagnosis)]
        else:
            lines += told(one.connection, diagnosis, now, states.get(one.connection))
        well = well and isinstance(diagnosis, Diagnosis) and not findings(diagnosis, now)
    return lines, well


async def _examine(pool: Pool, book: ConnectionBook, one: StoredConnection) -> Diagnosis | str:
    """Return what the network says, or why it cannot be asked."""
    if one.trouble is not None:
        return one.trouble
    try:
        network = connect(one, book.keeper(one.connection, one.revision))
    except UnfitSettings as error:
        return f"{error}; change them with `dialogwerk networks set {one.connection}`"
    began_at = datetime.now(UTC)
    try:
        diagnosis = await diagnose(network)
    finally:
        await network.close()
    async with transaction(pool) as connection:
        await save_diagnosis(connection, one.connection, to_json(diagnosis), began_at)
    return diagnosis


def told(
    name: str, diagnosis: Diagnosis, now: datetime, state: ConnectionState | None = None
) -> Sequence[str]:
    """Return how a connection stands, a line for each thing. Pure."""
    lines = [f"{name} (paused)" if state is not None and state.paused else name]
    if diagnosis.signed_in_as or diagnosis.capabilities.reply_on_own_pages:
        lines += [_line("signed in as", diagnosis.signed_in_as or "nobody")]
    for permission, granted in diagnosis.permissions.items():
        lines += [_line("permission", f"{permission}: {'granted' if granted else 'MISSING'}")]
    subscribed = {None: "not needed", True: "active", False: "MISSING"}[diagnosis.subscribed]
    lines += [_line("subscription", subscribed)]
    if state is not None:
        seen = state.last_event_at
        lines += [_line("last event", f"{_span(now - seen)} ago" if seen else "none yet")]
    expiries = sorted(diagnosis.expiries.items(), key=lambda item: item[1])
    for what, at in expiries:
        left = f"in {_span(at - now)}" if at > now else f"{_span(now - at)} ago"
        lines += [_line("ends", f"{what} on {at.date()}, {left}")]
    lines += [] if expiries else [_line("ends", "nothing that we know of")]
    if budget := diagnosis.budget:
        until = f"{budget.resets_at:%Y-%m-%d %H:%M} UTC"
        lines += [_line("budget", f"{budget.used} of {budget.of} calls used, until {until}")]
    for fault in findings(diagnosis, now):
        lines += [_line("fault", LABELS[f"fault.{fault.code}"])]
        lines += [_line("", fault.detail)] if fault.detail else []
    return lines


def _line(what: str, text: str) -> str:
    return f"  {what:14s}{text}"


def _span(length: timedelta) -> str:
    """Return a length of time in its largest unit."""
    for unit, size in (("days", 86_400), ("hours", 3600), ("minutes", 60)):
        if (count := int(length.total_seconds() // size)) >= 2:
            return f"{count} {unit}"
    return f"{int(length.total_seconds())} seconds"
