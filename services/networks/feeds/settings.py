"""What a person enters to watch feeds."""

from typing import Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator


class WatchedFeed(BaseModel):
    """One feed, and whose it is."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    address: str = Field(max_length=512)
    """The feed's own address, e.g. `https://example.org/feed`. Many pages show it as "RSS"."""
    name: str = Field(min_length=1, max_length=300)
    """How the page is called, e.g. "Tagblatt Lindenhof"."""
    relation: Literal["news", "partner", "decision_maker"] = "news"
    """Who they are to us: `news`, `partner` or `decision_maker`. Never `own`: our own articles
    are no comments to be answered."""

    @model_validator(mode="before")
    @classmethod
    def _an_address_alone_will_do(cls, said: object) -> object:
        if isinstance(said, str):
            return {"address": said, "name": urlsplit(said.strip()).hostname or said}
        return said

    @field_validator("address")
    @classmethod
    def _a_web_address(cls, address: str) -> str:
        parts = urlsplit(address.strip())
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError("the address begins with https:// or http://")
        if parts.username or parts.password:
            raise ValueError("the address must not contain a user name or password")
        return address.strip()

    @property
    def host(self) -> str:
        return urlsplit(self.address).hostname or ""


class FeedsSettings(BaseModel):
    """Feeds that are watched together."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    feeds: tuple[WatchedFeed, ...] = Field(min_length=1, max_length=50)
    """The feeds to watch: addresses with commas between them, or, to give each a name and a
    relation, JSON such as
    `[{"address": "https://example.org/feed", "name": "Tagblatt", "relation": "news"}]`."""
    minutes: int = Field(default=30, ge=5, le=24 * 60)
    """How often a feed is asked for news, in minutes; one without news is asked less and less."""
    look_back_hours: int = Field(default=24, ge=0, le=24 * 30)
    """How old an article may be that is taken in when a feed is seen for the first time."""
    contact: str = Field(default="", max_length=200, pattern=r"^[\x20-\x7e]*$")
    """A web or e-mail address of yours that the servers are told, so that they can complain."""
    allow_private: bool = False
    """Whether feeds on the internal network may be fetched; leave it off."""

    @field_validator("feeds")
    @classmethod
    def _each_once(cls, feeds: tuple[WatchedFeed, ...]) -> tuple[WatchedFeed, ...]:
        if len({feed.address for feed in feeds}) < len(feeds):
            raise ValueError("a feed's address is named twice")
        return feeds
