"""Take the records of decisions out of the house: line by line, and noted who did."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime

from services.kit.db import Pool, transaction
from services.review.export_lines import called, csv_head, fields_of, line_of
from services.store.exports import Export, add_export, end_export
from services.store.records import CHUNK, stream_records


async def exported(pool: Pool, key: bytes, export: Export, now: datetime) -> AsyncIterator[str]:
    """Yield an export in pieces of bounded size; it is noted before the first of them.

    It takes the same memory however long it is, and it has no limit.
    """
    export = replace(export, taken_at=now)
    async with transaction(pool) as connection:
        await add_export(connection, export)
    person, line, rows = called(key, named=export.named), line_of(export.format), 0
    lines = [csv_head()] if export.format == "csv" else []
    async for record in stream_records(pool, since=export.since, until=export.until):
        lines.append(line(fields_of(record, person)))
        rows += 1
        if len(lines) >= CHUNK:
            yield "".join(lines)
            lines = []
    yield "".join(lines)
    async with transaction(pool) as connection:
        await end_export(connection, export.export_id, rows)
