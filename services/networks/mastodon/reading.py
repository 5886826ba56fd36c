"""Single things asked of a server: a comment, who blocks whom."""

from typing import Any, TypeVar
from urllib.parse import quote

from pydantic import TypeAdapter, ValidationError

from services.networks.mastodon.client import MastodonClient, Query
from services.networks.mastodon.entities import (
    ACCOUNT,
    RAW_LIST,
    RELATIONSHIPS,
    SEARCH,
    Account,
    Relationship,
    Status,
)
from services.networks.mastodon.mapping import standing_of
from services.networks.network import Refused, Standing, Temporary

_BLOCK_PAGES = 2
PAGE = 40
"""Entries asked for at once; Mastodon gives no more."""

Answer = TypeVar("Answer")


def status_path(native_id: str) -> str:
    return f"/api/v1/statuses/{quote(native_id, safe='')}"


async def find_if_allowed(
    client: MastodonClient, path: str, shape: TypeAdapter[Answer], query: Query = ()
) -> Answer | None:
    """Return what stands there, None also where the token does not reach; raises otherwise."""
    try:
        return await client.find(path, shape, query)
    except Refused as error:
        if error.code == "scope":
            return None
        raise


async def find_account(client: MastodonClient, address: str) -> Account | None:
    """Return the account with this address; the server is asked to fetch what it does not know."""
    name = address.removeprefix("@").casefold()
    found = await find_if_allowed(client, "/api/v1/accounts/lookup", ACCOUNT, [("acct", name)])
    if found is not None:
        return found
    query = [("q", f"@{name}"), ("type", "accounts"), ("resolve", "true"), ("limit", "5")]
    search = await find_if_allowed(client, "/api/v2/search", SEARCH, query)
    accounts = search.accounts if search else ()
    return next((account for account in accounts if account.acct.casefold() == name), None)


async def relationship_with(client: MastodonClient, account_id: str) -> Relationship | None:
    """Return who blocks whom, None where the server does not say."""
    found = await find_if_allowed(
        client, "/api/v1/accounts/relationships", RELATIONSHIPS, [("id[]", account_id)]
    )
    return next((one for one in found or () if one.id == account_id), None)


async def behind_a_block(client: MastodonClient, native_id: str, *, own_id: str) -> Standing | None:
    """Return how a comment that we may not see any more stands, None when it is just gone.

    A server hides what somebody wrote who blocks us as if it were deleted, but leaves our
    notification of it; a deletion takes that along.
    """
    query = [("limit", str(PAGE)), ("types[]", "mention"), ("include_filtered", "true")]
    for _ in range(_BLOCK_PAGES):
        page = await find_if_allowed(client, "/api/v1/notifications", RAW_LIST, query)
        for said in page or ():
            status = said.get("status") or {}
            if str(status.get("id")) == native_id:
                return await _blocked(client, status, own_id)
        if not page or len(page) < PAGE:
            return None
        query = [*query[:3], ("max_id", str(page[-1].get("id")))]
    return None


async def _blocked(client: MastodonClient, said: Any, own_id: str) -> Standing | None:
    try:
        status = Status.model_validate(said)
    except ValidationError as error:
        raise Temporary("the server's notification of the comment cannot be read") from error
    relationship = await relationship_with(client, status.account.id)
    if relationship is None or not relationship.blocked_by:
        return None
    return standing_of(status, relationship, own_id=own_id)
