"""Where passwords open nothing: the provider's door, and the way back in from the shell."""

import re
from collections.abc import Callable

import pytest

from services.commands.oidc import check
from services.kit.db import transaction
from services.kit.oidc.web import Ask
from services.kit.service import CannotStart
from services.kit.settings import Settings
from services.review.entrance import open_entrance
from services.review.people import make_door, unlink
from tests.review.openid import OpenId
from tests.review.provider_house import ADA, House, deeds
from tests.review.reading import rows
from tests.review.room import PASSWORD
from tests.review.test_second_factor import set_up


async def test_without_passwords_only_the_provider_and_the_shell_open(
    build: Callable[..., House],
) -> None:
    """INVARIANT: passwords that are switched off open nothing, not even a right one."""
    house = build(password_sign_in=False)
    await house.openid.knows(ada=ADA)
    await house.account(role="admin")
    visitor = house.room.visitor()
    page = (await visitor.get("/sign-in")).text
    assert 'type="password"' not in page
    assert (await visitor.post("/sign-in", name="Ada", password=PASSWORD)).status_code == 403
    ada = (await house.arrive()).visitor
    await ada.take_token()
    assert (await ada.post("/people", name="Bo", role="editor")).status_code == 409
    made = await ada.post("/people", name="Bo", role="editor", email="bo@regenlinde.example")
    assert made.headers["location"] == "/people?done=invited"
    assert (await ada.post("/account/password", current=PASSWORD)).status_code == 422
    assert await rows(house.room.pool, "select count(*) from invitations") == [(0,)]


async def test_a_link_of_the_shell_opens_once(build: Callable[..., House]) -> None:
    """INVARIANT: the way back in works without password and provider, once, and wants the code."""
    house = build(password_sign_in=False)
    account_id = await house.account(role="admin")

    async def link() -> str:
        async with transaction(house.room.pool) as connection:
            return f"/sign-in/once/{await make_door(connection, account_id)}"

    address = await link()
    visitor = house.room.visitor()
    assert "Ada" in (await visitor.get(address)).text
    assert (await visitor.get(address.replace("/sign-in/once", "/invitation"))).status_code == 404
    assert (await visitor.post(address)).headers["location"] == "/"
    assert (await visitor.post(address)).status_code == 404
    await visitor.take_token()
    await set_up(visitor)
    again = house.room.visitor()
    assert (await again.post(await link())).headers["location"] == "/sign-in/code"
    assert (await again.get("/")).status_code == 303
    async with transaction(house.room.pool) as connection:
        await unlink(connection, account_id, by=None)
    assert [deed for deed, _ in await deeds(house.room.pool)][:2] == ["door", "second_on"]


async def test_the_check_tells_what_to_enter_and_whether_the_provider_knows_us(
    openid: OpenId,
) -> None:
    async def told(**changed: object) -> tuple[int, str]:
        lines: list[str] = []
        settings = Settings.model_validate(openid.settings | changed)
        return await check(settings, lines.append), "\n".join(lines)

    code, said = await told(oidc_roles="admin=desk-admins")
    assert code == 0, said
    for line in (
        f"yes provider       {openid.issuer}", "yes client         it knows our client id",
        "yes PKCE", "yes back channel", f"{openid.desk}/sign-in/provider/return",
        "desk-admins -> admin",
    ):  # fmt: skip
        assert line in said
    for changed, why in (
        ({"oidc_client_secret": "wrong"}, "NO  client         its token endpoint says invalid"),
        ({"oidc_issuer": f"{openid.issuer}/"}, "set OIDC_ISSUER to exactly that"),
        ({"oidc_issuer": "http://127.0.0.1:1"}, "it does not answer (ConnectError)"),
        ({"oidc_issuer": ""}, "No provider is set up"),
    ):
        code, said = await told(**changed)
        assert (code, why in said) == (1, True), said


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"oidc_issuer": "http://sso.example"}, "https"),
        ({"oidc_client_id": ""}, "OIDC_CLIENT_ID"),
        ({"public_url": ""}, "PUBLIC_URL"),
        ({"oidc_scopes": "email"}, "openid"),
        ({"oidc_roles": "boss=desk"}, "'boss=desk' is not role=value"),
        ({"oidc_roles": "admin="}, "is not role=value"),
        ({"oidc_issuer": "", "password_sign_in": False}, "nobody could sign in"),
    ],
    ids=["http", "client", "address", "scopes", "role", "value", "shut"],
)
def test_settings_that_let_nobody_in_are_told_at_the_start(
    changed: dict[str, object], why: str
) -> None:
    good = {
        "oidc_issuer": "https://sso.example", "oidc_client_id": "desk",
        "public_url": "https://desk.example",
    }  # fmt: skip
    assert open_entrance(Settings.model_validate(good), Ask()) is not None
    with pytest.raises(CannotStart, match=re.escape(why)):
        open_entrance(Settings.model_validate(good | changed), Ask())
