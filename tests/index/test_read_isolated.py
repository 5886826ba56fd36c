"""Reading in a process that may die."""

import asyncio
import os
from pathlib import Path

import pytest

from services.index.read.isolate import ReaderBroken, _understood, read_isolated
from services.index.read.read import read_document
from services.index.read.unreadable import Reason, Unreadable
from tests.index.handmade import pdf, pictures_only, repacked, word

SLOW = b"*a " * 500_000


def children() -> list[str]:
    """The ids of the processes that this one has started and that still run."""
    return Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children").read_text().split()


async def test_reading_alone_gives_the_same_document() -> None:
    body = pdf(lambda sheet: sheet.text_block("Ein Satz mit Umlauten: äöüß."))
    url = "https://verein.example/bericht.pdf"
    alone = await read_isolated("bericht.pdf", body, "application/pdf", url)
    assert alone == read_document("bericht.pdf", body, "application/pdf", url)


async def test_refusals_come_through() -> None:
    with pytest.raises(Unreadable) as refused:
        await read_isolated("scan.pdf", pictures_only())
    assert refused.value.reason == Reason.SCANNED


async def test_a_file_that_needs_too_much_memory_is_refused() -> None:
    """INVARIANT: a hostile file can exhaust its own process and no more."""
    body = word(lambda document: document.add_paragraph("Ein Satz."))
    paragraphs = b"<w:p><w:r><w:t>Ein Satz.</w:t></w:r></w:p>" * 1_000_000
    opening = b'<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">'
    content = opening + b"<w:body>" + paragraphs + b"</w:body></w:document>"
    with pytest.raises(Unreadable) as refused:
        await read_isolated(
            "x.docx", repacked(body, "word/document.xml", content), max_memory_mb=400
        )
    assert refused.value.reason in {Reason.TOO_LARGE, Reason.DAMAGED}


async def test_a_file_that_takes_too_long_is_refused() -> None:
    before = children()
    with pytest.raises(Unreadable) as refused:
        await read_isolated("x.md", SLOW, seconds=0.5)
    assert refused.value.reason == Reason.TIMEOUT
    assert children() == before


async def test_giving_up_ends_the_process() -> None:
    """INVARIANT: no reading process outlives the one who waits for it."""
    before = children()
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(read_isolated("x.md", SLOW), timeout=0.5)
    assert children() == before


@pytest.mark.parametrize(
    ("returncode", "reason"), [(-24, Reason.TIMEOUT), (-9, Reason.TIMEOUT), (-11, Reason.DAMAGED)]
)
def test_how_a_process_dies_tells_why(returncode: int, reason: Reason) -> None:
    with pytest.raises(Unreadable) as refused:
        _understood(returncode, b"", b"")
    assert refused.value.reason == reason


def test_a_fault_of_ours_is_no_refusal() -> None:
    """INVARIANT: a bug in reading shows its traceback instead of blaming the file."""
    with pytest.raises(ReaderBroken, match="ZeroDivisionError"):
        _understood(1, b"", b"Traceback\nZeroDivisionError: division by zero")
