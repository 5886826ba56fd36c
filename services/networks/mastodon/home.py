"""What a server says of itself and of our account, asked once per connection."""

from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from services.kit.addresses import parts_of
from services.networks.mastodon.client import MastodonClient
from services.networks.mastodon.entities import ACCOUNT, INSTANCE, Account, Instance
from services.networks.network import Capabilities

MENTION_ROOM = 32
"""Characters kept free for the mention of whom we answer: Mastodon's names have up to 30."""
_USUAL_LENGTH = 500
_USUAL_URL_LENGTH = 23
_MOST = 20_000

CAPABILITIES = Capabilities(
    receive="stream",
    reply_on_own_pages=True,
    reply_on_watched_pages=True,
    hide=False,
    delete_own_reply=True,
    sees_edits=True,
    sees_deletes=True,
    keyed_posting=False,
    max_length=_USUAL_LENGTH - MENTION_ROOM,
    length_unit="character",
    reply_depth=None,
    url_length=_USUAL_URL_LENGTH,
)
"""Mastodon's own. Keys are always sent and never relied on: some servers ignore them, Mastodon
forgets them after an hour. Mastodon counts graphemes, others code points; the latter fit both."""


@dataclass(frozen=True)
class Home:
    """Our account and the server it lives on."""

    me: Account
    version: str
    max_characters: int
    url_length: int
    streaming: str | None
    """Address of the user stream, None when the server names none."""
    domain: str

    @property
    def capabilities(self) -> Capabilities:
        return replace(
            CAPABILITIES,
            max_length=max(1, min(self.max_characters, _MOST) - MENTION_ROOM),
            url_length=self.url_length,
        )

    def names_of(self, account: Account) -> frozenset[str]:
        """Return how an account may be mentioned here, in small letters."""
        name = account.acct.casefold()
        return frozenset({name} if "@" in name else {name, f"{name}@{self.domain}"})


async def ask_home(client: MastodonClient) -> Home:
    """Ask the server who we are and what it can do; raises Temporary or Refused."""
    me = await client.get("/api/v1/accounts/verify_credentials", ACCOUNT)
    instance = await client.find("/api/v2/instance", INSTANCE)
    if instance is None:
        instance = await client.get("/api/v1/instance", INSTANCE)
    return home_of(me, instance, client.server)


def home_of(me: Account, instance: Instance, server: str) -> Home:
    """Return what an instance's answer, of either version, says; Mastodon's defaults elsewhere."""
    configuration = instance.configuration
    limits = configuration.statuses if configuration else None
    length = (limits.max_characters if limits else None) or instance.max_toot_chars
    per_url = limits.characters_reserved_per_url if limits else None
    domain = instance.domain or instance.uri or urlsplit(server).netloc
    return Home(
        me=me,
        version=instance.version,
        max_characters=length if length and length > 0 else _USUAL_LENGTH,
        url_length=per_url if per_url and per_url > 0 else _USUAL_URL_LENGTH,
        streaming=_streaming(instance, server),
        domain=domain.removeprefix("https://").removeprefix("http://").casefold(),
    )


def _streaming(instance: Instance, server: str) -> str | None:
    """Return the stream's address: the host that the instance names, as secure as the server.

    Instances say `wss` even where they are reached in the clear; a token is never sent less
    securely than to the server itself.
    """
    urls = (instance.configuration.urls if instance.configuration else None) or instance.urls
    address = (urls.streaming or urls.streaming_api) if urls else None
    parts = parts_of(address or "")
    if not parts.hostname:
        return None
    scheme = "wss" if server.startswith("https") else "ws"
    return f"{scheme}://{parts.netloc}{parts.path.rstrip('/')}/api/v1/streaming"
