"""What an operator enters to connect a page of a sandbox network."""

from pydantic import BaseModel, ConfigDict, Field, SecretStr


class SandboxAccount(BaseModel):
    """A page on a sandbox network, and the token that speaks for it."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    url: str = Field(pattern=r"^https?://[^\s]+$")
    """Address of the sandbox network, e.g. http://127.0.0.1:8476."""
    page: str = Field(min_length=1)
    """Id of the page that replies are written as."""
    token: SecretStr = Field(min_length=1)
    """The page's token, as the network was told when it started."""
