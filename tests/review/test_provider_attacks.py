"""What attackers try on the sign-in through a real OpenID provider."""

import base64
import logging
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
from cryptography.hazmat.primitives import serialization

from services.kit.db import transaction
from services.kit.oidc.web import Said
from services.review.entrance import BEGIN, LOGOUT
from tests.review.openid import KID, OpenId, forged
from tests.review.provider_house import ADA, ENGLISH, House, told
from tests.review.reading import rows


async def test_an_answer_counts_once_in_the_browser_that_began(
    build: Callable[..., House],
) -> None:
    """INVARIANT: nobody signs a victim in with an answer of their own, or uses one twice."""
    house = build()
    await house.openid.knows(ada=ADA)
    await house.account()
    visitor, thief = house.room.visitor(), house.room.visitor()
    back = await house.walker().sign_in(await house.begin(visitor), "ada")
    await house.begin(thief)
    stale = "400 This sign-in is too old"
    assert told(await thief.get(back, **ENGLISH)).startswith(stale)
    wrong = re.sub("state=[^&]+", "state=made-up", back)
    assert told(await visitor.get(wrong, **ENGLISH)).startswith(stale)
    assert (await visitor.get(back)).headers["location"] == "/books"
    cookie = {"cookie": "", **ENGLISH}
    assert told(await house.room.visitor().get(back, **cookie)).startswith(stale)
    # the code with a state of one's own: used up, and bound to the first verifier
    code = parse_qs(urlsplit(back).query)["code"][0]
    fresh = parse_qs(urlsplit(await house.begin(thief)).query)["state"][0]
    issuer = house.openid.issuer
    again = await thief.get(f"{BEGIN}/return?code={code}&state={fresh}&iss={issuer}", **ENGLISH)
    assert told(again).startswith(stale)
    late = await house.walker().sign_in(await house.begin(thief), "ada")
    async with transaction(house.room.pool) as connection:
        await connection.execute("update provider_sign_ins set expires_at = now()")
    assert told(await thief.get(late, **ENGLISH)).startswith(stale)
    assert await rows(house.room.pool, "select count(*) from sessions") == [(1,)]


Forge = Callable[[OpenId, dict[str, Any]], str]


def _hs256(openid: OpenId, claims: dict[str, Any]) -> str:
    """Sign with the public key as if it were a shared secret."""
    public = openid.key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    header = base64.urlsafe_b64encode(f'{{"alg":"HS256","kid":"{KID}"}}'.encode()).rstrip(b"=")
    token = jwt.encode(claims, "x" * 32, "HS256")
    signed = header + b"." + token.split(".")[1].encode()
    signature = jwt.algorithms.HMACAlgorithm(jwt.algorithms.HMACAlgorithm.SHA256).sign(
        signed, public
    )
    return (signed + b"." + base64.urlsafe_b64encode(signature).rstrip(b"=")).decode()


def _with(**changed: object) -> Forge:
    """Sign changed claims with the provider's own key; None leaves one out."""

    def forge(openid: OpenId, claims: dict[str, Any]) -> str:
        now = int(datetime.now(UTC).timestamp())
        made = {
            name: now + value if isinstance(value, int) else value
            for name, value in changed.items()
        }
        kept = {name: value for name, value in (claims | made).items() if value is not None}
        return openid.sign(kept)

    return forge


FORGERIES: dict[str, tuple[str, Forge]] = {
    "wrong nonce": ("nonce", _with(nonce="another")),
    "no nonce": ("nonce", _with(nonce=None)),
    "alg none": ("algorithm", lambda _, claims: jwt.encode(claims, "", "none")),
    "public key as shared secret": ("algorithm", _hs256),
    "broken signature": (
        "InvalidSignatureError", lambda openid, claims: openid.sign(claims)[:-8] + "AAAAAAAA",
    ),
    "unknown key": ("key", lambda openid, claims: openid.sign(claims, kid="made-up")),
    "wrong audience": ("InvalidAudienceError", _with(aud="another-client")),
    "for others too": ("authorised party", _with(aud=["dialogwerk", "another-client"])),
    "expired": ("ExpiredSignatureError", _with(exp=-100)),
    "of the future": ("ImmatureSignatureError", _with(iat=9999)),
    "other issuer": ("InvalidIssuerError", _with(iss="https://evil.example")),
    "without expiry": ("MissingRequiredClaimError", _with(exp=None)),
    "another's UserInfo": ("UserInfo is of somebody else", _with(sub="eve")),
    "no token": ("no token", lambda *_: "nonsense"),
}  # fmt: skip


async def test_forged_tokens_let_nobody_in(
    build: Callable[..., House], caplog: pytest.LogCaptureFixture
) -> None:
    """INVARIANT: signature, algorithm, issuer, audience, times, nonce: each is checked."""
    house = build()
    await house.openid.knows(ada=ADA)
    await house.account()
    for name, (why, forge) in FORGERIES.items():
        house.wire.tamper = forged(house.openid, forge)
        caplog.clear()
        assert "could not be verified" in told((await house.arrive()).answer), name
        assert caplog.messages == [f"no sign-in through the provider: untrusted: {why}"], name
    assert await rows(house.room.pool, "select count(*) from sessions") == [(0,)]
    house.wire.tamper = forged(house.openid, _with())
    with caplog.at_level(logging.INFO):
        ada = await house.arrive()
    assert ada.goes_to == "/books"
    asked = [address for address in house.wire.asked if address.endswith("/jwks")]
    assert len(asked) == 1
    ours = " ".join(record.getMessage() for record in caplog.records if record.name != "httpx")
    code = parse_qs(urlsplit(ada.back).query)["code"][0]
    for secret in ("kept between", code, "ada@", "eyJ"):
        assert secret not in ours


async def test_an_answer_of_another_issuer_is_refused(build: Callable[..., House]) -> None:
    """INVARIANT: where the provider names itself in its answers, one without is not its own."""
    house = build()
    await house.openid.knows(ada=ADA)
    await house.account()
    for change in (("iss=[^&]+", "iss=https://evil.example"), ("&iss=[^&]+", "")):
        visitor = house.room.visitor()
        back = await house.walker().sign_in(await house.begin(visitor), "ada")
        answer = await visitor.get(re.sub(*change, back), **ENGLISH)
        assert "could not be verified" in told(answer)


async def test_keys_are_asked_for_again_when_they_changed_but_not_at_will(
    build: Callable[..., House],
) -> None:
    """INVARIANT: a provider may change its keys; made-up names of keys cost it one question."""
    house = build()
    await house.openid.knows(ada=ADA)
    await house.account()
    before: list[int] = []

    def rotate(address: str, said: Said) -> Said:
        if not address.endswith("/jwks") or before:
            return said
        before.append(1)
        return Said(200, {"keys": []})

    house.wire.tamper = rotate
    entrance = house.room.desk.entrance
    assert entrance is not None
    assert list(await entrance.provider.keys()) == []
    visitor = house.room.visitor()
    back = await house.walker().sign_in(await house.begin(visitor), "ada")
    assert "could not be verified" in told(await visitor.get(back, **ENGLISH))
    entrance.provider._clock = lambda: 1e9
    assert (await house.arrive()).goes_to == "/books"
    for _ in range(3):
        token = house.openid.sign({"iss": house.openid.issuer}, kid="made-up")
        answer = await visitor.http.post(LOGOUT, data={"logout_token": token})
        assert answer.status_code == 400
    asked = [address for address in house.wire.asked if address.endswith("/jwks")]
    assert len(asked) == 2


async def test_a_sign_in_elsewhere_leads_to_no_other_site_and_is_slowed_down(
    build: Callable[..., House],
) -> None:
    """INVARIANT: `next` stays at the desk; and who begins over and over waits."""
    house = build()
    await house.openid.knows(ada=ADA)
    await house.account()
    for path in ("//evil.example", "https://evil.example", "/\\evil.example", "%2F%2Fevil.example"):
        ada = await house.arrive(next_path=path)
        assert ada.goes_to == "/", path
        assert (await ada.visitor.get(f"{BEGIN}?next={path}")).headers["location"] == "/"
    visitor = house.room.visitor()
    answers = [(await visitor.get(BEGIN)).status_code for _ in range(31)]
    assert (answers.count(303), answers[-1]) == (30, 429)
