"""What an OpenID provider says about itself, and which addresses it may name."""

from ipaddress import ip_address
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, ValidationError

from services.kit.oidc.faults import ProviderUnfit

WELL_KNOWN = "/.well-known/openid-configuration"


class Metadata(BaseModel):
    """The parts of a discovery document that we use (OpenID Connect Discovery 1.0, 3)."""

    model_config = ConfigDict(frozen=True)

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str | None = None
    end_session_endpoint: str | None = None
    token_endpoint_auth_methods_supported: tuple[str, ...] = ("client_secret_basic",)
    id_token_signing_alg_values_supported: tuple[str, ...] = ("RS256",)
    code_challenge_methods_supported: tuple[str, ...] = ()
    claims_supported: tuple[str, ...] = ()
    authorization_response_iss_parameter_supported: bool = False
    """RFC 9207: every answer names its issuer, so that one without is not the provider's."""
    backchannel_logout_supported: bool = False


def discovery_address(issuer: str) -> str:
    """Return where an issuer's discovery document stands."""
    return issuer.removesuffix("/") + WELL_KNOWN


def is_confidential(address: str) -> bool:
    """True for https with a host; http only where nothing leaves this machine."""
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
    except ValueError:
        return False
    if parts.scheme == "https":
        return bool(host)
    return parts.scheme == "http" and _is_loopback(host)


def read_metadata(document: object, issuer: str) -> Metadata:
    """Return a discovery document's content; raises ProviderUnfit.

    The issuer has to be named letter for letter, and nothing may lead out of https.
    """
    try:
        found = Metadata.model_validate(document)
    except ValidationError as error:
        names = ", ".join(
            sorted({str(fault["loc"][0]) for fault in error.errors() if fault["loc"]})
        )
        raise ProviderUnfit(f"its discovery document lacks or garbles {names or 'all'}") from error
    if found.issuer != issuer:
        raise ProviderUnfit(f"it calls itself {found.issuer!r}: set OIDC_ISSUER to exactly that")
    named = (
        found.authorization_endpoint, found.token_endpoint, found.jwks_uri,
        found.userinfo_endpoint, found.end_session_endpoint,
    )  # fmt: skip
    for address in named:
        if address is not None and not is_confidential(address):
            raise ProviderUnfit(f"it names an address without https: {address!r}")
    return found


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
