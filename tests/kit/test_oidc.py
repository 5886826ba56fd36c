"""What is believed of a provider: its document, its keys, its signatures, its answers."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import ECAlgorithm, RSAAlgorithm
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from services.kit.oidc.faults import ProviderDown, ProviderUnfit, UnknownKey, Untrusted
from services.kit.oidc.metadata import is_confidential, read_metadata
from services.kit.oidc.tokens import SIGNED_WITH, Party, read_id_token, read_keys
from services.kit.oidc.web import MAX_BYTES, Ask
from services.kit.web import listening_socket, serving

ISSUER = "https://sso.example"
DOCUMENT = {
    "issuer": ISSUER, "authorization_endpoint": f"{ISSUER}/auth",
    "token_endpoint": f"{ISSUER}/token", "jwks_uri": f"{ISSUER}/jwks",
}  # fmt: skip
PARTY = Party(ISSUER, "desk", SIGNED_WITH)
CURVE = ec.generate_private_key(ec.SECP256R1())
WEAK = rsa.generate_private_key(public_exponent=65537, key_size=1024)


def claims() -> dict[str, Any]:
    now = int(datetime.now(UTC).timestamp())
    return {
        "iss": ISSUER, "aud": ["desk"], "sub": "1", "iat": now, "exp": now + 60, "nonce": "n",
    }  # fmt: skip


def public(**changed: object) -> dict[str, Any]:
    return dict(json.loads(ECAlgorithm.to_jwk(CURVE.public_key()))) | changed


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"issuer": f"{ISSUER}/"}, "set OIDC_ISSUER to exactly that"),
        ({"token_endpoint": "http://sso.example/token"}, "without https"),
        ({"end_session_endpoint": "javascript:alert(1)"}, "without https"),
        ({"jwks_uri": None}, "jwks_uri"),
    ],
    ids=["issuer", "http", "script", "lacking"],
)
def test_a_document_is_believed_when_it_names_its_issuer_and_https(
    changed: dict[str, object], why: str
) -> None:
    """INVARIANT: neither secrets nor people are sent where anybody could listen."""
    assert read_metadata(DOCUMENT, ISSUER).token_endpoint == f"{ISSUER}/token"
    with pytest.raises(ProviderUnfit, match=why):
        read_metadata(DOCUMENT | changed, ISSUER)
    with pytest.raises(ProviderUnfit):
        read_metadata([], ISSUER)


def test_plain_http_stays_on_this_machine() -> None:
    good = [
        "https://sso.example",
        "http://localhost:8080/realms/x",
        "http://[::1]",
        "http://127.9.0.1",
    ]
    bad = ["http://10.0.0.7", "http://keycloak:8080", "https://", "ftp://localhost", "http://[", ""]
    assert [one for one in good if not is_confidential(one)] == []
    assert [one for one in bad if is_confidential(one)] == []


def test_a_key_is_found_by_its_name_or_alone() -> None:
    """INVARIANT: without a name only a key that fits alone is tried; secrets are no keys."""
    token = jwt.encode(claims(), CURVE, "ES256")
    secret = {"kty": "oct", "k": "AAAA", "kid": "a"}
    keys = read_keys({"keys": [secret, public(use="enc"), public(kid="a"), "nonsense"]})
    assert [key["kid"] for key in keys] == ["a"]
    assert read_id_token(token, keys, PARTY, "n")["sub"] == "1"
    with pytest.raises(UnknownKey):
        read_id_token(token, [*keys, public(kid="b")], PARTY, "n")
    with pytest.raises(UnknownKey):
        read_id_token(token, [public(alg="ES512")], PARTY, "n")
    named = jwt.encode(claims(), CURVE, "ES256", headers={"kid": "b"})
    assert read_id_token(named, [*keys, public(kid="b")], PARTY, "n")["sub"] == "1"
    with pytest.raises(ProviderUnfit):
        read_keys({"keys": "none"})


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"sub": ""}, "subject"),
        ({"sub": "x" * 256}, "subject"),
        ({"sub": 7}, "InvalidSubjectError"),
        ({"azp": "another"}, "authorised party"),
        ({"nonce": 7}, "nonce"),
    ],
    ids=["empty", "long", "number", "azp", "nonce"],
)
def test_odd_claims_are_refused(changed: dict[str, object], why: str) -> None:
    token = jwt.encode(claims() | changed, CURVE, "ES256")
    with pytest.raises(Untrusted, match=why):
        read_id_token(token, [public()], PARTY, "n")


def test_a_short_key_and_an_unannounced_algorithm_are_refused() -> None:
    key = json.loads(RSAAlgorithm.to_jwk(WEAK.public_key()))
    with pytest.warns(jwt.InsecureKeyLengthWarning):
        token = jwt.encode(claims(), WEAK, "RS256")
    with pytest.raises(Untrusted, match="InvalidKeyError"):
        read_id_token(token, [key], PARTY, "n")
    token = jwt.encode(claims(), CURVE, "ES256")
    with pytest.raises(Untrusted, match="algorithm"):
        read_id_token(token, [public()], Party(ISSUER, "desk", ["RS256"]), "n")


async def test_answers_are_bounded_in_time_and_size_and_lead_nowhere() -> None:
    """INVARIANT: a provider that stalls, floods or redirects cannot hold or lead the desk."""

    async def answer(request: Request) -> Response:
        kind = request.path_params["kind"]
        made: dict[str, Callable[[], Response]] = {
            "good": lambda: JSONResponse({"auth": request.headers.get("authorization")}),
            "large": lambda: PlainTextResponse("x" * (MAX_BYTES + 1)),
            "moved": lambda: RedirectResponse("/good", 302),
            "broken": lambda: PlainTextResponse("", 502),
            "html": lambda: PlainTextResponse("<html>"),
        }
        if kind == "slow":
            while (await request.receive())["type"] != "http.disconnect":
                continue
        return made.get(kind, made["html"])()

    app = Starlette(routes=[Route("/{kind}", answer, methods=["GET", "POST"])])
    ask = Ask(patience=0.5)
    async with serving(app, listening_socket(), before_stop=lambda: None) as root:
        for kind in ("large", "broken", "slow"):
            with pytest.raises(ProviderDown):
                await ask.get(f"{root}/{kind}")
        assert (await ask.get(f"{root}/moved")).good is False
        assert (await ask.get(f"{root}/html")).document is None
        said = await ask.post(f"{root}/good", {"a": "b"}, basic=("id", "s%26"))
        assert said.document == {"auth": "Basic aWQ6cyUyNg=="}
        await ask.close()
    with pytest.raises(ProviderDown):
        await Ask(patience=0.5).get(f"{root}/good")
