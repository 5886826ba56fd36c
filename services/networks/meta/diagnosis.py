"""How a connection to Meta stands: who we are, what we may, who calls us, what ends when."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.networks.meta.graph import Graph, rows_of
from services.networks.meta.settings import MetaApp
from services.networks.meta.token import Token, ask_for_token, token_of
from services.networks.meta.versions import expiry_of
from services.networks.network import (
    Capabilities,
    Diagnosis,
    Fault,
    FaultCode,
    NetworkError,
    Refused,
)

WARN_BEFORE = timedelta(days=30)


@dataclass(frozen=True)
class Subject:
    """What is looked at: an object that must be readable, and what it needs."""

    own_id: str
    name_field: str
    page_id: str
    """The Page at which Meta's calls are subscribed."""
    kind: str
    field: str
    """Object and field to which the app must be subscribed, e.g. `page` and `feed`."""
    permissions: Sequence[str]
    as_page: bool = False
    """Whether the token must be the Page's own: replies are written in its name."""


async def diagnose(
    graph: Graph, app: MetaApp, subject: Subject, capabilities: Capabilities, now: datetime
) -> Diagnosis:
    """Ask Meta in four calls; each one that fails is a fault, and the others are still asked."""
    faults: list[Fault] = []
    signed_in_as = await _name(graph, subject, faults)
    token = await _token(graph, app, subject, faults)
    permissions = {one: one in token.scopes for one in subject.permissions} if token else {}
    faults += [Fault("scope", name) for name, given in permissions.items() if not given]
    subscribed = await _subscribed(graph, app, subject, faults)
    expiries = dict(token.expiries) if token else {}
    if (version_ends := expiry_of(app.graph_version)) is not None:
        expiries["graph_version"] = version_ends
    return Diagnosis(
        signed_in_as,
        capabilities,
        permissions=permissions,
        subscribed=subscribed,
        expiries=expiries,
        faults=[*faults, *_ending(expiries, now)],
    )


async def _name(graph: Graph, subject: Subject, faults: list[Fault]) -> str | None:
    try:
        said = await graph.get(subject.own_id, fields=f"id,{subject.name_field}")
    except NetworkError as error:
        faults.append(_fault(error))
        return None
    return str(said.get(subject.name_field) or subject.own_id)


async def _token(graph: Graph, app: MetaApp, subject: Subject, faults: list[Fault]) -> Token | None:
    try:
        token = token_of(await ask_for_token(graph, app))
    except NetworkError as error:
        faults.append(_fault(error))
        return None
    if not token.is_valid:
        faults.append(Fault("token", "Meta says that the access token is no longer valid"))
    elif token.app_id not in {None, app.app_id}:
        faults.append(Fault("token", "the access token belongs to another app"))
    elif token.profile_id not in {None, subject.page_id}:
        faults.append(Fault("token", "the access token belongs to another Page"))
    elif subject.as_page and token.kind not in {None, "PAGE"}:
        faults.append(Fault("token", f"a Page access token is needed, this one is {token.kind}"))
    return token


async def _subscribed(
    graph: Graph, app: MetaApp, subject: Subject, faults: list[Fault]
) -> bool | None:
    """Return whether Meta will call: the app must listen, and be installed on the Page.

    A token that is not the Page's own may not ask the Page; for Instagram that is no fault.
    """
    heard = await _app_listens(graph, app, subject, faults)
    try:
        said = await graph.get(f"{subject.page_id}/subscribed_apps")
    except NetworkError as error:
        if subject.as_page or not isinstance(error, Refused):
            faults.append(_fault(error))
        return False if heard is False else None
    ours = [row for row in rows_of(said) if str(row.get("id")) == app.app_id]
    fields = {str(field) for row in ours for field in row.get("subscribed_fields") or ()}
    if ours and (not subject.as_page or subject.field in fields):
        return heard
    wanted = f"subscribed_fields={subject.field if subject.as_page else 'feed'}"
    faults.append(Fault("not_subscribed", f"POST /{subject.page_id}/subscribed_apps?{wanted}"))
    return False


async def _app_listens(
    graph: Graph, app: MetaApp, subject: Subject, faults: list[Fault]
) -> bool | None:
    try:
        said = await graph.as_app(f"{app.app_id}/subscriptions")
    except NetworkError as error:
        faults.append(_fault(error))
        return None
    for row in rows_of(said):
        fields = [one for one in row.get("fields") or () if isinstance(one, dict)]
        named = {str(one.get("name")) for one in fields}
        if row.get("object") == subject.kind and row.get("active") and subject.field in named:
            return True
    faults.append(
        Fault("not_subscribed", f"Webhooks of the app: {subject.kind} -> {subject.field}")
    )
    return False


def _ending(expiries: Mapping[str, datetime], now: datetime) -> list[Fault]:
    faults: list[Fault] = []
    for name, moment in expiries.items():
        if moment <= now:
            faults.append(Fault("expired", f"{name}: {moment.date()}"))
        elif moment <= now + WARN_BEFORE:
            faults.append(Fault("expiring", f"{name}: {moment.date()}"))
    return faults


def _fault(error: NetworkError) -> Fault:
    code: FaultCode = "unreachable"
    if isinstance(error, Refused):
        code = "token" if error.code == "token" else "scope"
    return Fault(code, str(error))
