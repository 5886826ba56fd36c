"""Who is on an item: claimed on opening it, kept while its page is used, given up on leaving."""

from datetime import timedelta
from uuid import uuid4

from services.kit.db import Connection, Pool, transaction
from services.review.deciding import decide, hold
from services.review.refusals import Refused
from services.review.rights import allowed
from services.review.security import digest
from services.store import item_claims, items
from services.store.accounts import Person
from services.store.decisions import Decision
from services.store.item_claims import Claim, Visit


def visit_of(person: Person, idle_minutes: float, visit: str = "") -> Visit:
    """Return one page of a person's browser; without a name it is a new one."""
    browser = digest(person.csrf)[:32]
    return Visit(person.account_id, browser, visit or uuid4().hex, timedelta(minutes=idle_minutes))


def is_elsewhere(claim: Claim | None, visit: Visit) -> bool:
    """True when another person or browser holds the item, or held it and never left."""
    if claim is None or claim.is_free:
        return False
    return (claim.account_id, claim.browser) != (visit.account_id, visit.browser)


async def show_item(connection: Connection, person: Person, comment_key: str, visit: Visit) -> None:
    """Claim an item for a person who may decide about it; who may only read takes nothing."""
    if allowed(person, "items.decide"):
        await open_item(connection, comment_key, visit)


async def open_item(connection: Connection, comment_key: str, visit: Visit) -> None:
    """Claim an open item for the page that shows it, unless somebody is or was on it."""
    before = await item_claims.read_claim(connection, comment_key)
    if not await item_claims.claim_item(connection, comment_key, visit):
        return
    if before is None or is_elsewhere(before, visit) or before.is_free:
        await items.tell_desks(connection, await items.thread_of(connection, comment_key))


async def require_holder(pool: Pool, comment_key: str, visit: Visit) -> None:
    """Raise Refused when another person or another browser is on the item right now.

    That another person decides is impossible even so: the database refuses it.
    """
    async with pool.connection() as connection:
        claim = await item_claims.read_claim(connection, comment_key)
    if claim is not None and claim.is_live and is_elsewhere(claim, visit):
        raise Refused("held" if claim.account_id != visit.account_id else "held_elsewhere")


async def take_over(
    pool: Pool, comment_key: str, visit: Visit, *, even_live: bool, decision_id: str | None = None
) -> None:
    """Take an item that somebody left lying; with `even_live` also while they are at work.

    Raises Refused `held` while they are.
    """
    async with transaction(pool) as connection:
        facts, item = await hold(connection, comment_key)
        if item.status != "open":
            raise Refused("decided")
        before = await item_claims.read_claim(connection, comment_key)
        if not await item_claims.claim_item(connection, comment_key, visit) and (
            not await item_claims.take_over(connection, comment_key, visit, even_live=even_live)
        ):
            raise Refused("held")
        if before and not before.is_free and before.account_id != visit.account_id:
            taken = Decision(
                decision_id=decision_id or uuid4().hex, action="take_over",
                thread_key=facts.thread_key, account_id=visit.account_id, comment_key=comment_key,
                revision=facts.revision, joined=facts.joined, reason=before.name,
            )  # fmt: skip
            await decide(connection, taken)
        await items.tell_desks(connection, facts.thread_key)
