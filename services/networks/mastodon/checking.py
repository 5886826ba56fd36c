"""Asks a server how a connection stands; what is wrong is a finding, not an exception."""

from collections.abc import Mapping

from services.networks.mastodon.client import MastodonClient
from services.networks.mastodon.entities import APPLICATION, RAW, RAW_LIST
from services.networks.mastodon.home import CAPABILITIES, Home, ask_home
from services.networks.mastodon.reading import find_account, find_if_allowed
from services.networks.mastodon.settings import MastodonSettings
from services.networks.mastodon.stream import NoStream, open_stream
from services.networks.network import Diagnosis, Fault, FaultCode, NetworkError, Refused

NEEDED = ("read:accounts", "read:statuses", "read:notifications", "read:follows", "write:statuses")
"""What the token must allow; `read` and `write` include their parts."""
_NOBODYS = "/api/v1/statuses/0"
"""A status that never exists: who may delete it is told 404, who may not 403."""


async def diagnose(
    client: MastodonClient, settings: MastodonSettings, *, patience: float
) -> Diagnosis:
    """Return who we are, what the token allows, and what keeps comments or replies away."""
    try:
        home = await ask_home(client)
    except NetworkError as error:
        return Diagnosis(None, CAPABILITIES, faults=[_fault_of(error)])
    faults: list[Fault] = []
    permissions: Mapping[str, bool] = {}
    try:
        permissions = await _permissions(client)
        missing = sorted(name for name, granted in permissions.items() if not granted)
        if missing:
            faults.append(Fault("scope", ", ".join(missing)))
        faults += await _filters(client)
        faults += await _unknown_pages(client, settings)
    except NetworkError as error:
        faults.append(_fault_of(error))
    faults += await _silence(home, settings, patience)
    return Diagnosis(
        f"@{home.me.acct}@{home.domain}", home.capabilities, permissions, faults=faults
    )


def _fault_of(error: NetworkError) -> Fault:
    code: FaultCode = "unreachable"
    if isinstance(error, Refused):
        code = error.code if error.code in ("token", "scope") else "incompatible"
    return Fault(code, str(error))


async def _permissions(client: MastodonClient) -> dict[str, bool]:
    """Return what is granted: as the server tells it, else as trying shows without a trace."""
    application = await find_if_allowed(client, "/api/v1/apps/verify_credentials", APPLICATION)
    if application is not None and application.scopes:
        granted = {*application.scopes}
        return {name: bool({name, name.partition(":")[0]} & granted) for name in NEEDED}
    newest = await find_if_allowed(client, "/api/v1/notifications", RAW_LIST, [("limit", "1")])
    return {"read:notifications": newest is not None, "write:statuses": await _may_write(client)}


async def _may_write(client: MastodonClient) -> bool:
    try:
        await client.delete(_NOBODYS)
    except Refused as error:
        return error.code not in ("scope", "token")
    return True


async def _filters(client: MastodonClient) -> list[Fault]:
    """Return which people's comments the server throws away before anybody can read them."""
    for path in ("/api/v2/notifications/policy", "/api/v1/notifications/policy"):
        policy = await find_if_allowed(client, path, RAW)
        if policy is not None:
            dropped = sorted(name for name, value in policy.items() if value == "drop")
            return [Fault("filtered", ", ".join(dropped))] if dropped else []
    return []


async def _unknown_pages(client: MastodonClient, settings: MastodonSettings) -> list[Fault]:
    return [
        Fault("not_subscribed", watched.account)
        for watched in settings.watch
        if await find_account(client, watched.account) is None
    ]


async def _silence(home: Home, settings: MastodonSettings, patience: float) -> list[Fault]:
    """Return why there is no stream; comments then come by polling, half a minute later."""
    if home.streaming is None:
        return [Fault("incompatible", "the server names no stream")]
    token = settings.token.get_secret_value()
    try:
        stream = await open_stream(
            home.streaming, token, wanted=lambda _: False, ping=patience, patience=patience
        )
    except NoStream as error:
        return [Fault("incompatible", str(error))]
    await stream.close()
    return []
