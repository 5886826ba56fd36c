"""What a connection to a Bluesky account is told."""

from datetime import timedelta
from typing import Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

Relation = Literal["partner", "news", "decision_maker"]
_RELATIONS = get_args(Relation)
_ACTOR = r"^(did:[a-z]+:[A-Za-z0-9._:%-]+|@?([A-Za-z0-9-]+\.)+[A-Za-z][A-Za-z0-9-]*)$"
_SERVER = r"^https?://[^\s/?#@]+/?$"


class WatchedAccount(BaseModel):
    """A foreign account whose threads are read; as one text: `presse.example.org=news`."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    account: str = Field(pattern=_ACTOR, max_length=300)
    """Its handle as a profile shows it, e.g. `presse.example.org`, or its DID."""
    relation: Relation = "partner"
    """How you relate to it: `partner`, `news` or `decision_maker`."""

    @model_validator(mode="before")
    @classmethod
    def _from_text(cls, given: Any) -> Any:
        if not isinstance(given, str):
            return given
        account, _, relation = (part.strip() for part in given.partition("="))
        return {"account": account, "relation": relation} if relation else {"account": account}


class BlueskySettings(BaseModel):
    """One account on a PDS of the AT protocol."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    service: str = Field(default="https://bsky.social", pattern=_SERVER, max_length=300)
    """Web address of the server that holds the account; `https://bsky.social` unless your
    organisation runs its own PDS."""
    identifier: str = Field(pattern=_ACTOR, max_length=300)
    """The account's handle, e.g. `verein.example.org`, or its DID."""
    app_password: SecretStr = Field(min_length=1)
    """An app password: in the app under Settings - Privacy and security - App passwords. Never
    the account's own password; access to direct messages is not needed."""
    watch: tuple[WatchedAccount, ...] = Field(default=(), max_length=50)
    """Foreign accounts under whose posts you want to notice conversations: handles, each with
    `=partner`, `=news` or `=decision_maker` behind it."""
    firehose: str | None = Field(default=None, pattern=_SERVER, max_length=300)
    """Web address of a PDS whose event stream is read as well; only for an organisation with its
    own PDS. The stream of a relay is too much for this."""
    look_back: timedelta = Field(default=timedelta(hours=24), gt=timedelta(0))
    """How far back the first start reads."""
