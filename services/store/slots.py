"""How many more connections the database takes: all services' processes share them."""

from dataclasses import dataclass

from services.kit.db import Connection


@dataclass(frozen=True)
class Slots:
    """Connections that are open, and how many may be, without those kept for a superuser."""

    used: int
    most: int

    @property
    def fill(self) -> float:
        """Share that is taken, 0 to 1."""
        return self.used / self.most


async def read_slots(connection: Connection) -> Slots:
    """Return how it stands, with whoever else uses this server."""
    row = await (
        await connection.execute(
            "select sum(numbackends)::int, current_setting('max_connections')::int"
            " - current_setting('superuser_reserved_connections')::int"
            " - current_setting('reserved_connections')::int"
            " from pg_stat_database where datid <> 0"
        )
    ).fetchone()
    used, most = row or (0, 1)
    return Slots(used, most)
