"""What a connection to a Facebook Page or an Instagram account needs to know."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from services.networks.meta.versions import CURRENT

NumericId = Annotated[str, Field(pattern=r"^\d{1,32}$")]


class MetaApp(BaseModel):
    """What both kinds of connection need: the app at Meta and how often we look for ourselves."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    app_id: NumericId
    """App ID; developers.facebook.com -> My Apps -> your app -> App settings -> Basic."""
    app_secret: SecretStr = Field(min_length=16)
    """App secret, on the same page under *Show*: it signs Meta's calls and proves ours."""
    previous_app_secret: SecretStr | None = None
    """The secret before the last reset; remove it once calls signed with it have stopped."""
    verify_token: SecretStr = Field(min_length=16)
    """A long random word of your own; enter it at Meta under Webhooks -> Verify token, and beside
    it the callback address: your public address with `/hooks/meta` behind it."""
    access_token: SecretStr = Field(min_length=1)
    graph_version: str = Field(default=CURRENT, pattern=r"^v\d{1,3}\.\d$")
    """Version of the Graph API; each ends about two years after its release."""
    address: str = Field(default="https://graph.facebook.com", pattern=r"^https?://[^\s]+$")
    """The Graph API's address; leave it as it is."""
    look_back_hours: float = Field(default=24, ge=0, le=24 * 30)
    """On the first start comments of so many hours are taken in."""
    backfill_minutes: float = Field(default=15, gt=0, le=24 * 60)
    """How often we look for what no call told us: it costs one call and more on busy pages."""
    backfill_posts: int = Field(default=25, ge=1, le=100)
    """How many of the newest posts are looked through each time."""
    recheck_days: float = Field(default=7, gt=0, le=60)
    """For how long edits, hiding and deletions of a comment are looked for."""


class FacebookPageSettings(MetaApp):
    """One Facebook Page that you manage."""

    page_id: NumericId
    """Page ID; on the Page: About -> Page transparency."""
    access_token: SecretStr = Field(min_length=1)
    """A Page access token with the permissions pages_manage_engagement, pages_manage_metadata,
    pages_read_engagement, pages_read_user_content and pages_show_list. One that does not expire:
    make a system user's token in Business settings -> Users -> System users, then ask with it for
    GET /{page id}?fields=access_token."""


class InstagramSettings(MetaApp):
    """One Instagram professional account that is connected to a Facebook Page."""

    account_id: NumericId
    """Instagram account ID; Business settings -> Accounts -> Instagram accounts."""
    access_token: SecretStr = Field(min_length=1)
    """A system user's token or the Page's, with the permissions instagram_basic,
    instagram_manage_comments, pages_manage_metadata, pages_read_engagement and pages_show_list:
    Business settings -> Users -> System users -> Generate new token."""
    page_id: NumericId
    """ID of the Facebook Page that the account is connected to: calls are subscribed there."""
