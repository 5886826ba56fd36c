"""Sign-in through a real OpenID provider, and out of it."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from services.kit.db import transaction
from services.kit.oidc.faults import ProviderDown
from services.kit.oidc.web import Said
from services.review.entrance import BEGIN, LEFT, LOGOUT
from tests.review.provider_house import ADA, ADDRESS, ENGLISH, House, deeds, told
from tests.review.reading import rows
from tests.review.test_second_factor import code_now, set_up


async def test_an_invited_person_comes_in_is_joined_and_leaves(build: Callable[..., House]) -> None:
    house = build()
    await house.openid.knows(ada=ADA)
    await house.account()
    page = (await house.room.visitor().get("/sign-in", **ENGLISH)).text
    assert "Sign in with Regenlinde-Konto" in page
    ada = await house.arrive()
    assert ada.goes_to == "/books"
    assert (await ada.visitor.get("/books")).status_code == 200
    assert await deeds(house.room.pool) == [("linked", "")]
    sent = parse_qs(urlsplit(await house.begin(house.room.visitor())).query)
    assert (sent["code_challenge_method"], sent["scope"]) == (["S256"], ["openid email profile"])
    await ada.visitor.take_token()
    left = await ada.visitor.post("/sign-out")
    assert left.headers["location"] == LEFT
    assert (await ada.visitor.get("/books")).status_code == 303
    page = (await ada.visitor.get(LEFT)).text
    way_out = re.search(r'href="(http://127[^"]+/session/end[^"]+)"', page)
    assert way_out is not None
    assert "client_id=dialogwerk" in way_out[1]


async def test_the_subject_counts_afterwards_not_the_address(build: Callable[..., House]) -> None:
    """INVARIANT: an address opens an account once; then it belongs to one person at the provider.

    Who gets the address later stays out, and its first owner comes in under any address.
    """
    house = build()
    await house.openid.knows(ada=ADA, eve=ADA | {"name": "Eve"})
    await house.account()
    assert (await house.arrive("ada")).goes_to == "/books"
    eve = await house.arrive("eve")
    assert told(eve.answer).startswith("403 The account of your e-mail address belongs to another")
    await house.openid.knows(ada=ADA | {"email": "ada@elsewhere.example"})
    assert (await house.arrive("ada")).goes_to == "/books"
    stored = await rows(house.room.pool, "select email, provider_subject from accounts")
    assert stored == [(ADDRESS, "ada")]


@pytest.mark.parametrize(
    ("claims", "why"),
    [
        (ADA | {"email_verified": False}, "does not confirm that your e-mail address is yours"),
        ({"email": ADDRESS}, "does not confirm that your e-mail address is yours"),
        ({"name": "Ada", "email_verified": True}, "tells the desk no e-mail address"),
        (ADA | {"email": "someone@else.example"}, "There is no account for your e-mail address"),
    ],
    ids=["unverified", "unsaid", "without", "unknown"],
)
async def test_only_a_confirmed_address_of_an_account_opens_it(
    build: Callable[..., House], claims: dict[str, object], why: str
) -> None:
    """INVARIANT: nobody gets an account by typing its address into a profile."""
    house = build()
    await house.openid.knows(ada=claims)
    await house.account()
    answer = (await house.arrive()).answer
    assert why in told(answer)
    assert answer.status_code == 403
    assert await rows(house.room.pool, "select count(*) from sessions") == [(0,)]
    assert await deeds(house.room.pool) == []


async def test_who_is_disabled_stays_out(build: Callable[..., House]) -> None:
    """INVARIANT: the provider opens no account that a person shut."""
    house = build(oidc_roles="admin=staff")
    await house.openid.knows(ada=ADA | {"groups": ["staff"]})
    await house.account()
    assert (await house.arrive()).goes_to == "/books"
    async with transaction(house.room.pool) as connection:
        await connection.execute("update accounts set disabled_at = now()")
    assert "Your account is disabled" in told((await house.arrive()).answer)


async def test_the_provider_gives_and_takes_roles(build: Callable[..., House]) -> None:
    """INVARIANT: who loses the role at the provider loses it here, at the next sign-in at latest.

    Sessions end, the password does not open the account, and the role comes back with the group.
    """
    house = build(oidc_roles="admin=desk admins, senior=desk, moderator=desk")
    pool = house.room.pool
    await house.account(role="auditor")
    await house.openid.knows(ada=ADA | {"groups": ["choir", "desk"]})
    ada = await house.arrive()
    assert ada.goes_to == "/books"
    elsewhere = await house.room.visitor().sign_in("Ada")
    assert (elsewhere.status_code, "sign_in" in elsewhere.text) == (403, False)
    await house.openid.knows(ada=ADA | {"groups": "desk admins"})
    assert (await house.arrive()).goes_to == "/books"
    assert (await ada.visitor.get("/people")).status_code == 200
    await house.openid.knows(ada=ADA | {"groups": ["choir"]})
    assert "gives you no role" in told((await house.arrive()).answer)
    assert (await ada.visitor.get("/books")).status_code == 303
    assert (await house.room.visitor().sign_in("Ada")).status_code == 401
    await house.openid.knows(ada=ADA | {"groups": ["desk"]})
    assert (await house.arrive()).goes_to == "/books"
    assert await deeds(pool) == [
        ("role", "senior"), ("linked", ""), ("role", "admin"), ("role_lost", ""), ("enabled", ""),
        ("role", "senior"),
    ]  # fmt: skip


async def test_accounts_are_made_where_the_provider_gives_roles(
    build: Callable[..., House],
) -> None:
    house = build(oidc_roles="moderator=desk", oidc_role_claim="https://regenlinde.example/groups")
    claims = ADA | {"https://regenlinde.example/groups": ["desk"]}

    def tell(address: str, said: Said) -> Said:
        if address.endswith("/me") and isinstance(said.document, dict):
            number = said.document["sub"]
            own = claims | {"sub": number, "email": f"{number}@regenlinde.example"}
            return Said(200, own)
        return said

    house.wire.tamper = tell
    assert (await house.arrive("one")).goes_to == "/books"
    assert (await house.arrive("two")).goes_to == "/books"
    made = await rows(house.room.pool, "select name, role, email from accounts order by email")
    assert made == [
        ("Ada Berg", "moderator", "one@regenlinde.example"),
        ("Ada Berg (two@regenlinde.example)", "moderator", "two@regenlinde.example"),
    ]


async def test_our_second_factor_is_asked_for_unless_the_providers_counts(
    build: Callable[..., House],
) -> None:
    """INVARIANT: a second factor that the provider did not ask for is asked for here."""
    house = build(oidc_second_factor="otp,mfa", second_factor_roles="moderator")
    await house.openid.knows(ada=ADA)
    await house.account()
    weak = await house.arrive()
    assert weak.goes_to == "/books"
    assert (await weak.visitor.get("/books")).headers["location"] == "/account/second-factor"
    await weak.visitor.take_token()
    secret, _ = await set_up(weak.visitor)
    assert (await weak.visitor.get("/books")).status_code == 200
    half = await house.arrive()
    assert half.goes_to == "/sign-in/code?next=%2Fbooks"
    assert (await half.visitor.get("/books")).status_code == 303
    entered = await half.visitor.post("/sign-in/code", code=code_now(secret, 1), next="/books")
    assert entered.headers["location"] == "/books"
    await half.visitor.take_token()
    assert (await half.visitor.post("/sign-out")).headers["location"] == LEFT
    await house.openid.knows(ada=ADA | {"amr": ["pwd", "otp"]})
    assert (await house.arrive()).goes_to == "/books"


async def test_the_provider_ends_sessions(build: Callable[..., House]) -> None:
    """INVARIANT: who is signed out at the provider is signed out here; nobody else can say so."""
    house = build()
    await house.openid.knows(ada=ADA)
    await house.account()
    one, two = await house.arrive(), await house.arrive()
    password = house.room.visitor()
    await password.sign_in("Ada")
    (sid,) = (await rows(house.room.pool, "select provider_sid from sessions order by 1"))[0]
    now = int(datetime.now(UTC).timestamp())
    event: dict[str, dict[str, str]] = {"http://schemas.openid.net/event/backchannel-logout": {}}
    claims: dict[str, Any] = {
        "iss": house.openid.issuer, "aud": "dialogwerk", "iat": now, "exp": now + 60, "jti": "1",
        "events": event, "sub": "ada",
    }  # fmt: skip

    async def said(token: str) -> int:
        server = house.room.visitor().http
        return (await server.post(LOGOUT, data={"logout_token": token})).status_code

    faults: list[dict[str, object]] = [
        {"aud": "another"}, {"events": {}}, {"nonce": "n"}, {"exp": now - 99}, {"iss": "https://e"},
        {"sub": None, "sid": None},
    ]  # fmt: skip
    for wrong in faults:
        changed = {name: value for name, value in (claims | wrong).items() if value is not None}
        assert await said(house.openid.sign(changed)) == 400, wrong
    assert await said("") == 400
    assert await said(house.openid.sign(claims | {"sub": "eve"})) == 200
    assert (await one.visitor.get("/books")).status_code == 200
    assert await said(house.openid.sign(claims | {"sid": sid})) == 200
    standing = [(await each.visitor.get("/books")).status_code for each in (one, two)]
    assert sorted(standing) == [200, 303]
    assert await said(house.openid.sign(claims)) == 200
    for each in (one, two):
        assert (await each.visitor.get("/books")).status_code == 303
    assert (await password.get("/books")).status_code == 200


async def test_the_desk_works_while_the_provider_does_not(build: Callable[..., House]) -> None:
    """INVARIANT: a provider that is down shuts its own button and nothing else."""
    house = build()
    await house.account()
    down = True

    def silent(address: str, said: Said) -> Said:
        if down:
            raise ProviderDown("it does not answer (ConnectError)")
        return said

    house.wire.tamper = silent
    visitor = house.room.visitor()
    for _ in range(3):
        answer = await visitor.get(f"{BEGIN}?next=/books", **ENGLISH)
        assert told(answer).startswith("503 The organisation's sign-in does not answer")
        assert 'value="/books"' in answer.text
    assert len(house.wire.asked) == 1
    page = await house.room.visitor().get(LEFT)
    assert (page.status_code, "session/end" in page.text) == (200, False)
    assert (await visitor.sign_in("Ada")).status_code == 303


async def test_what_is_set_up_wrongly_is_said_and_noted_without_secrets(
    build: Callable[..., House], caplog: pytest.LogCaptureFixture
) -> None:
    house = build(oidc_client_secret="a wrong one")
    await house.account()
    await house.openid.knows(ada=ADA)
    answer = (await house.arrive()).answer
    assert "dialogwerk oidc check" in told(answer)
    assert "invalid_client" in caplog.text
    assert "a wrong one" not in caplog.text
    house = build(oidc_issuer=f"{house.openid.issuer}/")
    answer = await house.room.visitor().get(BEGIN)
    assert answer.status_code == 503
    assert "set OIDC_ISSUER to exactly that" in caplog.text


async def test_breaking_off_leads_back_to_the_door(build: Callable[..., House]) -> None:
    house = build()
    visitor = house.room.visitor()
    back = await house.walker().sign_in(await house.begin(visitor), "ada", abort=True)
    answer = await visitor.get(back, **ENGLISH)
    assert told(answer).startswith("403 The sign-in was broken off there")
    assert "broken%20off" not in answer.text
    assert "next=%2Fbooks" in answer.text
