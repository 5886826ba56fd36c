"""Packages for a trusted flagger: what is secured, and until when."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from psycopg.rows import class_row

from services.kit.db import Connection


@dataclass(frozen=True)
class Suspect:
    """A comment as it was received, in all its stored texts."""

    comment_key: str
    network: str
    native_id: str
    url: str | None
    author_id: str
    author_name: str
    author_handle: str
    created_at: datetime
    first_seen: datetime
    page_name: str
    page_url: str | None
    post_text: str
    post_url: str | None


@dataclass(frozen=True)
class Wording:
    """One text of a comment and when we first saw it."""

    revision: int
    native_revision: str
    text: str
    seen_at: datetime


@dataclass(frozen=True)
class Package:
    """A package as the list shows it; its bytes are read apart."""

    package_id: str
    comment_key: str
    account_id: str
    network: str
    url: str | None
    taken_at: datetime
    expires_at: datetime
    sha256: str
    bytes: int
    deleted_at: datetime | None = None
    held: bool = True
    """False once it is deleted or over."""
    name: str | None = None
    """Of the person who made it."""
    deleter: str | None = None


async def read_suspect(connection: Connection, comment_key: str) -> Suspect | None:
    """Return a comment and who wrote it, None when it is unknown or deleted."""
    async with connection.cursor(row_factory=class_row(Suspect)) as cursor:
        await cursor.execute(
            "select c.comment_key, c.network, c.native_id, c.url,"
            " coalesce(a.native_id, '') as author_id, coalesce(a.display_name, '') as author_name,"
            " coalesce(a.handle, '') as author_handle, c.created_at, c.first_seen,"
            " p.name as page_name, p.url as page_url, t.root_text as post_text,"
            " t.root_url as post_url from comments c join threads t using (thread_key)"
            " join pages p using (page_key) left join authors a using (author_key)"
            " where c.comment_key = %s and c.deleted_at is null",
            [comment_key],
        )
        return await cursor.fetchone()


async def read_wordings(connection: Connection, comment_key: str) -> list[Wording]:
    """Return every stored text of a comment, the first one first."""
    async with connection.cursor(row_factory=class_row(Wording)) as cursor:
        await cursor.execute(
            "select revision, native_revision, text, seen_at from comment_revisions"
            " where comment_key = %s order by revision",
            [comment_key],
        )
        return await cursor.fetchall()


async def add_package(connection: Connection, package: Package, body: bytes) -> None:
    """Store a package with its bytes."""
    await connection.execute(
        "insert into flagger_packages (package_id, comment_key, account_id, network, url, taken_at,"
        " expires_at, sha256, bytes, body) values (%(package_id)s, %(comment_key)s, %(account_id)s,"
        " %(network)s, %(url)s, %(taken_at)s, %(expires_at)s, %(sha256)s, %(bytes)s, %(body)s)",
        {**vars(package), "body": body},
    )


async def read_packages(
    connection: Connection, now: datetime, *, after: tuple[datetime, str] | None, limit: int
) -> Sequence[Package]:
    """Return packages behind a place, the newest first, those too that are over."""
    async with connection.cursor(row_factory=class_row(Package)) as cursor:
        await cursor.execute(
            "select k.package_id, k.comment_key, k.account_id, k.network, k.url, k.taken_at,"
            " k.expires_at, k.sha256, k.bytes, k.deleted_at, a.name, b.name as deleter,"
            " k.body is not null and k.expires_at > %(now)s as held from flagger_packages k"
            " left join accounts a using (account_id) left join accounts b"
            " on b.account_id = k.deleted_by where %(at)s::timestamptz is null"
            " or (k.taken_at, k.package_id) < (%(at)s, %(id)s)"
            " order by k.taken_at desc, k.package_id desc limit %(limit)s",
            {
                "now": now, "limit": limit, "at": after[0] if after else None,
                "id": after[1] if after else None,
            },
        )  # fmt: skip
        return await cursor.fetchall()


async def read_body(connection: Connection, package_id: str, now: datetime) -> bytes | None:
    """Return a package's bytes, None when it is unknown, deleted or over."""
    row = await (
        await connection.execute(
            "select body from flagger_packages where package_id = %s and expires_at > %s",
            [package_id, now],
        )
    ).fetchone()
    return bytes(row[0]) if row and row[0] is not None else None


async def delete_package(
    connection: Connection, package_id: str, account_id: str, now: datetime
) -> bool:
    """Erase a package's bytes and note who did; False when there were none."""
    done = await connection.execute(
        "update flagger_packages set body = null, url = null, deleted_at = %s, deleted_by = %s"
        " where package_id = %s and body is not null",
        [now, account_id, package_id],
    )
    return done.rowcount == 1


async def expire_packages(connection: Connection, now: datetime) -> int:
    """Erase the bytes of packages whose time is over, return how many."""
    done = await connection.execute(
        "update flagger_packages set body = null, url = null"
        " where expires_at <= %s and body is not null",
        [now],
    )
    return done.rowcount
