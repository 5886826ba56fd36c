"""What a connection to a YouTube channel needs to know."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

Relation = Literal["partner", "news", "decision_maker"]
ChannelId = Annotated[str, Field(pattern=r"^UC[\w-]{22}$")]


class WatchedChannel(BaseModel):
    """Somebody else's channel whose comments are read; as one text: `UC...=news`."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    channel_id: ChannelId
    """Channel ID; on the channel: About -> Share channel -> Copy channel ID."""
    relation: Relation = "news"
    """How you relate to it: `partner`, `news` or `decision_maker`."""

    @model_validator(mode="before")
    @classmethod
    def _from_text(cls, given: Any) -> Any:
        if not isinstance(given, str):
            return given
        channel_id, _, relation = (part.strip() for part in given.partition("="))
        named = {"channel_id": channel_id}
        return named | {"relation": relation} if relation else named


class YouTubeSettings(BaseModel):
    """One YouTube channel that you manage."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    channel_id: ChannelId
    """Channel ID; YouTube Studio -> Settings -> Channel -> Advanced settings."""
    client_id: str = Field(min_length=1)
    """OAuth client ID; console.cloud.google.com -> APIs & Services -> Credentials."""
    client_secret: SecretStr = Field(min_length=1)
    """The client's secret, on the same page. An API key is not enough: it cannot write."""
    refresh_token: SecretStr = Field(min_length=1)
    """Token of a manager's consent to the scope youtube.force-ssl; it ends after seven days as
    long as the app's consent screen is in the state *Testing*."""
    watch: tuple[WatchedChannel, ...] = Field(default=(), max_length=20)
    """Other channels whose comments are read and may be answered: channel IDs, each with
    `=partner`, `=news` or `=decision_maker` behind it. Each costs a unit or more a visit."""
    daily_quota: int = Field(default=10_000, ge=100)
    """Units a day; console.cloud.google.com -> YouTube Data API v3 -> Quotas."""
    reply_reserve: int = Field(default=5_000, ge=0)
    """Units that reading may not touch: a reply costs 50 and a few for the look before it."""
    look_back_hours: float = Field(default=24, ge=0, le=24 * 30)
    """On the first start comments of so many hours are taken in."""
    recheck_days: float = Field(default=7, gt=0, le=30)
    """For how long replies to a comment, its edits and its deletion are looked for."""
    address: str = Field(
        default="https://www.googleapis.com/youtube/v3", pattern=r"^https?://[^\s]+$"
    )
    """The Data API's address; leave it as it is."""
    token_address: str = Field(
        default="https://oauth2.googleapis.com/token", pattern=r"^https?://[^\s]+$"
    )
    """Where access tokens are given out; leave it as it is."""

    @model_validator(mode="after")
    def _something_is_left_for_reading(self) -> "YouTubeSettings":
        if self.reply_reserve >= self.daily_quota:
            raise ValueError("reply_reserve leaves nothing for reading: set it below daily_quota")
        return self
