"""Trained versions of the sorting model: kept, made live, taken back."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from services.kit.db import Connection


@dataclass(frozen=True)
class ModelVersion:
    """What is known of a version without its weights."""

    version: int
    created_at: datetime
    card: dict[str, Any]
    live_since: datetime | None


async def add_model(
    connection: Connection, artefact: bytes, card: dict[str, Any], now: datetime
) -> int:
    """Keep a trained head; it is not live. Return its version."""
    row = await (
        await connection.execute(
            "insert into sorting_models (created_at, artefact, card) values (%s, %s, %s)"
            " returning version",
            [now, artefact, Jsonb(card)],
        )
    ).fetchone()
    if row is None:
        raise AssertionError("an insert returns its row")
    return int(row[0])


async def read_models(connection: Connection) -> list[ModelVersion]:
    """Return all versions, the newest first."""
    async with connection.cursor(row_factory=class_row(ModelVersion)) as cursor:
        await cursor.execute(
            "select version, created_at, card, live_since from sorting_models order by version desc"
        )
        return await cursor.fetchall()


async def read_artefact(connection: Connection, version: int) -> bytes | None:
    """Return a version's weights, None when it does not exist."""
    row = await (
        await connection.execute(
            "select artefact from sorting_models where version = %s", [version]
        )
    ).fetchone()
    return bytes(row[0]) if row else None


async def live_version(connection: Connection) -> int | None:
    """Return the version in use, None when it is the shipped model."""
    row = await (
        await connection.execute(
            "select version from sorting_models where live_since is not null"
            " order by live_since desc limit 1"
        )
    ).fetchone()
    return int(row[0]) if row else None


async def activate(connection: Connection, version: int, now: datetime) -> bool:
    """Make a version live; running services follow within seconds. False when it does not exist."""
    done = await connection.execute(
        "update sorting_models set live_since = %s where version = %s", [now, version]
    )
    return done.rowcount == 1


async def roll_back(connection: Connection) -> int | None:
    """Take the live version back; return it, None when the shipped model is live already."""
    row = await (
        await connection.execute(
            "update sorting_models set live_since = null where live_since ="
            " (select max(live_since) from sorting_models) returning version"
        )
    ).fetchone()
    return int(row[0]) if row else None
