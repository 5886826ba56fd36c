"""A publication as it was read: what it says, in reading order, and what it says about itself."""

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    HEADING = "heading"
    PARAGRAPH = "paragraph"
    LIST_ITEM = "list_item"
    TABLE_ROW = "table_row"
    CODE = "code"


@dataclass(frozen=True, slots=True)
class Block:
    """One paragraph, list item or table row of clean text.

    `heading` is the path of headings it stands under, outermost first; a heading's own path ends
    with itself. `page` and `page_to` count from 1 and are None where there are no pages.
    """

    text: str
    heading: tuple[str, ...]
    kind: Kind
    page: int | None = None
    page_to: int | None = None


@dataclass(frozen=True, slots=True)
class Notice:
    """Something the person who handed the file in should know, in one sentence each."""

    german: str
    english: str


UNSEEN = Notice(
    german="Die Datei enthält Text, den niemand sieht, etwa ausgeblendeten oder weißen; er wurde "
    "nicht gelesen.",
    english="The file holds text that nobody sees, hidden or white for instance; it was not read.",
)


@dataclass(frozen=True, slots=True)
class Facts:
    """What a file states about itself.

    `language` is a language tag; `file_date`, the day the file was made, counts where the text
    names no day of its own.
    """

    title: str | None = None
    language: str | None = None
    date: dt.date | None = None
    author: str | None = None
    url: str | None = None
    file_date: dt.date | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """A readable publication.

    `blocks` holds at least one that is not a heading; `language` is an ISO 639-1 code.
    """

    title: str
    blocks: tuple[Block, ...]
    language: str | None = None
    date: dt.date | None = None
    author: str | None = None
    url: str | None = None
    notices: tuple[Notice, ...] = ()

    @property
    def warnings(self) -> tuple[str, ...]:
        """The notices' English sentences."""
        return tuple(notice.english for notice in self.notices)
