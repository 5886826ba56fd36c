"""What `demo --once` and `books` print: the balance, the lanes, the first drafts."""

from textwrap import shorten

from services.kit.db import Pool
from services.store.books import Books, read_books
from services.store.drafts import ShownDraft, first_drafts


def books_lines(books: Books) -> list[str]:
    """Return the balance as lines of text."""
    dropped = ", ".join(f"{reason} {count}" for reason, count in sorted(books.dropped.items()))
    lanes = ", ".join(f"{lane} {count}" for lane, count in sorted(books.lanes.items()))
    verdict = "balanced" if books.balanced else "NOT BALANCED"
    return [
        f"in            {books.received:6d}",
        f"  decided     {books.decided:6d}",
        f"  open        {books.open:6d}   ({lanes or 'none'})",
        f"  muted       {books.muted:6d}",
        f"  dead-letter {books.dead:6d}",
        f"  dropped     {sum(books.dropped.values()):6d}   ({dropped or 'none'})",
        f"books {verdict}: {books.received} in, {books.accounted} accounted for",
    ]


def draft_lines(draft: ShownDraft) -> list[str]:
    """Return a draft with its citations as lines of text."""
    lines = [f"> {shorten(' '.join(draft.comment.split()), 200, placeholder=' …')}"]
    lines += [f"  {line}" for line in draft.text.splitlines()]
    by_id = {source.passage_id: source for source in draft.sources}
    for number, citation in enumerate(
        (citation for sentence in draft.sentences for citation in sentence.citations), 1
    ):
        source = by_id[citation.passage_id]
        place = f"p. {source.page_from}" if source.page_from else source.heading or "text"
        lines.append(f"  [{number}] {source.title} · {place} · edition {source.edition}")
    return lines


async def report(pool: Pool, *, drafts: int = 5) -> tuple[Books, list[str]]:
    """Return the books and everything to print."""
    async with pool.connection() as connection:
        books = await read_books(connection)
        shown = await first_drafts(connection, limit=drafts)
    lines = books_lines(books)
    for draft in shown:
        lines += ["", *draft_lines(draft)]
    return books, lines
