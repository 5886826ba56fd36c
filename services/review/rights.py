"""Who may do what: one table of actions and roles; a route that names no action is shut.

A route names its action in the line below its path: `@may("items.decide")`.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import TypeVar, get_args

from fastapi import Request

from services.store.accounts import Person, Role

ROLES: tuple[Role, ...] = get_args(Role)
EVERYBODY = ROLES
RIGHTS: Mapping[str, tuple[Role, ...]] = {
    # what everybody has: menu and live events; the own account and the way out
    "desk.use": EVERYBODY,
    "account.own": EVERYBODY,
    # comments and their answers
    "items.read": ("moderator", "senior", "editor", "admin", "auditor"),
    "items.decide": ("moderator", "senior", "admin"),
    "items.take_over": ("senior", "admin"),
    "items.approve_second": ("senior", "admin"),
    "four_eyes.read": ("moderator", "senior", "admin", "auditor"),
    "four_eyes.switch": ("senior", "admin"),
    "items.bulk": ("senior", "admin"),
    # mutes
    "mutes.read": ("moderator", "senior", "admin", "auditor"),
    "mutes.lift": ("moderator", "senior", "admin"),
    "mutes.lift_systems": ("senior", "admin"),
    "mutes.switch": ("senior", "admin"),
    # publications and what they lack
    "publications.read": EVERYBODY,
    "publications.keep": ("editor", "admin"),
    "gaps.read": ("moderator", "senior", "editor", "admin", "auditor"),
    "gaps.judge": ("senior", "editor", "admin"),
    "trials.read": ("senior", "editor", "admin", "auditor"),
    "trials.ask": ("senior", "editor", "admin"),
    "replays.read": ("senior", "editor", "admin", "auditor"),
    "replays.delete": ("senior", "editor", "admin"),
    # opportunities on watched pages
    "opportunities.read": ("moderator", "senior", "editor", "admin", "auditor"),
    "opportunities.decide": ("moderator", "senior", "admin"),
    "watches.read": ("moderator", "senior", "editor", "admin", "auditor"),
    "watches.keep": ("senior", "editor", "admin"),
    "discovery.read": ("moderator", "senior", "editor", "admin", "auditor"),
    "discovery.decide": ("senior", "editor", "admin"),
    # planted drafts
    "gate.read": EVERYBODY,
    "gate.set": ("senior", "admin"),
    # operations
    "books.read": EVERYBODY,
    "queues.read": ("ops", "admin", "auditor"),
    "letters.read": ("ops", "admin", "auditor"),
    "letters.read_bodies": ("admin", "auditor"),
    "letters.settle": ("ops", "admin"),
    "connections.read": ("moderator", "senior", "ops", "admin", "auditor"),
    "connections.order": ("ops", "admin"),
    # what is shown to others
    "evidence.read": ("senior", "admin", "auditor"),
    "evidence.name_people": ("admin",),
    "evidence.package": ("moderator", "senior", "admin"),
    # how long words are kept
    "retention.read": ("senior", "admin", "auditor"),
    "retention.set": ("admin",),
    "erasures.order": ("senior", "admin"),
    # the team
    "people.read": ("admin", "auditor"),
    "people.manage": ("admin",),
}
"""Action to roles. What only looks at something is named `read`: an auditor has these alone."""

SIGNED_OUT = "signed out"
"""The action of what is open to everybody: signing in, choosing a language."""


class SecondFactorMissing(Exception):
    """The person's role needs a second factor, and none is set up."""


_ACTION = "__action__"
Endpoint = TypeVar("Endpoint", bound=Callable[..., object])


class NotAllowed(Exception):
    """The person's role has not this right; nothing was done."""


def may(action: str) -> Callable[[Endpoint], Endpoint]:
    """Name a route's action; raises KeyError when the table does not know it."""
    if action != SIGNED_OUT:
        RIGHTS[action]

    def named(endpoint: Endpoint) -> Endpoint:
        setattr(endpoint, _ACTION, action)
        return endpoint

    return named


def action_of(endpoint: object) -> str | None:
    """Return the action that an endpoint names, None when it names none."""
    return getattr(endpoint, _ACTION, None)


def allowed(person: Person | None, action: str) -> bool:
    """True when the person's role has the right; raises KeyError for an unknown action."""
    return person is not None and person.role in RIGHTS[action]


@dataclass(frozen=True)
class Guard:
    """Lets a request through to its route when the person may do what the route names.

    It stands before every route of the desk, so that a route without an action is shut to all.
    """

    second_factor_roles: Collection[str]
    """Roles whose people reach nothing but their own account before a second factor is set up."""

    async def __call__(self, request: Request) -> None:
        action = action_of(request.scope.get("endpoint"))
        if action == SIGNED_OUT:
            return
        person: Person | None = request.state.person
        if person is None or action is None or not allowed(person, action):
            raise NotAllowed
        lacking = person.role in self.second_factor_roles and not person.proved
        if lacking and action != "account.own":
            raise SecondFactorMissing


def first_page(person: Person | None) -> str:
    """Return the page that a person's work begins on."""
    return "/" if person is None or allowed(person, "items.read") else "/queues"
