"""Events as networks, webhooks and files hand them in, and what the database makes of them."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from schemas.inbound import Inbound, InboundEvent, InboundNotice
from services.ingest.intake import Intake
from services.kit.bus import Bus
from services.kit.db import Pool
from services.kit.telemetry import Telemetry

KEY = b"a key for tests only"
NOON = datetime(2024, 5, 4, 12, tzinfo=UTC)


def as_json(
    kind: Literal["received", "edited", "deleted", "hidden", "unhidden"] = "received",
    native_id: str = "c1",
    revision: str = "1",
    *,
    minute: float = 0,
    text: str = "Wann beginnt das Fest?",
    author: str = "jana",
    is_self: bool = False,
    relation: str = "own",
    source: str = "test:page",
    **data: Any,
) -> dict[str, Any]:
    """Return an event `minute` minutes after noon; `data` replaces fields of the comment."""
    at = (NOON + timedelta(minutes=minute)).isoformat()
    told = {"deleted": "del", "hidden": f"hidden@{at}", "unhidden": f"unhidden@{at}"}
    return {
        "specversion": "1.0",
        "id": f"{native_id}#{told.get(kind, revision)}",
        "source": source,
        "type": f"comment.{kind}.v1",
        "time": at,
        "data": {
            "network": "sandbox",
            "native_id": native_id,
            "revision": revision,
            "page": {"native_id": "page", "name": "Lindenhof", "relation": relation},
            "root": {"native_id": "post", "text": "Am Samstag ist Hoffest."},
            "author": {
                "native_id": author,
                "display_name": author.title(),
                "handle": f"@{author}",
                "is_self": is_self,
            },
            "text": "" if kind in told else text,
            "visibility": "public",
            "created_at": NOON.isoformat(),
            **data,
        },
    }


def event(*args: Any, **fields: Any) -> InboundEvent:
    return InboundEvent.model_validate(as_json(*args, **fields))


def notice(
    kind: str, *, minute: float = 0, source: str = "test:page", **about: str
) -> InboundNotice:
    """Return what was told of a thread (`root_id`) or of an account (`author_id`)."""
    at = (NOON + timedelta(minutes=minute)).isoformat()
    return InboundNotice.model_validate(
        {
            "id": f"{'-'.join(about.values())}#{kind}@{at}",
            "source": source,
            "type": f"{kind}.v1",
            "time": at,
            "data": {"network": "sandbox", **about},
        }
    )


def new_intake(pool: Pool, nats_url: str = "nats://nowhere.invalid:4222") -> Intake:
    """Return a way in; its bus is not connected."""
    return Intake(pool, Bus(nats_url, service="ingest", telemetry=Telemetry("ingest")), KEY)


async def outcomes(intake: Intake, *events: Inbound) -> list[str]:
    """Hand events in one after the other and return what became of them."""
    return [(await intake.take([one])).taken[0].outcome for one in events]


@dataclass(frozen=True)
class Stored:
    """What the desk would show of a comment."""

    text: str | None
    native_revision: str
    author: str | None
    root_text: str
    deleted: bool


async def stored(pool: Pool, native_id: str = "c1") -> Stored | None:
    async with pool.connection() as connection:
        row = await (
            await connection.execute(
                "select r.text, c.native_revision, a.display_name, t.root_text,"
                " c.deleted_at is not null from comments c join threads t using (thread_key)"
                " left join comment_revisions r using (comment_key, revision)"
                " left join authors a using (author_key) where c.native_id = %s",
                [native_id],
            )
        ).fetchone()
    return Stored(*row) if row else None


async def promised(pool: Pool, native_id: str = "c1") -> list[tuple[str, int]]:
    """Return the messages about a comment in the order they were promised: class and revision."""
    async with pool.connection() as connection:
        rows = await connection.execute(
            "select split_part(msg_id, ':', 1), convert_from(body, 'UTF8')::json->>'revision'"
            " from outbox join comments on split_part(msg_id, ':', 2) = comment_key"
            " where native_id = %s order by outbox_id",
            [native_id],
        )
        return [(kind, int(revision)) async for kind, revision in rows]


async def everything(pool: Pool) -> str:
    """Return all rows of all tables as one text, bytes too."""
    async with pool.connection() as connection:
        tables = await connection.execute(
            "select table_name from information_schema.tables"
            " where table_schema = 'public' and table_type = 'BASE TABLE'"
        )
        found = []
        for (table,) in await tables.fetchall():
            rows = await connection.execute(f'select to_jsonb(t)::text from "{table}" t'.encode())
            found += [row async for (row,) in rows]
            if table in ("outbox", "dead_letters"):
                bodies = await connection.execute(f"select body from {table}".encode())
                found += [bytes(body).decode("utf-8", "replace") async for (body,) in bodies]
    return "\n".join(found)


async def count(pool: Pool, table: str) -> int:
    async with pool.connection() as connection:
        row = await (await connection.execute(f"select count(*) from {table}".encode())).fetchone()
    return int(row[0]) if row else 0
