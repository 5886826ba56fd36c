"""Packs a document into passages that can be found, read and quoted on their own."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import takewhile

from services.index.read.document import Block, Document, Kind
from services.index.units import Unit, block_units, weight

_PATH_JOINT = " › "
_LONGEST_HEADING = 200
_SMALL_SECTION = 250
_LEAST_ROOM = 200.0


@dataclass(frozen=True, slots=True)
class Chunk:
    """One passage of a publication.

    `heading` is the joined path of the headings it stands under; pages are None where the format
    has none; `position` counts from 0; `digest` is the SHA-256 in hex of heading and text, which a
    passage keeps while its words stay the same.
    """

    text: str
    heading: str | None
    page_from: int | None
    page_to: int | None
    position: int
    digest: str


@dataclass(frozen=True, slots=True)
class _Section:
    path: tuple[str, ...]
    blocks: tuple[Block, ...]

    @property
    def weight(self) -> float:
        return sum(weight(block.text) for block in self.blocks)


def chunk(
    document: Document,
    *,
    target_chars: int = 900,
    max_chars: int = 1400,
    overlap_sentences: int = 1,
) -> list[Chunk]:
    """The passages of `document` in reading order.

    Each is about `target_chars` long and, with its heading, no heavier than `max_chars` of prose.
    It begins and ends where sentences do, unless one alone is too long; a passage that begins
    inside a paragraph repeats up to `overlap_sentences` before it. No passage holds text of two
    top-level sections; small neighbouring sections share one under their common heading.
    """
    chunks: list[Chunk] = []
    for section in _merged(_sections(document.blocks), target_chars):
        heading = _joined(section.path)
        room = max(_LEAST_ROOM, max_chars - weight(heading) - 1)
        units = list(block_units(section.blocks, longest=room, overlap=overlap_sentences))
        for packed in _packed(units, target=min(target_chars, room), room=room):
            chunks.append(_chunk(packed, heading, len(chunks), room))
    return chunks
