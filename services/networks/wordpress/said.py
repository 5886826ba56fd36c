"""A WordPress site's own words; unknown fields are tolerated, personal data is not even read."""

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

COMMENT_FIELDS = (
    "id,post,parent,author,author_name,author_email,date_gmt,content,link,status,_links.up"
)
"""What is asked of each comment when one is read: never the IP address nor the browser."""
LIST_FIELDS = COMMENT_FIELDS.removesuffix(",_links.up")
POST_FIELDS = "id,title,excerpt,content.protected,link,status,comment_status"


class _Said(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


def _in_utc(moment: datetime) -> datetime:
    """WordPress's `_gmt` fields name no time zone."""
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment


def _named(said: object) -> object:
    """PHP writes an empty mapping as an empty list."""
    return {} if said == [] else said


Moment = Annotated[datetime, AfterValidator(_in_utc)]
Flags = Annotated[Mapping[str, Any], BeforeValidator(_named)]


class _Content(_Said):
    raw: str = ""


class _Rendered(_Said):
    rendered: str = ""
    protected: bool = False


class _Link(_Said):
    href: str = ""


class _Links(_Said):
    up: tuple[_Link, ...] = ()


class SaidComment(_Said):
    """A comment; the e-mail address is used for a hash and goes no further."""

    id: int
    post: int
    parent: int = 0
    author: int = 0
    author_name: str = ""
    author_email: str = Field(default="", repr=False)
    date_gmt: Moment
    content: _Content
    link: str = ""
    status: str
    links: Annotated[_Links, BeforeValidator(_named)] = Field(default=_Links(), alias="_links")

    @property
    def revision(self) -> str:
        """What changes with each edit: WordPress itself counts no revisions of comments."""
        return hashlib.sha256(self.content.raw.encode("utf-8", "replace")).hexdigest()[:32]

    @property
    def said_at(self) -> int:
        """Seconds since 1970."""
        return int(self.date_gmt.timestamp())


class SaidPost(_Said):
    """A post, a page or anything else that can be commented on."""

    id: int
    title: _Rendered = _Rendered()
    excerpt: _Rendered = _Rendered()
    content: _Rendered = _Rendered()
    link: str = ""
    status: str = ""
    comment_status: str = "open"

    @property
    def is_public(self) -> bool:
        return self.status == "publish" and not self.content.protected

    @property
    def takes_comments(self) -> bool:
        return self.is_public and self.comment_status == "open"


class SaidUser(_Said):
    """The account we are signed in as."""

    id: int
    name: str = ""
    capabilities: Flags = Field(default_factory=dict)


class SaidIndex(_Said):
    """What the interface says of itself to anybody."""

    name: str = ""
    namespaces: tuple[str, ...] = ()
    authentication: Flags = Field(default_factory=dict)
