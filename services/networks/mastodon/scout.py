"""Finds accounts through a Mastodon-compatible server, with what it tells and lets others find.

Fields of accounts: https://docs.joinmastodon.org/entities/Account/.
"""

from collections.abc import Collection, Sequence
from typing import Annotated, Any
from urllib.parse import quote, urlsplit

from pydantic import BaseModel, BeforeValidator, ConfigDict, TypeAdapter, ValidationError

from services.networks.markup import to_text
from services.networks.mastodon.client import MastodonClient, Query
from services.networks.mastodon.entities import (
    CONTEXT,
    FOUND,
    RAW_LIST,
    RELATIONSHIPS,
    Account,
    Status,
    Text,
)
from services.networks.mastodon.mapping import is_public, whole_text
from services.networks.mastodon.reading import find_account, find_if_allowed, status_path
from services.networks.scout import Follows, Offer, Profile, Sighting

MANY = 40

Flag = Annotated[bool, BeforeValidator(bool)]


class _Field(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")

    value: Text = ""
    verified_at: Text = ""


class _Whole(Account):
    """An account with what it says of itself; `discoverable` and `indexable` may be untold."""

    note: Text = ""
    followers_count: int | None = None
    bot: Flag = False
    group: Flag = False
    discoverable: bool | None = None
    indexable: bool | None = None
    noindex: Flag = False
    limited: Flag = False
    memorial: Flag = False
    moved: Any = None
    fields: tuple[_Field, ...] = ()


WHOLE = TypeAdapter(_Whole)


class MastodonScout:
    """Raises what the client's calls raise."""

    network = "mastodon"
    offers: frozenset[Offer] = frozenset(
        {"search", "tag", "links", "follows", "answers", "directory"}
    )
    at_once = MANY

    def __init__(self, client: MastodonClient) -> None:
        self._client = client
        self._domain = (urlsplit(client.server).hostname or "").lower()

    def host(self, _page_id: str, /) -> str:
        return self.network

    async def search(self, words: str) -> Sequence[Sighting]:
        """Return what the server's full text search finds by accounts that allow to be found."""
        query = [("q", words), ("type", "statuses"), ("limit", str(MANY))]
        found = await find_if_allowed(self._client, "/api/v2/search", FOUND, query)
        seen = self._sightings(found.statuses if found else ())
        return [one for one in seen if one.profile and not one.profile.wants_no_search]

    async def tagged(self, tag: str) -> Sequence[Sighting]:
        path = f"/api/v1/timelines/tag/{quote(tag, safe='')}"
        return self._sightings(await self._list(path, [("limit", str(MANY))]))

    async def linking(self, domain: str) -> Sequence[Sighting]:
        """Return what the full text search finds; there is no question for a domain."""
        return await self.search(domain)

    async def directory(self) -> Sequence[Profile]:
        raw = await self._list("/api/v1/directory", [("order", "active"), ("limit", "80")])
        return [found for one in raw if (found := self._profile(one)) is not None]

    async def follows(self, page_id: str) -> Follows:
        path = f"/api/v1/accounts/{quote(page_id, safe='')}/following"
        raw = await self._list(path, [("limit", "80")])
        profiles = [found for one in raw if (found := self._profile(one)) is not None]
        return Follows([one.page_id for one in profiles], profiles)

    async def find(self, address: str) -> Profile | None:
        account = await find_account(self._client, address)
        return (await self._read(account.id)) if account else None

    async def profiles(self, page_ids: Sequence[str]) -> Sequence[Profile]:
        query = [("id[]", one) for one in page_ids]
        raw = await self._list("/api/v1/accounts", query)
        return [found for one in raw if (found := self._profile(one)) is not None]

    async def parted(self, page_ids: Sequence[str]) -> Collection[str]:
        """A server that does not say who blocks whom leaves it open for all."""
        query = [("id[]", one) for one in page_ids]
        path = "/api/v1/accounts/relationships"
        found = await find_if_allowed(self._client, path, RELATIONSHIPS, query)
        return {one.id for one in found or () if one.blocking or one.blocked_by}

    async def own_posts(self, page_id: str) -> Sequence[Sighting]:
        path = f"/api/v1/accounts/{quote(page_id, safe='')}/statuses"
        hidden = [("exclude_replies", "true"), ("exclude_reblogs", "true")]
        return self._sightings(await self._list(path, [("limit", str(MANY)), *hidden]))

    async def answering(self, post_id: str) -> Collection[str]:
        context = await self._client.find(f"{status_path(post_id)}/context", CONTEXT)
        found = [one for raw in (context.descendants if context else ()) if (one := _status(raw))]
        return {one.account.id for one in found if is_public(one)}

    async def _list(self, path: str, query: Query) -> Sequence[dict[str, Any]]:
        return await find_if_allowed(self._client, path, RAW_LIST, query) or ()

    async def _read(self, account_id: str) -> Profile | None:
        found = await self._client.find(f"/api/v1/accounts/{quote(account_id, safe='')}", WHOLE)
        return self._of(found) if found else None

    def _sightings(self, raw: Sequence[dict[str, Any]]) -> list[Sighting]:
        """Return public posts that open a thread, each with its author's profile."""
        seen = []
        for one in raw:
            status = _status(one)
            if status is None or status.in_reply_to_id or one.get("reblog"):
                continue
            profile = self._profile(one.get("account"))
            if profile is None or status.visibility != "public":
                continue
            replies = one.get("replies_count")
            seen.append(
                Sighting(
                    profile.page_id, status.id, whole_text(status), status.created_at, status.url,
                    replies if isinstance(replies, int) else None, profile,
                )
            )  # fmt: skip
        return seen

    def _profile(self, raw: Any) -> Profile | None:
        try:
            return self._of(WHOLE.validate_python(raw))
        except ValidationError:
            return None

    def _of(self, said: _Whole) -> Profile:
        links = [_host(one.value) for one in said.fields if one.verified_at]
        gone = bool(said.suspended or said.limited or said.memorial or said.moved)
        local = said.acct if "@" in said.acct else f"{said.acct}@{self._domain}"
        return Profile(
            page_id=said.id,
            address=(local if "." in local.partition("@")[2] else said.acct).lower(),
            name=(said.display_name or said.acct)[:300],
            about="\n".join([to_text(said.note), *(to_text(one.value) for one in said.fields)])[
                :2000
            ],
            url=said.url,
            readers=said.followers_count,
            proven=frozenset(link for link in links if link),
            home=local.partition("@")[2].lower(),
            is_group=said.group,
            is_bot=said.bot,
            wants_no_listing=said.discoverable is not True or said.noindex or gone,
            wants_no_search=said.indexable is False,
        )


def _status(raw: dict[str, Any]) -> Status | None:
    try:
        return Status.model_validate(raw)
    except ValidationError:
        return None


def _host(value: str) -> str:
    """Return the host that a field of a profile links to."""
    _, _, rest = value.partition("https://")
    return rest.split('"')[0].split("/")[0].split("<")[0].lower()
