"""A status' HTML as plain text, who it addresses, and how long a text is. Pure."""

import re
from collections.abc import Collection, Mapping
from urllib.parse import unquote, urlsplit

from selectolax.lexbor import LexborHTMLParser, LexborNode

from services.networks.length import measure
from services.networks.network import Capabilities

MAX_HTML = 100_000
"""Characters of HTML that are read: the parser's time grows with the square of the nesting."""

_BLOCKS = frozenset(
    {"p", "div", "blockquote", "ul", "ol", "pre", "h1", "h2", "h3", "h4", "h5", "h6"}
)
_SILENT = frozenset({"script", "style", "template", "noscript"})
_INVISIBLE = re.compile("[\u200b\u2060\ufeff\u00ad]")
_SPACES = re.compile(r"[ \t\r\n\u00a0]+")
_AROUND_BREAKS = re.compile(r" *\n *")
_MANY_BREAKS = re.compile(r"\n{3,}")
_LEADING_MENTION = re.compile(r"@([\w.-]*\w(?:@[\w.:-]*\w)?)(?=[\s,:;!?.]|$)[\s,:;]*")
_MENTION = re.compile(r"(?<![\w/@.])@([\w.-]*\w)(?:@[\w.:-]*\w)?")
_FULL_MENTION = re.compile(r"(?<![\w/@.])@([\w.-]*\w(?:@[\w.:-]*\w)?)")
_INSIGNIFICANT = re.compile(r"[\s!-/:-@\[-`{-~]+")


def plain_text(html: str, mentions: Mapping[str, str]) -> str:
    """Return what a reader sees: paragraphs apart by a blank line, each link with its target.

    `mentions` maps profile addresses to accounts; such links become `@account`. Invisible
    characters are dropped, except those that join (emoji and several scripts need them).
    """
    pieces: list[str] = []
    body = LexborHTMLParser(html[:MAX_HTML]).body
    waiting: list[LexborNode | str] = [body] if body is not None else []
    while waiting:
        node = waiting.pop()
        if isinstance(node, str):
            pieces.append(node)
        elif node.tag == "-text":
            pieces.append(_SPACES.sub(" ", node.text_content or ""))
        elif node.tag == "br":
            pieces.append("\n")
        elif node.tag == "a":
            pieces.append(_link(node, mentions))
        elif node.tag not in _SILENT:
            waiting += reversed(_inside(node))
    text = _INVISIBLE.sub("", "".join(pieces))
    return _MANY_BREAKS.sub("\n\n", _AROUND_BREAKS.sub("\n", re.sub(" {2,}", " ", text))).strip()


def _inside(node: LexborNode) -> list[LexborNode | str]:
    children: list[LexborNode | str] = [*node.iter(include_text=True)]
    if node.tag in _BLOCKS:
        return ["\n\n", *children, "\n\n"]
    return ["\n- ", *children] if node.tag == "li" else children


def _link(node: LexborNode, mentions: Mapping[str, str]) -> str:
    target = node.attributes.get("href") or ""
    shown = _SPACES.sub(" ", node.text()).strip()
    if target in mentions:
        return f"@{mentions[target]}"
    kind = (node.attributes.get("class") or "").split()
    if "mention" in kind or "hashtag" in kind or not target.startswith(("http://", "https://")):
        return shown
    if _address(shown) == _address(target):
        return shown if "://" in shown else target
    if shown.endswith("…") and _address(shown[:-1]) in _address(target):
        return target
    return f"{shown} ({target})" if shown else target


def _address(url: str) -> str:
    """Return a web address in one spelling: servers encode umlauts in hosts and paths."""
    try:
        parts = urlsplit(url if "://" in url else f"https://{url}")
        host = (parts.hostname or "").encode("idna").decode()
    except (ValueError, UnicodeError):
        return url
    rest = unquote(f"{parts.path}?{parts.query}#{parts.fragment}".rstrip("#").rstrip("?"))
    return f"{host.removeprefix('www.')}{rest.rstrip('/')}"


def without_address(text: str, accounts: Collection[str]) -> str:
    """Return the text without the mentions of these accounts at its very beginning.

    Where nothing would be left, the text stays as it is.
    """
    known = {account.casefold() for account in accounts}
    rest, kept = text, ""
    while found := _LEADING_MENTION.match(rest):
        if found[1].casefold() not in known:
            kept += found[0]
        rest = rest[found.end() :]
    return f"{kept}{rest}".strip() or text


def mentioned(text: str) -> frozenset[str]:
    """Return the accounts that a text of ours mentions, in small letters."""
    return frozenset(account.casefold() for account in _FULL_MENTION.findall(text))


def counted(text: str, warning: str, rule: Capabilities) -> int:
    """Return the length that Mastodon counts: a mention without its host, the warning too."""
    return measure(local_mentions(text), rule) + len(warning)


def local_mentions(text: str) -> str:
    """Return the text with every mention cut down to its local part."""
    return _MENTION.sub(r"@\1", text)


def same_words(ours: str, theirs: str) -> bool:
    """Tell whether two texts say the same: servers change spaces, mark-up, links and mentions."""
    return _significant(ours) == _significant(theirs)


def _significant(text: str) -> str:
    plain = _INVISIBLE.sub("", unquote(local_mentions(text)))
    return _INSIGNIFICANT.sub("", plain) or " ".join(plain.split())
