"""How long a reply is in a platform's own unit. Pure."""

import regex

from services.networks.network import Capabilities

_WEB_ADDRESS = regex.compile(r"https?://[^\s]+")
_GRAPHEME = regex.compile(r"\X")


def measure(text: str, rule: Capabilities) -> int:
    """Return the length of a text in `rule.length_unit`, web addresses as the platform counts."""
    if rule.url_length is not None:
        rest = _WEB_ADDRESS.sub("", text)
        addresses = len(_WEB_ADDRESS.findall(text))
        return _count(rest, rule) + addresses * rule.url_length
    return _count(text, rule)


def fits(text: str, rule: Capabilities) -> bool:
    """Tell whether the platform takes a text of this length."""
    if rule.max_bytes is not None and len(text.encode()) > rule.max_bytes:
        return False
    return measure(text, rule) <= rule.max_length


def _count(text: str, rule: Capabilities) -> int:
    if rule.length_unit == "grapheme":
        return len(_GRAPHEME.findall(text))
    if rule.length_unit == "byte":
        return len(text.encode())
    return len(text)
