"""The organisation's own sign-in as it is set up: provider, policy, and the name on the button."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.kit.oidc.metadata import is_confidential
from services.kit.oidc.provider import Provider, Registration
from services.kit.oidc.web import Ask
from services.kit.service import CannotStart
from services.kit.settings import Settings
from services.review.joining import Policy
from services.review.rights import ROLES
from services.store.accounts import Role

BEGIN = "/sign-in/provider"
RETURN = f"{BEGIN}/return"
LOGOUT = f"{BEGIN}/logout"
LEFT = f"{BEGIN}/left"


@dataclass(frozen=True)
class Entrance:
    """A way in through the organisation's provider."""

    provider: Provider
    policy: Policy
    name: str
    back: str
    """Where the provider leads people after they signed out there."""


def open_entrance(settings: Settings, ask: Ask) -> Entrance | None:
    """Return the way in, None when none is set up; nothing is asked yet. Raises CannotStart."""
    if not settings.oidc_issuer:
        if not settings.password_sign_in:
            raise CannotStart("PASSWORD_SIGN_IN=false needs OIDC_ISSUER: nobody could sign in")
        return None
    if not is_confidential(settings.oidc_issuer):
        raise CannotStart("OIDC_ISSUER has to begin with https:// (http:// on this machine only)")
    if not settings.oidc_client_id:
        raise CannotStart("OIDC_ISSUER needs OIDC_CLIENT_ID, as the provider calls the desk")
    if not settings.public_url:
        raise CannotStart("OIDC_ISSUER needs PUBLIC_URL, to which the provider sends people back")
    if "openid" not in settings.oidc_scopes.split():
        raise CannotStart("OIDC_SCOPES needs openid")
    root = settings.public_url.rstrip("/")
    registration = Registration(
        settings.oidc_issuer, settings.oidc_client_id, settings.oidc_client_secret,
        settings.oidc_scopes, f"{root}{RETURN}",
    )  # fmt: skip
    policy = Policy(
        settings.oidc_verified_claim, settings.oidc_role_claim, read_roles(settings.oidc_roles),
        frozenset(settings.oidc_second_factor),
    )  # fmt: skip
    name = settings.oidc_name or settings.organisation
    return Entrance(Provider(registration, ask), policy, name, f"{root}/sign-in")


def read_roles(pairs: Sequence[str]) -> Sequence[tuple[Role, str]]:
    """Return `role=value` pairs in their order; raises CannotStart for one that is none."""
    found: list[tuple[Role, str]] = []
    for pair in pairs:
        given, _, value = (part.strip() for part in pair.partition("="))
        role = next((role for role in ROLES if role == given), None)
        if role is None or not value:
            raise CannotStart(f"OIDC_ROLES: {pair!r} is not role=value; roles: {', '.join(ROLES)}")
        found.append((role, value))
    return found
