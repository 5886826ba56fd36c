"""What the publication team hands in: stored whole, then read by the index service."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Literal
from urllib.parse import urlsplit
from uuid import uuid4

from schemas.publications import PublicationSubmitted, PublicationWithdrawn
from services.kit.db import Connection, Pool, transaction
from services.kit.outbox import promise
from services.review.refusals import MAX_REASON, Unknown, clean
from services.review.wanted import SERVICE
from services.store import gaps, publications, submissions
from services.store.items import tell_desks
from services.store.submissions import Submission

MAX_BYTES = 50_000_000
"""Of one file; index reads no larger one."""
MAX_FILES = 20
"""Files in one form."""
MAX_FORM = MAX_BYTES + 10_000_000
"""Bytes of one form with files; a browser with scripts sends each file by itself."""
MAX_WAITING = 200
MAX_WAITING_BYTES = 1_000_000_000
"""What may wait to be read at once, so that nobody fills the disk."""
LONGEST_NAME = 300
LONGEST_TITLE = 150

NotTaken = Literal[
    "no_file", "empty_file", "large_file", "many_files", "full", "no_address", "no_title",
    "no_text", "nothing",
]  # fmt: skip


class Rejected(Exception):
    """Nothing was stored; the code says what to do."""

    def __init__(self, code: NotTaken) -> None:
        super().__init__(code)
        self.code = code


async def hand_in_file(
    pool: Pool, account_id: str, *, name: str, body: bytes, replaces: str | None = None,
    gap_id: str | None = None,
) -> str:  # fmt: skip
    """Store a file for reading and return the submission's id; its format is told by what it holds.

    `replaces` is the publication whose next edition it is, `gap_id` the gap that it is to close.
    Raises Rejected, and Unknown when there is no such publication or gap.
    """
    if not body.strip():
        raise Rejected("empty_file")
    if len(body) > MAX_BYTES:
        raise Rejected("large_file")
    known = " ".join(clean(name.replace("\\", "/").rpartition("/")[2]).split())[-LONGEST_NAME:]
    given = Submission(
        uuid4().hex, known or "?", None, None, body, account_id=account_id, gap_id=gap_id
    )
    return await _hand_in(pool, given, replaces)


async def hand_in_text(
    pool: Pool, account_id: str, *, title: str, text: str, gap_id: str | None = None
) -> str:
    """Store a pasted text for reading, as Markdown under its title; raises Rejected and Unknown.

    Its name holds the minute: sent twice it is one edition, and it takes no other text's place.
    """
    title, text = " ".join(clean(title).split())[:LONGEST_TITLE], clean(text)
    if not title or not text:
        raise Rejected("no_text" if title else "no_title")
    name = f"{title} ({datetime.now(UTC):%Y-%m-%d %H:%M}).md"
    body = f"# {title}\n\n{text}\n".encode()
    given = Submission(
        uuid4().hex, name, "text/markdown", None, body, account_id=account_id, gap_id=gap_id
    )
    return await _hand_in(pool, given, None)


async def hand_in_address(
    pool: Pool, account_id: str, address: str, *, replaces: str | None = None,
    gap_id: str | None = None,
) -> str:  # fmt: skip
    """Have index fetch and read a page; raises Rejected and Unknown."""
    address = web_address(address)
    given = Submission(
        uuid4().hex, address, None, address, None, account_id=account_id, gap_id=gap_id
    )
    return await _hand_in(pool, given, replaces)


def web_address(text: str) -> str:
    """Return what may be an address of the web; whether it is fetched is the fetch's decision."""
    address = text.strip()
    try:
        parts = urlsplit(address)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and len(address) <= 2000
    except ValueError as error:
        raise Rejected("no_address") from error
    if not good or not address.isprintable() or " " in address:
        raise Rejected("no_address")
    return address


async def withdraw_publication(
    pool: Pool, account_id: str, publication_id: str, edition: int, *, reason: str
) -> None:
    """Take an edition out of the search, and say why; index does it, drafts on it turn stale.

    Raises Unknown when it is out already or another edition stands by now.
    """
    async with transaction(pool) as connection:
        found = await publications.lock_publication(connection, publication_id)
        if found is None or found.removed_at is not None or found.edition != edition:
            raise Unknown(publication_id)
        is_new = await publications.add_withdrawal(
            connection, publication_id, edition, reason=clean(reason)[:MAX_REASON],
            account_id=account_id,
        )  # fmt: skip
        if is_new:
            message = PublicationWithdrawn(
                happened_at=datetime.now(UTC), publication_id=publication_id, edition=edition
            )
            await promise(connection, SERVICE, [message])
            await tell_desks(connection, None)


async def _hand_in(pool: Pool, given: Submission, replaces: str | None) -> str:
    now = datetime.now(UTC)
    async with transaction(pool) as connection:
        await _has_room(connection, len(given.body or b""))
        if replaces and await publications.read_publication(connection, replaces) is None:
            raise Unknown(replaces)
        if given.gap_id and await gaps.read_gap(connection, given.gap_id) is None:
            raise Unknown(given.gap_id)
        await submissions.save_submission(connection, replace(given, replaces=replaces), now)
        message = PublicationSubmitted(happened_at=now, submission_id=given.submission_id)
        await promise(connection, SERVICE, [message])
    return given.submission_id


async def _has_room(connection: Connection, size: int) -> None:
    load = await submissions.read_load(connection)
    if load.count >= MAX_WAITING or load.bytes + size > MAX_WAITING_BYTES:
        raise Rejected("full")
