"""Which networks there are, and which of them this installation is connected to."""

from collections.abc import Mapping

from services.kit.settings import Settings
from services.networks.network import Capabilities, Network
from services.networks.sandbox.connector import SandboxNetwork

CAPABILITIES: Mapping[str, Capabilities] = {SandboxNetwork.name: SandboxNetwork.capabilities}
ELSEWHERE = 500
"""Characters of a reply on a network we know by name only, from a file or the webhook."""


def reply_limit(network: str) -> int:
    """Return how many characters a reply may have on a network."""
    known = CAPABILITIES.get(network)
    return known.max_length if known else ELSEWHERE


def connect_networks(settings: Settings) -> list[Network]:
    """Return a connector per configured connection; nothing is sent before one is used."""
    networks: list[Network] = []
    if settings.sandbox_url:
        networks.append(
            SandboxNetwork(
                settings.sandbox_url,
                settings.sandbox_token.get_secret_value(),
                settings.sandbox_owner,
            )
        )
    return networks
