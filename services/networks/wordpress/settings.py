"""What a person enters to connect a WordPress site."""

from ipaddress import ip_address
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator


class WordPressSettings(BaseModel):
    """One site, and the account that replies and moderates there."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    address: str
    """The site's address as a visitor sees it, e.g. `https://example.org` or, where WordPress has
    a folder of its own, `https://example.org/blog`. It is part of every comment's id: do not
    change it later."""
    user: str = Field(min_length=1)
    """The name you sign in to WordPress with. The account needs the right to moderate comments:
    the role Editor has it. Replies appear under this account's public name."""
    password: SecretStr
    """An application password, not the account's own: in WordPress under Users > Profile >
    Application Passwords, enter the name "Dialogwerk" and copy what is shown. It can be revoked
    there at any time."""
    look_back_hours: int = Field(default=24, ge=0, le=24 * 30)
    """How old a comment may be that is taken in at the very first start, in hours."""
    window_days: int = Field(default=14, ge=1, le=90)
    """For how many days a comment is looked at again: WordPress tells nobody of edits, deletions
    and late approvals."""
    window_comments: int = Field(default=500, ge=100, le=2000)
    """How many comments are looked at again at most; the newest are."""

    @field_validator("address")
    @classmethod
    def _an_address_that_keeps_the_password_secret(cls, address: str) -> str:
        cleaned = address.strip().rstrip("/")
        parts = urlsplit(cleaned)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError("the address begins with https://, e.g. https://example.org")
        if parts.username or parts.password or parts.query or parts.fragment:
            raise ValueError("the address is that of the site only: no user, no ?, no #")
        if parts.scheme == "http" and not _on_this_machine(parts.hostname):
            raise ValueError("the address must begin with https://: the password travels with it")
        return cleaned

    @property
    def site(self) -> str:
        """The site's name in ids: host, port if it is unusual, and folder."""
        parts = urlsplit(self.address)
        return f"{parts.netloc.lower()}{parts.path}"


def _on_this_machine(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
