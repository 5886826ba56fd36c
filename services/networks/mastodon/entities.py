"""What servers say, as far as we read it; tolerates fields and values it does not know.

Ids are strings whose only order is the server's: Mastodon counts, GoToSocial gives ULIDs.
"""

from typing import Annotated, Any, TypeVar

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, TypeAdapter

Item = TypeVar("Item")
Many = Annotated[tuple[Item, ...], BeforeValidator(lambda said: said or ())]
"""A list that some servers send as null."""
Text = Annotated[str, BeforeValidator(lambda said: said or "")]
Id = Annotated[str, Field(min_length=1, max_length=512)]
Reference = Annotated[str | None, BeforeValidator(lambda said: said or None)]


class _Said(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", coerce_numbers_to_str=True)


class Account(_Said):
    id: Id
    acct: str = Field(min_length=1)
    """`name` on the server itself, `name@host` elsewhere."""
    display_name: Text = ""
    url: str | None = None
    suspended: bool | None = None


class Mention(_Said):
    id: Id
    acct: str
    url: Text = ""


class Attachment(_Said):
    type: Text = "unknown"
    description: Text = ""


class ReplyPolicy(_Said):
    """Who may reply without being asked (GoToSocial); `me` is whoever asks."""

    always: Many[str] = ()
    automatic_approval: Many[str] = ()


class InteractionPolicy(_Said):
    can_reply: ReplyPolicy | None = None


class Status(_Said):
    id: Id
    uri: Text = ""
    url: str | None = None
    created_at: AwareDatetime
    edited_at: AwareDatetime | None = None
    in_reply_to_id: Reference = None
    in_reply_to_account_id: Reference = None
    account: Account
    content: Text = ""
    spoiler_text: Text = ""
    visibility: str = "unknown"
    mentions: Many[Mention] = ()
    media_attachments: Many[Attachment] = ()
    interaction_policy: InteractionPolicy | None = None


class Context(_Said):
    """A status' surroundings; each one is read on its own, so that a bad one spoils no other."""

    ancestors: Many[dict[str, Any]] = ()
    descendants: Many[dict[str, Any]] = ()


class Relationship(_Said):
    id: Id
    blocking: bool = False
    blocked_by: bool = False


class _StatusLimits(_Said):
    max_characters: int | None = None
    characters_reserved_per_url: int | None = None


class _Urls(_Said):
    streaming: str | None = None
    streaming_api: str | None = None


class _Configuration(_Said):
    statuses: _StatusLimits | None = None
    urls: _Urls | None = None


class Instance(_Said):
    """Version 2 of the answer, and what version 1 has instead."""

    domain: str | None = None
    uri: str | None = None
    version: Text = ""
    configuration: _Configuration | None = None
    max_toot_chars: int | None = None
    urls: _Urls | None = None


class Application(_Said):
    scopes: tuple[str, ...] | None = None


class Search(_Said):
    accounts: Many[Account] = ()


class Found(_Said):
    statuses: Many[dict[str, Any]] = ()


class Moved(_Said):
    """Where an account went; some servers leave the field out, others say null."""

    acct: str = ""


class Profile(_Said):
    followers_count: int | None = None
    suspended: bool | None = None
    moved: Moved | None = None


ACCOUNT = TypeAdapter(Account)
APPLICATION = TypeAdapter(Application)
CONTEXT = TypeAdapter(Context)
FOUND = TypeAdapter(Found)
INSTANCE = TypeAdapter(Instance)
PROFILE = TypeAdapter(Profile)
RAW: TypeAdapter[dict[str, Any]] = TypeAdapter(dict[str, Any])
RAW_LIST: TypeAdapter[tuple[dict[str, Any], ...]] = TypeAdapter(Many[dict[str, Any]])
RELATIONSHIPS: TypeAdapter[tuple[Relationship, ...]] = TypeAdapter(Many[Relationship])
SEARCH = TypeAdapter(Search)
STATUS = TypeAdapter(Status)
