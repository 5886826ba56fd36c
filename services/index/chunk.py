"""Packs a document into passages that can be found, read and quoted on their own."""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby, takewhile, zip_longest

from services.index.pack import pack
from services.index.read.document import Block, Document, Kind
from services.index.units import Unit, block_units, weight

_PATH_JOINT = " › "
_LONGEST_HEADING = 200
_SMALL_SECTION = 150
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

    Each is about `target_chars` long and, with its heading or else the title, no heavier than
    `max_chars` of prose. It begins and ends where sentences do, unless one alone is too long; a
    passage that begins inside a paragraph repeats up to `overlap_sentences` before it. No passage
    holds text of two top-level sections; small neighbouring sections share one under their common
    heading.
    """
    chunks: list[Chunk] = []
    for section in _merged(_sections(document.blocks), target_chars):
        heading = _joined(section.path)
        room = max(_LEAST_ROOM, max_chars - weight(heading or document.title) - 1)
        units = list(block_units(section.blocks, longest=room, overlap=overlap_sentences))
        for packed in pack(units, target=min(target_chars, room), room=room):
            chunks.append(_chunk(packed, heading, len(chunks), room))
    return chunks


def _sections(blocks: Sequence[Block]) -> Iterator[_Section]:
    """What stands under one heading; a heading with nothing under it counts as text."""
    placed = []
    for block, following in zip_longest(blocks, blocks[1:]):
        if block.kind != Kind.HEADING:
            placed.append(block)
        elif following is None or following.heading[: len(block.heading)] != block.heading:
            placed.append(replace(block, heading=block.heading[:-1], kind=Kind.PARAGRAPH))
    for path, together in groupby(placed, key=lambda block: block.heading):
        yield _Section(path, tuple(together))


def _merged(sections: Iterable[_Section], most: float) -> list[_Section]:
    """The sections, with small ones joined to a neighbour under the same heading."""
    merged: list[_Section] = []
    for section in sections:
        joint = _joint(merged[-1], section, most) if merged else None
        if joint is None:
            merged.append(section)
        else:
            merged[-1] = joint
    return merged


def _joint(above: _Section, section: _Section, most: float) -> _Section | None:
    """Both sections as one, or None if they belong apart; a question goes with its own answer."""
    pairs = zip(above.path, section.path, strict=False)
    shared = tuple(one for one, _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
    small = min(above.weight, section.weight) < _SMALL_SECTION
    asks = any("".join(one.path[len(shared) :]).endswith("?") for one in (above, section))
    if not shared or not small or asks or above.weight + section.weight > most:
        return None
    return _Section(shared, _titled(above, shared) + _titled(section, shared))


def _titled(section: _Section, shared: tuple[str, ...]) -> tuple[Block, ...]:
    """The section's blocks below a line with what its path adds to `shared`."""
    own = section.path[len(shared) :]
    if not own:
        return section.blocks
    first = section.blocks[0]
    line = Block(_joined(own) or "", shared, Kind.HEADING, first.page, first.page)
    return (line, *section.blocks)


def _joined(path: Sequence[str]) -> str | None:
    """The path in one line, without its outer parts if it is long."""
    while len(path) > 1 and len(_PATH_JOINT.join(path)) > _LONGEST_HEADING:
        path = path[1:]
    return _PATH_JOINT.join(path)[:_LONGEST_HEADING] or None


def _chunk(units: Sequence[Unit], heading: str | None, position: int, room: float) -> Chunk:
    first, *others = units
    text = first.text + "".join(unit.before + unit.text for unit in others)
    if weight(first.lead + text) <= room:
        text = first.lead + text
    pages = [page for unit in units for page in (unit.page, unit.page_to) if page is not None]
    said = " ".join(f"{heading or ''}\n{text}".split())
    return Chunk(
        text=text,
        heading=heading,
        page_from=min(pages, default=None),
        page_to=max(pages, default=None),
        position=position,
        digest=hashlib.sha256(said.encode()).hexdigest(),
    )
