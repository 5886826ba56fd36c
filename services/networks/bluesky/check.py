"""Asks a connection's servers how it stands."""

import time

from services.networks.bluesky.account import Account
from services.networks.bluesky.firehose import FutureCursor, open_firehose
from services.networks.bluesky.outcome import trouble
from services.networks.bluesky.posting import resolve_handle
from services.networks.bluesky.settings import BlueskySettings
from services.networks.network import (
    Capabilities,
    Diagnosis,
    Fault,
    NetworkError,
    Refused,
    Temporary,
)


async def examine(
    account: Account, settings: BlueskySettings, capabilities: Capabilities, *, patience: float
) -> Diagnosis:
    """Return what was found, faults included."""
    try:
        said = await account.get("com.atproto.server.getSession", {})
        if not said.is_success:
            raise trouble(said, now=time.time(), writing=False)
        handle = str(said.body.get("handle", ""))
    except NetworkError as error:
        return Diagnosis(None, capabilities, faults=[_fault(error)])
    faults: list[Fault] = []
    if said.body.get("active") is False:
        faults.append(Fault("token", f"the account is {said.body.get('status', 'not active')}"))
    faults += await _view(account, settings)
    faults += await _stream(settings, patience=patience)
    faults += await _watched(account, settings)
    return Diagnosis(handle, capabilities, faults=faults)


async def _view(account: Account, settings: BlueskySettings) -> list[Fault]:
    """Look at the AppView; a PDS with a stream of its own does without."""
    try:
        said = await account.get("app.bsky.notification.listNotifications", {"limit": 1})
    except NetworkError as error:
        return [_fault(error)]
    if said.is_success or (said.lacks_view and settings.firehose is not None):
        return []
    if said.lacks_view:
        return [Fault("unreachable", f"the AppView does not answer: {said.message}"[:300])]
    return [_fault(trouble(said, now=time.time(), writing=False))]


async def _stream(settings: BlueskySettings, *, patience: float) -> list[Fault]:
    if settings.firehose is None:
        return []
    try:
        async with open_firehose(
            settings.firehose, None, patience=patience, ping=patience
        ) as stream:
            await stream.next(0.0)
    except (Temporary, FutureCursor) as error:
        return [Fault("unreachable", str(error))]
    return []


async def _watched(account: Account, settings: BlueskySettings) -> list[Fault]:
    faults: list[Fault] = []
    for watched in settings.watch:
        try:
            did = await resolve_handle(account, watched.account)
        except NetworkError as error:
            return [*faults, _fault(error)]
        if did is None:
            faults.append(Fault("not_subscribed", f"nobody is called {watched.account}"))
    return faults


def _fault(error: NetworkError) -> Fault:
    if isinstance(error, Refused):
        return Fault("scope" if error.code == "scope" else "token", str(error))
    return Fault("unreachable", str(error))
