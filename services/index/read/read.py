"""Reads a publication of any known format."""

import re
from collections.abc import Callable
from pkgutil import resolve_name

from services.index.read.document import Document
from services.index.read.recognise import Format, recognise
from services.index.read.unreadable import Reason, Unreadable

MAX_BYTES = 50_000_000
_CHARSET = re.compile(r";\s*charset\s*=\s*[\"']?([\w-]{2,30})", re.IGNORECASE)
# Named, not imported: a reading process loads the one parser its file needs.
_READERS = {
    Format.PDF: "services.index.read.pdf:read_pdf",
    Format.DOCX: "services.index.read.docx:read_docx",
    Format.HTML: "services.index.read.html:read_html",
    Format.MARKDOWN: "services.index.read.markdown:read_markdown",
    Format.PLAIN: "services.index.read.plain:read_plain",
}
_Reader = Callable[[str, bytes, str | None, str | None], Document]


def read_document(
    name: str, body: bytes, media_type: str | None = None, url: str | None = None
) -> Document:
    """The publication in `body`; raises Unreadable and nothing else, whatever the bytes are.

    `name` is the file's name or the last part of its address, `media_type` a Content-Type with or
    without parameters, `url` the address it came from. A hostile file may still take long and much
    memory: see read_isolated.
    """
    if not body.strip():
        raise Unreadable(Reason.EMPTY)
    if len(body) > MAX_BYTES:
        raise Unreadable(Reason.TOO_LARGE)
    charset = _CHARSET.search(media_type or "")
    reader: _Reader = resolve_name(_READERS[recognise(name, body, (media_type or "").lower())])
    return reader(name, body, charset[1] if charset else None, url)
