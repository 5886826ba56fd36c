"""Takes out of a web page what its readers do not see, so that it is not read to them either.

What a control of the page unfolds - a tab, an accordion - counts as seen. Only the page itself is
looked at, no style sheet elsewhere.
"""

import re
from collections.abc import Iterator
from typing import Any

_SENTENCE = 40
"""Characters from which on hidden text is more than a label."""
_NEVER_SHOWN = frozenset({"template", "noscript", "datalist"})
_UNFOLDS = re.compile(r"accordion|collaps|tab|panel|faq|toggle|expand|answer|slide", re.IGNORECASE)
_CONTROLS = ("aria-controls", "data-target", "data-bs-target", "href", "for", "aria-owns")
_HIDING = re.compile(
    r"(?:^|;)\s*(?:display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse)"
    r"|opacity\s*:\s*(?:0?\.0\d*|0)(?![.\d])|font-size\s*:\s*(?:0?\.[012]\d*r?em|[0-2](?:\.\d+)?p[xt]|0(?![.\d]))"
    r"|(?:text-indent|left|top|right|bottom|margin(?:-left|-top)?)\s*:\s*-\d{3,}"
    r"|clip\s*:\s*rect\(\s*[01](?:px)?[\s,]+[01](?:px)?[\s,]+[01](?:px)?[\s,]+[01](?:px)?\s*\)"
    r"|clip-path\s*:\s*inset\(\s*(?:50|100)%|transform\s*:\s*scale\(\s*0(?:\.0+)?\s*\)"
    r"|color\s*:\s*transparent)",
    re.IGNORECASE,
)
_FOLDED = re.compile(r"(?:^|;)\s*(?:display\s*:\s*none|visibility\s*:\s*hidden)", re.IGNORECASE)
_NO_ROOM = re.compile(
    r"(?:^|;)\s*(?:max-)?(?:height|width)\s*:\s*[01](?:px)?\s*(?:;|!|$)", re.IGNORECASE
)
_CUTS_OFF = re.compile(r"overflow(?:-[xy])?\s*:\s*hidden", re.IGNORECASE)
_WHITE = r"(?:#f{3,8}\b|white\b|rgba?\(\s*25[0-5]\s*,\s*25[0-5]\s*,\s*25[0-5])"
_WHITE_TEXT = re.compile(rf"(?:^|;)\s*color\s*:\s*{_WHITE}", re.IGNORECASE)
_GROUND = re.compile(rf"background(?:-color|-image)?\s*:(?!\s*{_WHITE})", re.IGNORECASE)
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_CONDITIONAL = re.compile(r"@[^{};]*(?:;|\{(?:[^{}]*\{[^{}]*\})*[^{}]*\})")
_RULE = re.compile(r"(?P<selectors>[^{}]+)\{(?P<style>[^{}]*)\}")
_SIMPLE = re.compile(r"(?P<tag>[a-z][a-z0-9]*)?(?P<kind>[.#])(?P<name>[\w-]+)$", re.IGNORECASE)


_Sheet = dict[str, list[tuple[str, str]]]
"""Tag and style of each rule for a single class or id, by that with its sign."""


def drop_unseen(page: Any) -> bool:
    """Remove from the lxml tree `page` every element that is hidden; text after it stays.

    Tells whether one of them held a sentence or more, so that somebody may have wanted it read.
    """
    held = False
    sheet = _simple_rules(page)
    reachable = {
        value.lstrip("#")
        for element in page.iter("a", "button", "label", "div", "span", "summary", "li", "h2", "h3")
        for name in _CONTROLS
        for value in element.get(name, "").split()
    }
    for element in list(page.iter()):
        if isinstance(element.tag, str) and _is_unseen(element, sheet, reachable):
            if element.tag not in _NEVER_SHOWN:
                held = held or len(" ".join(element.text_content().split())) >= _SENTENCE
            element.drop_tree()
    return held


def _is_unseen(element: Any, sheet: _Sheet, reachable: set[str]) -> bool:
    if element.tag in ("html", "body", "head") or element.getparent() is None:
        return False
    if element.tag in _NEVER_SHOWN:
        return True
    style = ";".join([*_from_sheet(element, sheet), element.get("style", "")])
    folded = "hidden" in element.attrib or element.get("aria-hidden", "").lower() == "true"
    if folded or _FOLDED.search(style):
        return not _is_unfolded(element, reachable)
    if _HIDING.search(style) or (_NO_ROOM.search(style) and _CUTS_OFF.search(style)):
        return True
    return bool(_WHITE_TEXT.search(style)) and not _has_ground(element, sheet)


def _is_unfolded(element: Any, reachable: set[str]) -> bool:
    """Whether a control of the page shows it."""
    if element.get("id", "") in reachable or element.get("role") == "tabpanel":
        return True
    return bool(_UNFOLDS.search(f"{element.get('class', '')} {element.get('id', '')}"))


def _has_ground(element: Any, sheet: _Sheet) -> bool:
    """Whether white text stands on something that the page paints."""
    for one in (element, *element.iterancestors()):
        style = ";".join([*_from_sheet(one, sheet), one.get("style", "")])
        if _GROUND.search(style) or one.get("bgcolor") or one.get("class"):
            return True
    return False


def _simple_rules(page: Any) -> _Sheet:
    """Return the rules of the page's own style sheets that name one class or id.

    Rules that hold for some media or sizes only, such as print, do not count.
    """
    sheet: _Sheet = {}
    for block in page.iter("style"):
        text = _CONDITIONAL.sub("", _COMMENT.sub("", block.text or ""))
        for rule in _RULE.finditer(text):
            for selector in rule["selectors"].split(","):
                if found := _SIMPLE.match(selector.strip()):
                    of = sheet.setdefault(found["kind"] + found["name"], [])
                    of.append((found["tag"] or "", rule["style"]))
    return sheet


def _from_sheet(element: Any, sheet: _Sheet) -> Iterator[str]:
    names = [f".{name}" for name in element.get("class", "").split()]
    for name in (*names, f"#{element.get('id', '')}"):
        for tag, style in sheet.get(name, ()):
            if tag in ("", element.tag):
                yield style
