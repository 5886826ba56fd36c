"""Which networks this installation is connected to."""

from services.kit.settings import Settings
from services.networks.network import Network
from services.networks.sandbox.connector import SandboxNetwork


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
