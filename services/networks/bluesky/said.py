"""What records and views say, as far as we read it; unknown fields are tolerated. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from services.networks.bluesky.records import Uri, parse_uri, time_of

EARLIEST, LATEST = 2000, 2200
"""Years in which something may have been written."""


def _moment(said: object) -> object:
    """Return None for what is no moment of this network: a client may write anything there."""
    try:
        moment = datetime.fromisoformat(str(said))
    except ValueError:
        return None
    if not EARLIEST <= moment.year <= LATEST:
        return None
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


Written = Annotated[AwareDatetime | None, BeforeValidator(_moment)]


class _Said(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", populate_by_name=True)


class Ref(_Said):
    """A strong reference: a record in one revision."""

    uri: str
    cid: str


class Reply(_Said):
    root: Ref
    parent: Ref


def _mentioned(facets: object) -> object:
    """Return the DIDs that facets name; whatever else stands there is nothing to us."""
    features = [feature for facet in _items(facets) for feature in _items(facet.get("features"))]
    return frozenset(one["did"] for one in features if isinstance(one.get("did"), str))


def _quoted(embed: object) -> object:
    """Return the at-uri of the record that is embedded, with or without media around it."""
    while isinstance(embed, Mapping):
        if isinstance(embed.get("uri"), str):
            return embed["uri"]
        embed = embed.get("record")
    return None


def _items(value: object) -> list[Mapping[str, Any]]:
    listed = value if isinstance(value, list) else []
    return [one for one in listed if isinstance(one, Mapping)]


class PostRecord(_Said):
    """An app.bsky.feed.post; a PDS may be told to take one that breaks its lexicon."""

    text: str
    created_at: Written = Field(default=None, alias="createdAt")
    reply: Reply | None = None
    mentioned: Annotated[frozenset[str], BeforeValidator(_mentioned)] = Field(
        default=frozenset(), alias="facets"
    )
    quoted: Annotated[str | None, BeforeValidator(_quoted)] = Field(default=None, alias="embed")

    def addresses(self, did: str) -> bool:
        """Tell whether an account is mentioned or one of its posts is quoted."""
        quoted = parse_uri(self.quoted)
        return did in self.mentioned or (quoted is not None and quoted.did == did)


def read_post(record: Mapping[str, Any]) -> PostRecord | None:
    """Return a post's record, None when it cannot be read."""
    try:
        return PostRecord.model_validate(record)
    except ValidationError:
        return None


@dataclass(frozen=True)
class Who:
    """An account as people see it."""

    did: str
    handle: str = ""
    name: str = ""


@dataclass(frozen=True)
class Post:
    """A post in one revision."""

    uri: Uri
    cid: str
    record: PostRecord
    seen_at: datetime
    """When the network came to know it."""
    who: Who | None = None

    @property
    def root(self) -> Uri:
        """The post that opened the thread; itself when it is no reply."""
        reply = self.record.reply
        return (parse_uri(reply.root.uri) if reply else None) or self.uri

    @property
    def created_at(self) -> datetime:
        """Its author's word, unless that lies in the future."""
        return min(self.record.created_at or time_of(self.uri.rkey) or self.seen_at, self.seen_at)


class _Profile(_Said):
    did: str
    handle: str = ""
    display_name: str | None = Field(default=None, alias="displayName")


class _View(_Said):
    uri: str
    cid: str
    author: _Profile
    record: PostRecord
    indexed_at: AwareDatetime = Field(alias="indexedAt")


def post_of(view: Mapping[str, Any]) -> Post | None:
    """Return the post of a PostView or a notification, None when it is about no post.

    Raises pydantic's ValidationError when it cannot be read.
    """
    said = _View.model_validate(view)
    uri = parse_uri(said.uri)
    if uri is None:
        return None
    return Post(uri, said.cid, said.record, said.indexed_at, _who(said.author))


def who_is(profile: Mapping[str, Any]) -> Who | None:
    """Return the account of a profile view, None when it cannot be read."""
    try:
        return _who(_Profile.model_validate(profile))
    except ValidationError:
        return None


def _who(profile: _Profile) -> Who:
    handle = "" if profile.handle == "handle.invalid" else profile.handle
    return Who(profile.did, handle[:300], (profile.display_name or "")[:300])


def concerns(post: Post, ours: str, pages: Mapping[str, object]) -> bool:
    """Tell whether a post is said to us, by us in a thread, or on one of the pages."""
    reply = post.record.reply
    addressed = post.record.addresses(ours)
    if reply is None:
        return post.uri.did != ours and addressed
    parent = parse_uri(reply.parent.uri)
    return (
        addressed
        or post.uri.did == ours
        or post.root.did in pages
        or (parent is not None and parent.did == ours)
    )


def why_unreadable(error: ValidationError) -> str:
    """Return what was wrong, without a word of what was said."""
    return f"cannot be read: {[(one['loc'], one['type']) for one in error.errors()]}"[:500]
