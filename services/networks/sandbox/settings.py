"""What a sandbox network is told when it starts."""

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from schemas.inbound import NativeId
from services.networks.sandbox.world import Visibility


class PageToken(BaseModel):
    """A bearer token and the pages it speaks for; the first is its voice on foreign pages."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    token: SecretStr
    pages: tuple[NativeId, ...] = Field(min_length=1)


class SandboxSettings(BaseModel):
    """Where the state lies, who may do what, and which real networks' weaknesses to imitate."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    data: Path
    """Folder of the state file; made when missing."""
    tokens: tuple[PageToken, ...] = ()
    admin_token: SecretStr | None = None
    """Opens seeding, acting as anybody and fault injection; None keeps all three shut."""
    public_url: str | None = None
    """Address under which a browser reaches the pages; None makes permalinks relative."""
    timezone: str = "Europe/Berlin"
    max_length: int = Field(default=500, ge=1, le=20_000)
    """Characters of one text."""
    write_limit: int = Field(default=300, ge=1)
    """Writes per token within `write_window` seconds."""
    write_window: float = Field(default=300.0, gt=0)
    max_wait: float = Field(default=60.0, ge=0)
    """Longest wait of one long-poll, in seconds."""
    honours_keys: bool = True
    """False imitates networks that take an Idempotency-Key and ignore it."""
    forced_visibility: Visibility | None = None
    """Imitates networks that publish replies with a visibility of their own choice."""
