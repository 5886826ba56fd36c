"""What a connection to a Mastodon account is told."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator


class WatchedAccount(BaseModel):
    """A foreign account whose threads are read; as one text: `@presse@example.org=news`."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    account: str = Field(pattern=r"^@?[\w.-]+(@[\w.:-]+)?$", max_length=300)
    """Its address as a profile shows it, e.g. `@presse@social.example.org`."""
    relation: Literal["partner", "news", "decision_maker"] = "partner"
    """How you relate to it: `partner`, `news` or `decision_maker`."""

    @model_validator(mode="before")
    @classmethod
    def _from_text(cls, given: Any) -> Any:
        if not isinstance(given, str):
            return given
        account, _, relation = (part.strip() for part in given.partition("="))
        return {"account": account, "relation": relation} if relation else {"account": account}


class MastodonSettings(BaseModel):
    """One account on Mastodon or a server that speaks its API, such as GoToSocial or Akkoma."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    server: str = Field(pattern=r"^https?://[^\s/?#@]+/?$", max_length=300)
    """Web address of the account's server, e.g. `https://social.example.org`."""
    token: SecretStr = Field(min_length=1)
    """Access token: on the server under Preferences - Development - New application, with the
    scopes `read` and `write:statuses`; then copy "Your access token"."""
    watch: tuple[WatchedAccount, ...] = Field(default=(), max_length=50)
    """Foreign accounts under whose posts you want to notice conversations: addresses, each with
    `=partner`, `=news` or `=decision_maker` behind it. Follow them from your own account:
    otherwise your server may not know their posts."""
    look_back_hours: float = Field(default=24, gt=0, le=24 * 30)
    """How many hours back the first start reads."""
