"""Reads Word documents: headings by their styles, lists, tables, and the stated properties."""

import zipfile
from io import BytesIO

import docx
from docx.opc.constants import RELATIONSHIP_TYPE as RT
from docx.opc.coreprops import CoreProperties

from services.index.read.assemble import Piece, assemble
from services.index.read.document import UNSEEN, Document, Facts
from services.index.read.docx_body import Look, body_pieces
from services.index.read.docx_numbering import read_numbering
from services.index.read.docx_styles import paragraph_roles
from services.index.read.docx_unseen import holds_unseen, unseen_styles
from services.index.read.parser_border import parser_border
from services.index.read.properties import believable_author, believable_day, believable_title
from services.index.read.recognise import WORD_PART
from services.index.read.unreadable import Reason, Unreadable

_LARGEST_TEXT = 60_000_000
_LARGEST_WHOLE = 300_000_000


def read_docx(name: str, body: bytes, charset: str | None, url: str | None) -> Document:
    """The document; what tracked changes delete is left out, what they insert is in."""
    del charset  # the XML inside states its own
    _refuse_bombs(body)
    pieces, facts, unseen = _parsed(body, url)
    return assemble(pieces, facts, name=name, notices=[UNSEEN] if unseen else [])


def _refuse_bombs(body: bytes) -> None:
    """Refuse by the stated sizes, beyond which the unpacking library never reads."""
    with parser_border(), zipfile.ZipFile(BytesIO(body)) as packed:
        sizes = {part.filename: part.file_size for part in packed.infolist()}
    if sizes.get(WORD_PART, 0) > _LARGEST_TEXT or sum(sizes.values()) > _LARGEST_WHOLE:
        raise Unreadable(Reason.TOO_LARGE)


def _parsed(body: bytes, url: str | None) -> tuple[list[Piece], Facts, bool]:
    with parser_border():
        document = docx.Document(BytesIO(body))
        styles = document.styles.element
        facts = _stated(document.core_properties, url)
        root = document.element.body
        related = [part for part in document.part.rels.values() if part.reltype == RT.NUMBERING]
        numbering = related[0].target_part.element if related else None
    if root is None:
        raise Unreadable(Reason.DAMAGED)
    look = Look(paragraph_roles(styles), unseen_styles(styles), read_numbering(numbering))
    return list(body_pieces(root, look)), facts, holds_unseen(root, look.unseen)


def _stated(properties: CoreProperties, url: str | None) -> Facts:
    """What the file says of itself; where it says nothing, the library puts in its own name."""
    made_up = properties.last_modified_by == "python-docx"
    return Facts(
        title=believable_title(properties.title),
        language=properties.language,
        author=believable_author(properties.author),
        url=url,
        file_date=None if made_up else believable_day(properties.modified or properties.created),
    )
