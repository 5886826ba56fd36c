"""What Meta says of our access token."""

from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from services.networks.meta.graph import Content, Graph
from services.networks.meta.settings import MetaApp
from services.networks.network import Temporary


class Token(BaseModel):
    """The answer of `debug_token`; moments are seconds since 1970, 0 for never.

    https://developers.facebook.com/docs/graph-api/reference/debug_token
    """

    model_config = ConfigDict(frozen=True, extra="ignore", coerce_numbers_to_str=True)

    is_valid: bool = False
    kind: str | None = Field(default=None, alias="type")
    """`PAGE` where it speaks for a Page itself."""
    app_id: str | None = None
    profile_id: str | None = None
    """The Page that a Page access token speaks for."""
    scopes: frozenset[str] = frozenset()
    expires_at: int = 0
    data_access_expires_at: int = 0

    @property
    def expiries(self) -> dict[str, datetime]:
        """Return what of it ends when."""
        ends = {"token": self.expires_at, "data_access": self.data_access_expires_at}
        return {name: datetime.fromtimestamp(at, UTC) for name, at in ends.items() if at > 0}


async def ask_for_token(graph: Graph, app: MetaApp) -> Content:
    """Ask Meta about our token in the app's name; raises NetworkError."""
    token = quote(app.access_token.get_secret_value(), safe="")
    return await graph.as_app(f"debug_token?input_token={token}")


def token_of(said: Any) -> Token:
    """Read what `ask_for_token` returned; raises Temporary when it cannot be read."""
    try:
        return Token.model_validate(said.get("data"))
    except ValidationError as error:
        raise Temporary("Meta's word about the access token cannot be read") from error
