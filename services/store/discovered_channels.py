"""YouTube channels that the sites of organisations name as their own: listed apart, not weighed."""

from collections.abc import Sequence
from dataclasses import dataclass

from psycopg.rows import class_row

from services.kit.db import Connection
from services.store.discovery_desk import Verdict
from services.store.watches import Foreign


@dataclass(frozen=True)
class ChannelRow:
    """A channel that a site names as its own."""

    page_key: str
    channel_id: str
    watch_id: str


async def keep_channels(
    connection: Connection, site_key: str, channels: Sequence[ChannelRow]
) -> None:
    """Store which channels a site names now; those that it named before are forgotten."""
    await connection.execute(
        "delete from discovered_channels where site_key = %s and page_key <> all(%s)",
        [site_key, [one.page_key for one in channels]],
    )
    for one in channels:
        await connection.execute(
            "insert into discovered_channels (page_key, site_key, channel_id, watch_id) values"
            " (%(page_key)s, %(site_key)s, %(channel_id)s, %(watch_id)s)"
            " on conflict (page_key) do update set site_key = excluded.site_key",
            {**vars(one), "site_key": site_key},
        )


@dataclass(frozen=True)
class Channel:
    """A channel with the words of the site that names it; none of YouTube's."""

    page_key: str
    channel_id: str
    watch_id: str
    name: str
    site: str | None
    relation: Foreign
    topics: list[str]
    verdict: Verdict | None

    @property
    def url(self) -> str:
        """Where the channel stands."""
        return f"https://www.youtube.com/channel/{self.channel_id}"


_CHANNEL = (
    "select y.page_key, y.channel_id, y.watch_id, d.name, d.url as site, d.relation,"
    " array(select topic from discovered_topics t where t.page_key = d.page_key order by topic)"
    " as topics, discovery_verdict(y.page_key) as verdict"
    " from discovered_channels y join discovered_pages d on d.page_key = y.site_key"
)


async def list_channels(connection: Connection, *, limit: int = 50) -> list[Channel]:
    """Return the channels that wait for a decision, by name; not of sites that were dismissed."""
    async with connection.cursor(row_factory=class_row(Channel)) as cursor:
        await cursor.execute(
            f"{_CHANNEL} where discovery_waits(y.page_key, y.watch_id)"
            " and discovery_verdict(d.page_key) is distinct from 'dismiss'"
            " and not exists (select from pages p where p.page_key = y.page_key"
            "  and p.relation = 'own')"
            " order by lower(d.name), y.page_key limit %s",
            [limit],
        )
        return await cursor.fetchall()


async def read_channel(connection: Connection, page_key: str) -> Channel | None:
    """Return a channel that a site names, None when none does (any more)."""
    async with connection.cursor(row_factory=class_row(Channel)) as cursor:
        await cursor.execute(f"{_CHANNEL} where y.page_key = %s", [page_key])
        return await cursor.fetchone()
