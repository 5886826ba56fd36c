"""`dialogwerk oidc check`: whether the organisation's own sign-in and our settings fit together."""

from collections.abc import AsyncIterator

import typer

from services.commands.finding import Finding
from services.commands.shell import Say, load, run, say
from services.kit.oidc.faults import CodeVoid, ProviderFault
from services.kit.oidc.metadata import Metadata
from services.kit.oidc.provider import Provider
from services.kit.oidc.tokens import SIGNED_WITH
from services.kit.oidc.web import Ask
from services.kit.settings import Settings
from services.review.entrance import LOGOUT, Entrance, open_entrance

oidc_app = typer.Typer(help="The organisation's own sign-in.", no_args_is_help=True)
MADE_UP = "a made-up code"
"""A provider that knows the client calls this code void; one that does not, says so first."""


@oidc_app.callback()
def oidc() -> None:
    """The organisation's own sign-in."""


@oidc_app.command("check")
def oidc_check() -> None:
    """Ask the provider what it can do and whether it knows us; exit with 1 when that fails."""
    raise typer.Exit(run(check(load(), say)))


async def check(settings: Settings, say: Say) -> int:
    """Print what is found; return 1 when nobody could sign in."""
    ask = Ask()
    entrance = open_entrance(settings, ask)
    if entrance is None:
        say("No provider is set up: set OIDC_ISSUER, OIDC_CLIENT_ID and PUBLIC_URL.")
        return 1
    good = True
    try:
        async for finding in findings(entrance):
            say(finding.line())
            good = good and finding.ok is not False
    finally:
        await ask.close()
    for line in to_enter(entrance, settings):
        say(line)
    return 0 if good else 1


async def findings(entrance: Entrance) -> AsyncIterator[Finding]:
    """Yield what is found out; ends early when the provider does not answer."""
    provider = entrance.provider
    try:
        metadata = await provider.metadata()
    except ProviderFault as error:
        yield Finding("provider", ok=False, text=f"{provider.at.issuer}: {error}")
        return
    yield Finding("provider", ok=True, text=metadata.issuer)
    yield await _client(provider)
    yield await _keys(provider, metadata)
    yield _noted("PKCE", "S256" in metadata.code_challenge_methods_supported, "S256")
    named = metadata.authorization_response_iss_parameter_supported
    yield _noted("answers", named, "name their issuer (RFC 9207)")
    yield _claims(entrance, metadata)
    yield _noted("signing out", metadata.end_session_endpoint is not None, "can be ended from here")
    yield _noted("back channel", metadata.backchannel_logout_supported, "can end our sessions")


def to_enter(entrance: Entrance, settings: Settings) -> list[str]:
    """Return what is to be entered at the provider, and what is made of its claims."""
    policy = entrance.policy
    lines = [
        "", "To enter at the provider:",
        f"    redirect URI              {entrance.provider.at.redirect_uri}",
        f"    after signing out         {entrance.back}",
        f"    back-channel logout       {settings.public_url.rstrip('/')}{LOGOUT}",
        "", f"Accounts are joined by `email` when `{policy.verified_claim}` is true.",
    ]  # fmt: skip
    if not policy.gives_roles:
        return [*lines, "Accounts have to exist; roles are given at the desk."]
    lines += [f"Roles come from `{policy.role_claim}`, the first that fits:"]
    return lines + [f"    {value} -> {role}" for role, value in policy.roles]


async def _client(provider: Provider) -> Finding:
    try:
        await provider.exchange(MADE_UP, MADE_UP)
    except CodeVoid:
        return Finding("client", ok=True, text="it knows our client id and secret")
    except ProviderFault as error:
        return Finding("client", ok=False, text=str(error))
    return Finding("client", ok=False, text="it takes a code that is made up")


async def _keys(provider: Provider, metadata: Metadata) -> Finding:
    usable = SIGNED_WITH.intersection(metadata.id_token_signing_alg_values_supported)
    try:
        keys = await provider.keys()
    except ProviderFault as error:
        return Finding("signatures", ok=False, text=str(error))
    text = f"{', '.join(sorted(usable)) or 'none that we accept'}; {len(keys)} keys"
    return Finding("signatures", bool(usable and keys), text)


def _claims(entrance: Entrance, metadata: Metadata) -> Finding:
    announced = metadata.claims_supported
    lacking = [name for name in entrance.policy.wanted if announced and name not in announced]
    if lacking:
        return Finding("claims", ok=None, text=f"not announced: {', '.join(lacking)}")
    return Finding("claims", ok=None, text=f"needed: {', '.join(entrance.policy.wanted)}")


def _noted(name: str, announced: bool, what: str) -> Finding:
    """Return a finding about something that we do without where it is not announced."""
    return Finding(name, True if announced else None, what if announced else "not announced")
