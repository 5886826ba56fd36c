"""Who is believed to be whom: pure rules over what a provider says."""

from typing import Any

import pytest

from services.kit.oidc.provider import Proof
from services.review.joining import Barrier, Newcomer, Policy, barrier, newcomer
from services.store.accounts import Role
from services.store.provider_sign_ins import Joinable

ROLES: tuple[tuple[Role, str], ...] = (("admin", "boss"), ("moderator", "desk"))
POLICY = Policy("email_verified", "realm.roles", ROLES, {"otp"})
SHE = Newcomer("1", "a@x.example", has_email=True, names=[], role="moderator", second=False)


def account(*, disabled: bool = False, lost: bool = False, joined: bool = False) -> Joinable:
    return Joinable("a", "moderator", disabled, lost, has_second=False, joined=joined)


def read(**claims: Any) -> Newcomer:
    return newcomer(Proof({"sub": "1", **claims}, {}), POLICY)


@pytest.mark.parametrize(
    ("who", "own", "addressed", "gives_roles", "why"),
    [
        (SHE, None, account(), False, None),
        (SHE, None, None, True, None),
        (SHE, account(joined=True), None, True, None),
        (SHE, account(disabled=True, lost=True), None, True, None),
        (SHE, account(disabled=True, lost=True), None, False, "disabled"),
        (SHE, None, account(disabled=True), True, "disabled"),
        (SHE, None, account(joined=True), True, "other_identity"),
        (Newcomer("1", None, has_email=True, names=[], role="admin", second=False), None, account(),
         True, "unverified"),
        (Newcomer("1", "a@x", has_email=True, names=[], role=None, second=False), account(), None,
         True, "no_role"),
    ],
    ids=["invited", "new", "known", "again", "lost", "shut", "taken", "unverified", "no role"],
)  # fmt: skip
def test_who_stays_out(
    who: Newcomer, own: Joinable | None, addressed: Joinable | None, gives_roles: bool,
    why: Barrier | None,
) -> None:  # fmt: skip
    assert barrier(who, own, addressed, gives_roles=gives_roles) == why


def test_claims_are_read_in_the_shapes_that_providers_use() -> None:
    """INVARIANT: the first role that fits counts, in whatever shape the values come."""
    several: list[object] = [["desk", "boss", 7], {"boss": {}, "desk": {}}, "boss"]
    for held in several:
        assert read(realm={"roles": held}).role == "admin"
    assert read(**{"realm.roles": ["desk"]}).role == "moderator"
    none: list[object] = [None, 7, "bosses", ["boss "], {}]
    for held in none:
        assert read(realm={"roles": held}).role is None
    for yes in (True, 1, "true", "1"):
        assert read(email="A@x.example", email_verified=yes).email == "A@x.example"
    doubtful: list[object] = [False, None, "yes", [True], {}]
    for no in doubtful:
        assert read(email="a@x.example", email_verified=no).email is None
    signed, told = {"sub": "1", "email": "a@x.example"}, {"email": "b@x.example"}
    mixed = newcomer(Proof(signed, told | {"email_verified": True}), POLICY)
    assert mixed.email == "b@x.example"
    assert newcomer(Proof(signed, {"email_verified": True}), POLICY).email is None
    for odd in ("nobody", 7, "\u212aim@x.example", "a" * 250 + "@x.example"):
        assert read(email=odd, email_verified=True).email is None


def test_a_second_factor_counts_only_where_it_is_signed() -> None:
    """INVARIANT: UserInfo, which nobody signs, does not say how somebody proved themselves."""
    assert read(amr=["pwd", "otp"]).second
    assert read(acr="otp").second
    assert not read(amr=["pwd"]).second
    assert not newcomer(Proof({"sub": "1"}, {"amr": ["otp"]}), POLICY).second
    always = Policy("email_verified", "groups", (), {"always"})
    assert newcomer(Proof({"sub": "1"}, {}), always).second
