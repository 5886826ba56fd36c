"""Which kinds of networks there are, and how one becomes a connection."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from services.networks.bluesky.connector import BlueskyNetwork
from services.networks.bluesky.settings import BlueskySettings
from services.networks.keeper import Keeper
from services.networks.mastodon.connector import MastodonNetwork
from services.networks.mastodon.settings import MastodonSettings
from services.networks.meta.facebook import FacebookPage
from services.networks.meta.instagram import InstagramAccount
from services.networks.meta.settings import FacebookPageSettings, InstagramSettings
from services.networks.network import Capabilities, Network
from services.networks.sandbox.account import SandboxAccount
from services.networks.sandbox.connector import SandboxNetwork
from services.networks.wordpress.connector import WordPressNetwork
from services.networks.wordpress.settings import WordPressSettings
from services.networks.youtube.connector import YouTubeNetwork
from services.networks.youtube.settings import YouTubeSettings


@dataclass(frozen=True)
class Kind:
    """A kind of network: what is asked for, what it can do, how a connector is made."""

    title: str
    settings: type[BaseModel]
    """Its fields' descriptions are what an operator reads; secrets are SecretStr."""
    capabilities: Capabilities
    connect: Callable[[Any, Keeper, str], Network]
    """Takes the settings, the keeper and the connection's name; sends nothing."""


def _kind(
    title: str,
    settings: type[BaseModel],
    capabilities: Capabilities,
    connector: Callable[..., Network],
) -> Kind:
    def connect(given: Any, keeper: Keeper, connection: str) -> Network:
        return connector(given, keeper, connection=connection)

    return Kind(title, settings, capabilities, connect)


def _sandbox(given: Any, _: Keeper, connection: str) -> Network:
    network = SandboxNetwork(given.url, given.token.get_secret_value(), given.page)
    network.connection = connection
    return network


KINDS: Mapping[str, Kind] = {
    BlueskyNetwork.name: _kind(
        "Bluesky", BlueskySettings, BlueskyNetwork.capabilities, BlueskyNetwork
    ),
    MastodonNetwork.name: _kind(
        "Mastodon", MastodonSettings, MastodonNetwork.capabilities, MastodonNetwork
    ),
    WordPressNetwork.name: _kind(
        "WordPress", WordPressSettings, WordPressNetwork.capabilities, WordPressNetwork
    ),
    FacebookPage.name: _kind(
        "Facebook", FacebookPageSettings, FacebookPage.capabilities, FacebookPage
    ),
    InstagramAccount.name: _kind(
        "Instagram", InstagramSettings, InstagramAccount.capabilities, InstagramAccount
    ),
    YouTubeNetwork.name: _kind(
        "YouTube", YouTubeSettings, YouTubeNetwork.capabilities, YouTubeNetwork
    ),
    SandboxNetwork.name: Kind("Sandbox", SandboxAccount, SandboxNetwork.capabilities, _sandbox),
}
"""Every kind by the name that stands in its events."""

CAPABILITIES: Mapping[str, Capabilities] = {name: kind.capabilities for name, kind in KINDS.items()}
