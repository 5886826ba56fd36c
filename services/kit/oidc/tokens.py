"""Checks of what a provider signs: ID tokens and logout tokens. No I/O; the clock is PyJWT's."""

import hmac
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import jwt
from jwt import PyJWK, PyJWTError

from services.kit.oidc.faults import ProviderUnfit, UnknownKey, Untrusted

SIGNED_WITH = frozenset(
    {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"}
)
"""Only with keys of which we hold the public half: no `none`, and no shared secret."""
KEY_TYPES = ("RSA", "EC", "OKP")
LOGOUT = "http://schemas.openid.net/event/backchannel-logout"
LEEWAY = 60.0
"""Seconds by which the clocks may differ."""
MAX_SUBJECT = 255

Claims = Mapping[str, Any]
Key = Mapping[str, Any]


@dataclass(frozen=True)
class Party:
    """Who signs, and for whom."""

    issuer: str
    client_id: str
    algorithms: Collection[str]
    """What the provider says it signs with."""


@dataclass(frozen=True)
class LoggedOut:
    """Whose sessions end: those of one sign-in at the provider, or all of a subject."""

    subject: str | None
    sid: str | None


def read_keys(document: object) -> Sequence[Key]:
    """Return the public keys of a JWK Set that are for signatures; raises ProviderUnfit."""
    keys = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(keys, list):
        raise ProviderUnfit("its key set is none")
    return [
        key
        for key in keys
        if isinstance(key, dict) and key.get("kty") in KEY_TYPES and key.get("use", "sig") == "sig"
    ]


def read_id_token(token: str, keys: Sequence[Key], party: Party, nonce: str) -> Claims:
    """Return the claims of an ID token that is for us and answers this request.

    Raises Untrusted, or UnknownKey (OpenID Connect Core 1.0, 3.1.3.7).
    """
    claims = _verified(token, keys, party, ("iss", "sub", "aud", "exp", "iat"))
    said = claims.get("nonce")
    if not isinstance(said, str) or not hmac.compare_digest(said.encode(), nonce.encode()):
        raise Untrusted("nonce")
    _check_subject(claims)
    return claims


def read_logout_token(token: str, keys: Sequence[Key], party: Party) -> LoggedOut:
    """Return whose sessions end; raises Untrusted or UnknownKey (Back-Channel Logout 1.0, 2.6)."""
    claims = _verified(token, keys, party, ("iss", "aud", "iat", "exp", "jti", "events"))
    events = claims["events"]
    if not isinstance(events, dict) or not isinstance(events.get(LOGOUT), dict):
        raise Untrusted("events")
    if "nonce" in claims:
        raise Untrusted("an ID token is no logout token")
    subject, sid = claims.get("sub"), claims.get("sid")
    if subject is not None:
        _check_subject(claims)
    if sid is not None and not isinstance(sid, str):
        raise Untrusted("sid")
    if not subject and not sid:
        raise Untrusted("neither subject nor session")
    return LoggedOut(subject, sid)


def _verified(
    token: str, keys: Sequence[Key], party: Party, required: Sequence[str]
) -> dict[str, Any]:
    try:
        header = jwt.get_unverified_header(token)
    except PyJWTError as error:
        raise Untrusted("no token") from error
    algorithm = header.get("alg")
    if algorithm not in SIGNED_WITH or algorithm not in party.algorithms:
        raise Untrusted("algorithm")
    key = _chosen(keys, header.get("kid"), algorithm)
    try:
        claims: dict[str, Any] = jwt.decode(
            token, key, algorithms=[algorithm], audience=party.client_id, issuer=party.issuer,
            leeway=LEEWAY,
            options={"require": list(required), "enforce_minimum_key_length": True},
        )  # fmt: skip
    except PyJWTError as error:
        # the class says which check failed; the message could quote what somebody sent
        raise Untrusted(type(error).__name__) from error
    audience = claims["aud"]
    several = isinstance(audience, list) and len(audience) > 1
    if (several or "azp" in claims) and claims.get("azp") != party.client_id:
        raise Untrusted("authorised party")
    return claims


def _chosen(keys: Sequence[Key], kid: object, algorithm: str) -> PyJWK:
    """Return the key that a header names; without a name there has to be one that fits alone."""
    fitting = []
    for key in keys:
        if kid is not None and key.get("kid") != kid:
            continue
        if key.get("alg", algorithm) != algorithm:
            continue
        try:
            fitting.append(PyJWK(dict(key), algorithm))
        except PyJWTError:
            continue  # of another type than the algorithm needs
    if len(fitting) != 1:
        raise UnknownKey("key")
    return fitting[0]


def _check_subject(claims: Claims) -> None:
    subject = claims["sub"]
    good = isinstance(subject, str) and 1 <= len(subject) <= MAX_SUBJECT and subject.isprintable()
    if not good:
        raise Untrusted("subject")
