"""Checks of where a draft would lead a reader."""

import re
from urllib.parse import urlsplit

from services.answer.checked import Checked

_SCHEME = re.compile(
    r"\b[a-z][a-z0-9+.-]{1,15}:\s?/\s?/\S*|\b(?:mailto|tel|data|javascript):\S*", re.IGNORECASE
)
_MARKUP = re.compile(r"\]\s?\(|<\s?/?[a-z!]|&#|[a-z]%[0-9a-f]{2}", re.IGNORECASE)
_LABEL = r"[^\W_](?:[\w-]{0,62}[^\W_])?"
_DOMAIN = re.compile(
    rf"(?<![\w@-])(?:{_LABEL}\.)+(?:xn--[\w-]+|[^\W\d_]{{2,24}})(?![\w-])(?:[:/?#][^\s<>\"“”„»«]*)?"
)
_TLD = "com|net|org|info|biz|de|at|ch|eu|io|co|me|tv|ru|cn|app|dev|xyz|site|online|shop|club|link"
_SPELLED = re.compile(
    rf"{_LABEL}\s?(?:[(\[{{<]\s?(?:\.|dot|punkt|point)\s?[)\]}}>]\s?[^\W\d_]{{2,}}"
    rf"|\sdot\s[^\W\d_]+|\spunkt\s(?:{_TLD})\b|\s[.]\s?[^\W\d_]"
    r"|\s(?:dash|slash|underscore|bindestrich|schrägstrich|unterstrich)\s"
    rf"|[.]\s(?:com|net|org|biz|xyz|ru|cn)\b|[.]\s(?:{_TLD})\b(?=\s?(?:/|$))|,(?:{_TLD})\b)",
    re.IGNORECASE,
)
_ADDRESS = re.compile(r"(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?![\d.])|\blocalhost\b", re.IGNORECASE)
_DOTS = re.compile("[。․‧∙⋅•・]")
_ENDS = ".,;:!?)]}'\"“”»«…"


def links_are_ours(checked: Checked) -> str | None:
    """No link, however spelled, leads anywhere but to our own domains or a cited publication."""
    text = _DOTS.sub(".", checked.own_text)
    for pattern in (_MARKUP, _SPELLED, _ADDRESS):
        if found := pattern.search(text):
            return found[0].strip()
    for found in (*_SCHEME.finditer(text), *_DOMAIN.finditer(text)):
        if not _is_ours(found[0].rstrip(_ENDS), checked):
            return str(found[0])
    return None


def _is_ours(link: str, checked: Checked) -> bool:
    pages = {
        _bare(source.url)
        for sentence in checked.draft.sentences
        for source in checked.cited(sentence)
        if source.url
    }
    if _bare(link) in pages:
        return True
    try:
        parts = urlsplit(link if "://" in link else f"https://{link}")
        host = parts.hostname or ""
    except ValueError:
        return False
    if parts.scheme not in ("http", "https") or parts.username is not None:
        return False
    if "//" in parts.path or _DOMAIN.search(f"{parts.query} {parts.fragment}"):
        return False
    domains = [_ascii(domain) for domain in checked.own_domains if domain.strip()]
    return any(_ascii(host) == own or _ascii(host).endswith(f".{own}") for own in domains)


def _bare(link: str) -> str:
    return re.sub(r"^(?:https?://)?(?:www\.)?", "", link.casefold()).rstrip("/")


def _ascii(host: str) -> str:
    """Return a host as the name servers see it; one that they could not see stays as it is."""
    host = host.strip().strip(".").casefold()
    try:
        return host.encode("idna").decode()
    except UnicodeError:
        return host
