"""What a Word document's paragraph styles mean for reading."""

import re
from dataclasses import dataclass
from typing import Any

from docx.oxml.ns import qn

_HEADING = re.compile(r"(?:heading|überschrift) (?P<level>[1-9])$")


@dataclass(frozen=True, slots=True)
class Role:
    """`level` counts from 1 for headings, of which the title is the first, and is 0 for text."""

    level: int = 0
    is_list: bool = False
    is_contents: bool = False


def paragraph_roles(styles: Any) -> dict[str, Role]:
    """The role of each paragraph style id in the styles part's root element.

    A style of one's own counts as what it is based on or as the outline level it sets.
    """
    known = {
        style.get(qn("w:styleId"), ""): style
        for style in styles.iter(qn("w:style"))
        if style.get(qn("w:type")) == "paragraph"
    }
    return {style_id: _role(style_id, known) for style_id in known}


def is_numbered(properties: Any) -> bool:
    """Whether paragraph properties put a number or bullet before the text; id 0 takes it away."""
    number = None if properties is None else properties.find(f"{qn('w:numPr')}/{qn('w:numId')}")
    return number is not None and number.get(qn("w:val")) != "0"


def _role(style_id: str, known: dict[str, Any]) -> Role:
    seen: set[str] = set()
    while style_id in known and style_id not in seen:
        seen.add(style_id)
        style = known[style_id]
        if role := _own_role(style):
            return role
        based_on = style.find(qn("w:basedOn"))
        style_id = "" if based_on is None else based_on.get(qn("w:val"), "")
    return Role()


def _own_role(style: Any) -> Role | None:
    named = style.find(qn("w:name"))
    name = "" if named is None else named.get(qn("w:val"), "").lower()
    outline = style.find(f"{qn('w:pPr')}/{qn('w:outlineLvl')}")
    heading = _HEADING.match(name)
    if name in {"title", "titel"}:
        return Role(level=1)
    if heading:
        return Role(level=int(heading["level"]) + 1)
    if outline is not None and outline.get(qn("w:val"), "").isdecimal():
        level = int(outline.get(qn("w:val")))
        return Role(level=level + 2) if level < 9 else Role()
    if name.startswith(("toc ", "table of figures")):
        return Role(is_contents=True)
    if name.startswith("list") or is_numbered(style.find(qn("w:pPr"))):
        return Role(is_list=True)
    return None
