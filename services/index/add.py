"""Take a publication in: read it, cut it, embed it, and swap the edition in one transaction."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Literal

from schemas.publications import PublicationIndexed, PublicationRemoved, PublicationSubmitted
from services.index.chunk import Chunk, chunk
from services.index.contents import contents
from services.index.embed import embed_chunks
from services.index.overtaken import Overtaken
from services.index.read.document import Document
from services.index.read.isolate import read_isolated
from services.index.read.unreadable import Unreadable
from services.kit.db import Connection, Pool, transaction
from services.kit.embed.embedder import Embeds
from services.kit.fetch import FetchFailed, FetchRefused
from services.kit.language import detect_language
from services.kit.outbox import promise
from services.kit.pseudonym import long_key, short_key
from services.store import passages, submissions
from services.store import publications as store
from services.store.passages import PassageRow
from services.store.publications import Publication
from services.store.submissions import Submission


@dataclass(frozen=True)
class Indexing:
    """What adding a publication needs."""

    pool: Pool
    embedder: Embeds
    allow_private: bool = False
    """For tests: fetch from loopback too."""


@dataclass(frozen=True)
class Added:
    """What became of a submission."""

    outcome: Literal["indexed", "unchanged", "refused"]
    publication_id: str | None = None
    title: str | None = None
    passages: int = 0
    fresh: int = 0
    """Passages that are new in this edition."""
    refusal: str | None = None
    warnings: tuple[str, ...] = ()


async def submit(
    pool: Pool, *, name: str, body: bytes, media_type: str | None, url: str | None
) -> str:
    """Store a file or page for reading and promise the message; return the submission's id."""
    now = datetime.now(UTC)
    digest = long_key(name, url or "", body.hex(), now.isoformat())
    submission = Submission(digest, name, media_type, url, body)
    async with transaction(pool) as connection:
        await submissions.save_submission(connection, submission, now)
        await promise(
            connection, "index", [PublicationSubmitted(happened_at=now, submission_id=digest)]
        )
    return digest


async def add(indexing: Indexing, submission_id: str) -> Added | None:
    """Bring a submission to its end; None when it is unknown. Running it again changes nothing.

    Reading and embedding happen outside any transaction: what comes out is swapped in at once, or
    not at all.
    """
    async with transaction(indexing.pool) as connection:
        submission = await submissions.lock_submission(connection, submission_id)
    if submission is None:
        return None
    if submission.outcome is not None:
        async with indexing.pool.connection() as connection:
            return await _already(connection, submission)
    async with transaction(indexing.pool) as connection:
        await submissions.begin_submission(connection, submission_id, datetime.now(UTC))
    try:
        submission, body = await contents(submission, allow_private=indexing.allow_private)
        document = await read_isolated(submission.name, body, submission.media_type, submission.url)
    except (Unreadable, FetchRefused, FetchFailed) as error:
        async with transaction(indexing.pool) as connection:
            return await _refuse(connection, submission, error)
    chunks = await asyncio.to_thread(_distinct, document)
    rows: dict[str, PassageRow] = {}
    while True:
        async with transaction(indexing.pool) as connection:
            publication = await _describe(connection, submission, document)
            stands = await passages.live_passages(connection, publication.publication_id)
        fresh = [one for one in chunks if one.digest not in stands and one.digest not in rows]
        embedded = await embed_chunks(indexing.embedder, document.title, fresh)
        rows |= {row.digest: row for row in embedded}
        added = await _swap(indexing, submission, publication, chunks, rows)
        if added is not None:
            return added


async def remove(pool: Pool, publication: Publication) -> int:
    """Take this edition out of the search; return the number of passages retired.

    A newer edition that came meanwhile stays, and what is out already stays out: 0 passages.
    """
    now = datetime.now(UTC)
    async with transaction(pool) as connection:
        current = await store.lock_publication(connection, publication.publication_id)
        if current is None or current.removed_at or current.edition != publication.edition:
            return 0
        live = await passages.live_passages(connection, publication.publication_id)
        await passages.retire_passages(connection, list(live.values()), now)
        await store.remove_publication(connection, publication.publication_id, now)
        await promise(
            connection,
            "index",
            [
                PublicationRemoved(
                    happened_at=now,
                    publication_id=publication.publication_id,
                    edition=publication.edition,
                )
            ],
        )
    return len(live)


async def _describe(
    connection: Connection, submission: Submission, document: Document
) -> Publication:
    """Return what was read as an edition of the publication it belongs to.

    It is the one that the person named, else the one of this address or of this file's name.
    """
    text = " ".join(block.text for block in document.blocks)
    url = submission.url or document.url
    known = submission.replaces or (None if url else await store.named(connection, submission.name))
    before = await store.read_publication(connection, known) if known else None
    return Publication(
        publication_id=known or short_key("publication", url or submission.name),
        name=submission.name,
        title=document.title,
        language=document.language or detect_language(text),
        published_on=document.date,
        author=document.author,
        url=url or (before.url if before else None),
        media_type=submission.media_type,
        digest=long_key(document.title, str(document.date), document.author or "", text),
        edition=1,
        warnings=[{"de": one.german, "en": one.english} for one in document.notices],
        indexed_at=datetime.now(UTC),
        removed_at=None,
        passages=0,
        pages=max((block.page_to or 0 for block in document.blocks), default=0) or None,
    )


def _distinct(document: Document) -> list[Chunk]:
    """Cut the document; a passage's digest covers the title, because it is found by it too."""
    titled = [replace(one, digest=long_key(document.title, one.digest)) for one in chunk(document)]
    return list({one.digest: one for one in titled}.values())


async def _swap(
    indexing: Indexing,
    submission: Submission,
    publication: Publication,
    chunks: list[Chunk],
    rows: Mapping[str, PassageRow],
) -> Added | None:
    """Make the edition the live one; None when another edition took out what stood until then.

    What was handed in later and is taken in already stays.
    """
    now = datetime.now(UTC)
    key = publication.publication_id
    async with transaction(indexing.pool) as connection:
        meanwhile = await submissions.lock_submission(connection, submission.submission_id)
        if meanwhile is not None and meanwhile.outcome is not None:
            return await _already(connection, meanwhile)
        before = await store.lock_publication(connection, key)
        if await submissions.is_overtaken(connection, submission.submission_id, key):
            return await _refuse(connection, submission, Overtaken())
        unchanged = before and before.removed_at is None and before.digest == publication.digest
        edition = (before.edition + (0 if unchanged else 1)) if before else 1
        stands = await passages.live_passages(connection, key)
        wanted = {one.digest: one for one in chunks}
        if wanted.keys() - stands.keys() - rows.keys():
            return None
        publication = Publication(**{**vars(publication), "edition": edition})
        await store.save_publication(connection, publication)
        for digest, passage_id in stands.items():
            if digest in wanted:
                one = wanted[digest]
                await passages.move_passage(
                    connection, passage_id, edition=edition, position=one.position,
                    page_from=one.page_from, page_to=one.page_to,
                )  # fmt: skip
        gone = [passage_id for digest, passage_id in stands.items() if digest not in wanted]
        await passages.retire_passages(connection, gone, now)
        new = [rows[digest] for digest in wanted if digest not in stands]
        await passages.add_passages(connection, key, edition, indexing.embedder.space, new)
        await store.add_edition(connection, publication, len(wanted))
        outcome: Literal["indexed", "unchanged"] = "unchanged" if unchanged else "indexed"
        await submissions.finish_submission(
            connection, submission.submission_id, outcome=outcome, publication_id=key,
            refusal=None, now=now,
        )  # fmt: skip
        if not unchanged:
            message = PublicationIndexed(
                happened_at=now, publication_id=key, edition=edition, passages=len(wanted)
            )
            await promise(connection, "index", [message])
    warnings = tuple(warning["en"] for warning in publication.warnings)
    return Added(outcome, key, publication.title, len(wanted), len(new), None, warnings)


async def _refuse(
    connection: Connection,
    submission: Submission,
    error: Unreadable | FetchRefused | FetchFailed | Overtaken,
) -> Added:
    await submissions.finish_submission(
        connection, submission.submission_id, outcome="refused", publication_id=None,
        refusal=_code(error), now=datetime.now(UTC),
        told={"de": error.german, "en": error.english},
    )  # fmt: skip
    return Added("refused", refusal=str(error))


def _code(error: Unreadable | FetchRefused | FetchFailed | Overtaken) -> str:
    if isinstance(error, Unreadable):
        return error.reason.value
    return "overtaken" if isinstance(error, Overtaken) else "not_fetched"


async def _already(connection: Connection, submission: Submission) -> Added:
    if submission.refusal is not None:
        told = submission.told or {"en": submission.refusal}
        return Added("refused", refusal=told["en"])
    found = await store.find_publication(connection, submission.publication_id or "")
    return Added(
        "unchanged" if submission.outcome == "unchanged" else "indexed",
        submission.publication_id,
        found.title if found else None,
        found.passages if found else 0,
    )
