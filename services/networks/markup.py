"""Between the HTML of networks and the plain text that we and people work with. Pure."""

import html
import re

from selectolax.lexbor import LexborHTMLParser, LexborNode

_BLOCKS = frozenset(
    {"address", "article", "blockquote", "div", "dl", "figure", "ol", "p", "pre", "section"}
    | {"table", "ul", "h1", "h2", "h3", "h4", "h5", "h6"}
)
_LINES = frozenset({"dd", "dt", "li", "tr"})
_UNSEEN = frozenset({"script", "style", "template", "noscript", "head"})
_WEB = ("http://", "https://")
_SPACES_AT_ENDS = re.compile(r"[ \t]*\n[ \t]*")
_ANY_SPACE = re.compile(r"[ \t\n]+")
_EMPTY_LINES = re.compile(r"\n{3,}")


def to_text(content: str, *, source_breaks: bool = False) -> str:
    """Return what a reader sees; a link's target stands behind its words.

    `source_breaks` keeps the line breaks of the source, as WordPress does in comments.
    """
    unified = content.replace("\r\n", "\n").replace("\r", "\n").replace("\u00a0", " ")
    if "<" in unified or "&" in unified:
        if not source_breaks:
            unified = _ANY_SPACE.sub(" ", unified)
        unified = "".join(_pieces(unified)).replace("\u00a0", " ")
    return _EMPTY_LINES.sub("\n\n", _SPACES_AT_ENDS.sub("\n", unified)).strip()


def to_html(text: str) -> str:
    """Return a text as HTML that shows exactly these characters."""
    return html.escape(text.strip(), quote=False)


def _pieces(content: str) -> list[str]:
    """Walk the tree without recursion: a visitor may nest as deeply as a comment is long."""
    body = LexborHTMLParser(content).body
    pieces: list[str] = []
    waiting: list[LexborNode | str] = [body] if body is not None else []
    while waiting:
        node = waiting.pop()
        if isinstance(node, str):
            pieces.append(node)
        elif node.tag == "-text":
            pieces.append(node.text_content or "")
        elif node.tag not in _UNSEEN:
            before, after = _around(node)
            pieces.append(before)
            waiting.append(after)
            waiting += reversed(list(node.iter(include_text=True)))
    return pieces


def _around(node: LexborNode) -> tuple[str, str]:
    if node.tag in _BLOCKS:
        return "\n\n", "\n\n"
    if node.tag in _LINES:
        return "\n", "\n"
    if node.tag == "br":
        following = node.next
        is_broken_anyway = following is not None and (following.text_content or "").startswith("\n")
        return "" if is_broken_anyway else "\n", ""
    if node.tag == "img":
        return node.attributes.get("alt") or "", ""
    if node.tag == "a":
        target = node.attributes.get("href") or ""
        told = not target.startswith(_WEB) or target.rstrip("/") in node.text()
        return "", "" if told else f" ({target})"
    return "", ""
