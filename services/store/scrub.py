"""Make the database forget on disk: what is deleted stays in its files until they are rewritten."""

from collections.abc import AsyncIterator

from psycopg import sql

from services.kit.db import Pool, transaction


async def scrub(pool: Pool) -> AsyncIterator[str]:
    """Rewrite each table with its indexes, and its statistics, which hold samples of values.

    Yields the name of each table that was rewritten. `vacuum full` leaves no dead row, no outdated
    TOAST value and no old index page in the files; each table is locked while it lasts, and needs
    as much free disk as it is large. What stands in the write-ahead log goes with its recycling.
    """
    async with pool.connection() as connection:
        await connection.set_autocommit(True)
        try:
            rows = await connection.execute(
                "select c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace"
                " where n.nspname = current_schema() and c.relkind = 'r' order by 1"
            )
            names = [name for (name,) in await rows.fetchall()]
            for name in names:
                await connection.execute(
                    sql.SQL("vacuum (full, analyze) {}").format(sql.Identifier(name))
                )
                yield str(name)
            await _forget_samples(pool)
            await connection.execute("vacuum full pg_catalog.pg_statistic")
            yield "pg_statistic"
        finally:
            await connection.set_autocommit(False)


async def _forget_samples(pool: Pool) -> None:
    """Clear the statistics of empty tables, which analysing them leaves as they were."""
    async with transaction(pool) as connection:
        row = await (
            await connection.execute("select to_regproc('pg_clear_attribute_stats') is not null")
        ).fetchone()
        if not (row and row[0]):
            return
        rows = await connection.execute(
            "select s.tablename, s.attname from pg_stats s join pg_class c"
            " on c.relname = s.tablename and c.relnamespace = s.schemaname::regnamespace"
            " where s.schemaname = current_schema() and c.reltuples <= 0"
        )
        for table, column in await rows.fetchall():
            await connection.execute(
                "select pg_clear_attribute_stats(current_schema(), %s, %s, false)", [table, column]
            )
