"""Who comes in through the organisation's own sign-in, and as what."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from services.kit.db import Connection
from services.kit.oidc.provider import Proof
from services.review import people
from services.review.passwords import UnfitName
from services.review.refusals import Refused, clean
from services.store import items, provider_sign_ins, sessions
from services.store import people as team
from services.store.accounts import Language, Role
from services.store.provider_sign_ins import Joinable

Barrier = Literal[
    "no_role", "no_email", "unverified", "no_account", "other_identity", "disabled", "stale"
]
ALWAYS = "always"
"""A second factor that the provider never goes without."""


@dataclass(frozen=True)
class Policy:
    """What is made of a provider's claims."""

    verified_claim: str
    role_claim: str
    roles: Sequence[tuple[Role, str]]
    """Roles by value of the role claim, the first that fits counts; none: the desk gives roles."""
    second: Collection[str]
    """Values of `amr` or `acr` that stand for a second factor."""

    @property
    def gives_roles(self) -> bool:
        """True when the provider says who may come in, and as what."""
        return bool(self.roles)

    @property
    def wanted(self) -> Sequence[str]:
        """The claims without which nobody can be judged."""
        needed = ("email", self.verified_claim)
        return (*needed, self.role_claim) if self.gives_roles else needed


@dataclass(frozen=True)
class Newcomer:
    """Somebody whom the provider let in."""

    subject: str
    email: str | None
    """Only when the provider says that it is theirs."""
    has_email: bool
    names: Sequence[str]
    role: Role | None
    second: bool


@dataclass(frozen=True)
class Entry:
    """Whose desk opens."""

    account_id: str
    has_second: bool


def newcomer(proof: Proof, policy: Policy) -> Newcomer:
    """Return what a finished sign-in says about a person."""
    address, said = proof.together("email", policy.verified_claim)
    email = _address(address) if said in (True, 1, "true", "1") else ""
    names = [proof.claim(name) for name in ("name", "preferred_username")]
    held = _values(proof.claim(policy.role_claim))
    return Newcomer(
        subject=str(proof.signed["sub"]),
        email=email or None,
        has_email=proof.claim("email") is not None,
        names=[name for name in names if isinstance(name, str)],
        role=next((role for role, value in policy.roles if value in held), None),
        # what was checked is said in the signed part alone
        second=ALWAYS in policy.second
        or not {*_values(proof.signed.get("amr")), *_values(proof.signed.get("acr"))}.isdisjoint(
            policy.second
        ),
    )


def barrier(
    who: Newcomer, own: Joinable | None, addressed: Joinable | None, *, gives_roles: bool
) -> Barrier | None:
    """Return why somebody stays out.

    `own` is the account joined with them, `addressed` the one of their e-mail address: an address
    finds an account once, before anybody is joined with it, and never again.
    """
    if gives_roles and who.role is None:
        return "no_role"
    if own is None:
        if who.email is None:
            return "unverified" if who.has_email else "no_email"
        if addressed is None and not gives_roles:
            return "no_account"
        if addressed is not None and addressed.joined:
            return "other_identity"
    found = own or addressed
    if found is not None and found.disabled and not (found.role_lost and gives_roles):
        return "disabled"
    return None


async def come_in(
    connection: Connection, who: Newcomer, *, issuer: str, gives_roles: bool, language: Language
) -> Entry | Barrier:
    """Find, join or make the account of somebody whom the provider let in, with today's role.

    Who lost the role there is disabled here, until the provider gives one again.
    """
    own = await provider_sign_ins.lock_joined(connection, issuer, who.subject)
    addressed = None
    if own is None and who.email is not None:
        addressed = await provider_sign_ins.lock_addressed(connection, who.email)
    found = own or addressed
    if why := barrier(who, own, addressed, gives_roles=gives_roles):
        if why == "no_role" and own is not None:
            await _take_role(connection, own.account_id)
        return why
    if found is None:
        account_id = await _make(connection, who, language)
        if account_id is None:
            return "stale"
    else:
        account_id = found.account_id
        await _give_role(connection, found, who.role)
    if own is None:
        await provider_sign_ins.join(connection, account_id, issuer, who.subject)
        await team.void_invitations(connection, account_id)
        await team.add_event(connection, account_id, "linked", by=None)
    return Entry(account_id, found is not None and found.has_second)


async def _give_role(connection: Connection, found: Joinable, role: Role | None) -> None:
    """Let the provider's word on a role count, also where it takes the last admin."""
    if role is None:
        return
    if found.role_lost and await team.save_disabled(connection, found.account_id, disabled=False):
        await team.add_event(connection, found.account_id, "enabled", by=None)
    if await team.save_role(connection, found.account_id, role):
        await team.add_event(connection, found.account_id, "role", by=None, detail=role)
        await items.tell_desks(connection, None)


async def _take_role(connection: Connection, account_id: str) -> None:
    if await provider_sign_ins.take_role(connection, account_id):
        await sessions.end_sessions(connection, account_id)
        await team.void_invitations(connection, account_id)
        await team.add_event(connection, account_id, "role_lost", by=None)
        await items.tell_desks(connection, None)


async def _make(connection: Connection, who: Newcomer, language: Language) -> str | None:
    """Make an account under the first name that is free; None when none is."""
    if who.role is None or who.email is None:
        return None
    first = next(iter(who.names), who.email)
    for name in (*who.names, f"{first[:20]} ({who.email})"[:80], who.email[:80]):
        try:
            return await people.create(
                connection, name=name, role=who.role, language=language, email=who.email, by=None
            )
        except (UnfitName, Refused):
            continue
    return None


def _address(claim: object) -> str:
    """Return an e-mail address as it is compared, empty when it is none.

    Outside ASCII only small letters do: what makes letters small turns some signs into others' "k".
    """
    address = clean(claim) if isinstance(claim, str) else ""
    plain = address.isascii() or address == address.lower()
    return address if plain and "@" in address and len(address) <= people.MAX_EMAIL else ""


def _values(claim: object) -> set[str]:
    """Return what a claim holds: a text, the texts of a list, or the names of an object."""
    if isinstance(claim, str):
        return {claim}
    if isinstance(claim, Mapping | list):
        return {value for value in claim if isinstance(value, str)}
    return set()
