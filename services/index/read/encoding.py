"""Turns bytes of unknown encoding into text."""

import codecs

from services.index.read.unreadable import Reason, Unreadable

_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_DECLARABLE = frozenset({"utf-8", "utf-16-le", "utf-16-be", "koi8-r", "mac-roman"}).union(
    (f"cp{page}" for page in range(1250, 1259)), (f"iso8859-{part}" for part in range(2, 17))
)
_BINARY_SAMPLE = 8192


def decode(body: bytes, declared: str | None = None) -> str:
    """The text of `body`: by its byte order mark, as declared, as UTF-8, or as Windows-1252.

    Raises Unreadable for what is no text at all.
    """
    for mark, encoding in _BYTE_ORDER_MARKS:
        if body.startswith(mark):
            return body[len(mark) :].decode(encoding, errors="replace")
    if b"\0" in body[:_BINARY_SAMPLE]:
        raise Unreadable(Reason.UNSUPPORTED)
    for codec in (_declarable(declared), "utf-8"):
        try:
            if codec:
                return body.decode(codec)
        except UnicodeDecodeError:
            continue
    return body.decode("cp1252", errors="replace")


def _declarable(declared: str | None) -> str | None:
    """The codec of a charset that web pages may name; Latin 1 in practice means Windows-1252."""
    try:
        name = codecs.lookup(declared or "utf-8").name
    except (LookupError, ValueError):
        return None
    return name if name in _DECLARABLE else None
