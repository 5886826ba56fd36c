"""The organisation's OpenID provider: authorization code flow with PKCE, and what ends a session.

OpenID Connect Core 1.0 and Discovery 1.0, RFC 7636 (PKCE), RFC 9207 (issuer in the answer),
RP-Initiated Logout 1.0, Back-Channel Logout 1.0.
"""

import asyncio
import base64
import hashlib
import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import quote_plus, urlencode, urlsplit

from pydantic import SecretStr

from services.kit.oidc.faults import (
    CodeVoid,
    ProviderFault,
    ProviderUnfit,
    UnknownKey,
    Untrusted,
)
from services.kit.oidc.metadata import Metadata, discovery_address, read_metadata
from services.kit.oidc.tokens import (
    Claims,
    Key,
    LoggedOut,
    Party,
    read_id_token,
    read_keys,
    read_logout_token,
)
from services.kit.oidc.web import Ask, Said

T = TypeVar("T")
KEPT = 3600.0
"""Seconds for which discovery document and keys are taken as they were read."""
KEYS_PAUSE = 60.0
"""Seconds between two readings of the keys because a token names one that we do not know."""
FAILED_PAUSE = 10.0
"""Seconds for which a provider that did not answer is not asked again: people would queue."""


@dataclass(frozen=True)
class Registration:
    """What the provider and we agreed on."""

    issuer: str
    client_id: str
    client_secret: SecretStr
    """Empty for a public client, which PKCE alone protects."""
    scopes: str
    redirect_uri: str


@dataclass(frozen=True)
class Beginning:
    """A sign-in on its way: where the browser is sent, and what is kept until it returns."""

    address: str
    state: str
    nonce: str
    verifier: str


@dataclass(frozen=True)
class Proof:
    """What a finished sign-in says: the ID token's claims, and those of UserInfo."""

    signed: Claims
    told: Claims

    def claim(self, name: str) -> object:
        """Return a claim by its name, or by the path of its names with dots between; else None."""
        for claims in (self.signed, self.told):
            found = _at(claims, name)
            if found is not None:
                return found
        return None

    def together(self, *names: str) -> tuple[object, ...]:
        """Return claims that belong together: all from one place, None each where none has all."""
        for claims in (self.signed, self.told):
            found = tuple(_at(claims, name) for name in names)
            if None not in found:
                return found
        return (None,) * len(names)


class Provider:
    """One provider; its document and keys are read when they are needed first."""

    def __init__(
        self, at: Registration, ask: Ask, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.at = at
        self._ask = ask
        self._clock = clock
        self._turn = asyncio.Lock()
        self._metadata: tuple[float, Metadata] | None = None
        self._keys: tuple[float, Sequence[Key]] | None = None
        self._failed: tuple[float, ProviderFault] | None = None

    async def metadata(self) -> Metadata:
        """Return what the provider says about itself; raises ProviderDown or ProviderUnfit."""
        async with self._turn:
            now = self._clock()
            if self._metadata is not None and now - self._metadata[0] < KEPT:
                return self._metadata[1]
            document = await self._document(discovery_address(self.at.issuer), "discovery document")
            found = read_metadata(document, self.at.issuer)
            self._metadata = (now, found)
            return found

    async def keys(self, *, before: Sequence[Key] | None = None) -> Sequence[Key]:
        """Return the provider's keys, read anew when those of `before` did not do; not too often.

        Raises ProviderDown or ProviderUnfit.
        """
        metadata = await self.metadata()
        async with self._turn:
            now = self._clock()
            if self._keys is not None:
                read_at, known = self._keys
                fresh_enough = KEPT if before is None or known is not before else KEYS_PAUSE
                if now - read_at < fresh_enough:
                    return known
            found = read_keys(await self._document(metadata.jwks_uri, "key set"))
            self._keys = (now, found)
            return found

    async def _document(self, address: str, what: str) -> object:
        """Return a document of the provider's; what failed just now fails again at once."""
        if self._failed is not None and self._clock() - self._failed[0] < FAILED_PAUSE:
            raise self._failed[1]
        try:
            said = await self._ask.get(address)
            _require_success(said, what)
        except ProviderFault as error:
            self._failed = (self._clock(), error)
            raise
        return said.document

    async def begin(self) -> Beginning:
        """Return where to send a browser to sign in; raises ProviderDown or ProviderUnfit."""
        metadata = await self.metadata()
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        asked = {
            "response_type": "code", "client_id": self.at.client_id, "scope": self.at.scopes,
            "redirect_uri": self.at.redirect_uri, "state": state, "nonce": nonce,
            "code_challenge": challenge_of(verifier), "code_challenge_method": "S256",
        }  # fmt: skip
        return Beginning(
            _with_query(metadata.authorization_endpoint, asked), state, nonce, verifier
        )

    async def check_answer(self, issuer: str | None) -> None:
        """Raise Untrusted when an answer comes from another issuer (RFC 9207).

        Where the provider says that it names itself, an answer without a name is another's.
        """
        metadata = await self.metadata()
        needed = metadata.authorization_response_iss_parameter_supported
        if (issuer is not None or needed) and issuer != self.at.issuer:
            raise Untrusted("issuer of the answer")

    async def finish(self, code: str, *, nonce: str, verifier: str, wanted: Sequence[str]) -> Proof:
        """Change a code into proof of who signed in.

        UserInfo is asked when one of the `wanted` claims is not in the ID token. Raises a
        ProviderFault.
        """
        metadata = await self.metadata()
        said = await self.exchange(code, verifier)
        token, access = said.get("id_token"), said.get("access_token")
        if not isinstance(token, str):
            raise ProviderUnfit("it gives no ID token: OIDC_SCOPES needs openid")
        party = self._party(metadata)
        signed = await self._read(lambda keys: read_id_token(token, keys, party, nonce))
        lacking = any(_at(signed, name) is None for name in wanted)
        if not lacking or metadata.userinfo_endpoint is None or not isinstance(access, str):
            return Proof(signed, {})
        info = await self._ask.get(metadata.userinfo_endpoint, bearer=access)
        _require_success(info, "UserInfo")
        if not isinstance(info.document, dict) or info.document.get("sub") != signed["sub"]:
            raise Untrusted("UserInfo is of somebody else")
        return Proof(signed, info.document)

    async def exchange(self, code: str, verifier: str) -> Mapping[str, Any]:
        """Return the token endpoint's answer; raises CodeVoid, ProviderDown or ProviderUnfit."""
        metadata = await self.metadata()
        form = {
            "grant_type": "authorization_code", "code": code, "code_verifier": verifier,
            "redirect_uri": self.at.redirect_uri,
        }  # fmt: skip
        basic, secret = None, self.at.client_secret.get_secret_value()
        ways = metadata.token_endpoint_auth_methods_supported
        if secret and ("client_secret_basic" in ways or "client_secret_post" not in ways):
            # RFC 6749, 2.3.1: both are form-encoded before they are joined
            basic = (quote_plus(self.at.client_id), quote_plus(secret))
        else:
            form |= {"client_id": self.at.client_id}
            form |= {"client_secret": secret} if secret else {}
        said = await self._ask.post(metadata.token_endpoint, form, basic=basic)
        document = said.document if isinstance(said.document, dict) else {}
        if said.good:
            return document
        if document.get("error") == "invalid_grant":
            raise CodeVoid("invalid_grant")
        why = error_code(document.get("error")) or f"HTTP {said.status}"
        raise ProviderUnfit(f"its token endpoint says {why}")

    async def read_logout(self, token: str) -> LoggedOut:
        """Return whose sessions end; raises a ProviderFault."""
        party = self._party(await self.metadata())
        return await self._read(lambda keys: read_logout_token(token, keys, party))

    async def way_out(self, back: str) -> str | None:
        """Return where a person ends the sign-in at the provider; None where that is not offered.

        `back` is where they are led afterwards. Raises ProviderDown or ProviderUnfit.
        """
        end = (await self.metadata()).end_session_endpoint
        asked = {"client_id": self.at.client_id, "post_logout_redirect_uri": back}
        return _with_query(end, asked) if end else None

    def _party(self, metadata: Metadata) -> Party:
        algorithms = metadata.id_token_signing_alg_values_supported
        return Party(self.at.issuer, self.at.client_id, algorithms)

    async def _read(self, read: Callable[[Sequence[Key]], T]) -> T:
        """Read a token; when its key is unknown the keys may have changed: ask again."""
        known = await self.keys()
        try:
            return read(known)
        except UnknownKey:
            fresh = await self.keys(before=known)
            if fresh is known:
                raise
            return read(fresh)


def challenge_of(verifier: str) -> str:
    """Return the S256 challenge of a verifier (RFC 7636, 4.2)."""
    hashed = hashlib.sha256(verifier.encode("ascii")).digest()
    return base64.urlsafe_b64encode(hashed).rstrip(b"=").decode()


def _require_success(said: Said, what: str) -> None:
    if not said.good:
        raise ProviderUnfit(f"its {what} is not there (HTTP {said.status})")


def _with_query(address: str, fields: Mapping[str, str]) -> str:
    return f"{address}{'&' if urlsplit(address).query else '?'}{urlencode(fields)}"


def error_code(error: object) -> str:
    """Return an error's code when it looks like one: whatever else was sent stays out of logs."""
    known = isinstance(error, str) and error.isascii() and error.replace("_", "").isalpha()
    return str(error)[:60] if known else ""


def _at(claims: Claims, name: str) -> object:
    if name in claims:
        return claims[name]
    found: object = claims
    for part in name.split("."):
        if not isinstance(found, Mapping):
            return None
        found = found.get(part)
    return found
