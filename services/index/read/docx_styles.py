"""What a Word document's paragraph styles mean for reading."""

import re
from dataclasses import dataclass, replace
from typing import Any

from docx.oxml.ns import qn

_HEADING = re.compile(r"(?:heading|überschrift) (?P<level>[1-9])$")
_VALUE = qn("w:val")


@dataclass(frozen=True, slots=True)
class Role:
    """What a paragraph of a style is.

    `level` counts from 1 for headings, of which the title is the first, and is 0 for text; `list`
    is the id of the numbering it takes part in, at `depth` or, if None, where the style is tied.
    """

    level: int = 0
    is_item: bool = False
    is_contents: bool = False
    list: str = ""
    depth: int | None = None


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


def numbered(role: Role, properties: Any) -> Role:
    """`role` with the numbering that paragraph properties add; the list id 0 takes it away."""
    number = None if properties is None else properties.find(qn("w:numPr"))
    if number is None:
        return role
    depth, listed = number.find(qn("w:ilvl")), number.find(qn("w:numId"))
    if depth is not None and depth.get(_VALUE, "").isdecimal():
        role = replace(role, depth=int(depth.get(_VALUE)))
    if listed is None:
        return role
    list_id = listed.get(_VALUE, "0")
    if list_id == "0":
        return replace(role, list="", is_item=False)
    return replace(role, list=list_id, is_item=not role.level)


def _role(style_id: str, known: dict[str, Any]) -> Role:
    """The role of a style by those it is based on, the basic ones first."""
    line = []
    while style_id in known and known[style_id] not in line:
        line.append(known[style_id])
        based_on = known[style_id].find(qn("w:basedOn"))
        style_id = "" if based_on is None else based_on.get(_VALUE, "")
    role = Role()
    for style in reversed(line):
        role = numbered(_named(style, role), style.find(qn("w:pPr")))
    return role


def _named(style: Any, role: Role) -> Role:
    named = style.find(qn("w:name"))
    name = "" if named is None else named.get(_VALUE, "").lower()
    outline = style.find(f"{qn('w:pPr')}/{qn('w:outlineLvl')}")
    heading = _HEADING.match(name)
    if name in {"title", "titel"}:
        return replace(role, level=1)
    if heading:
        return replace(role, level=int(heading["level"]) + 1)
    if outline is not None and re.fullmatch(r"\d", outline.get(_VALUE, "")):
        level = int(outline.get(_VALUE))
        return replace(role, level=level + 2 if level < 9 else 0)
    if name.startswith(("toc ", "table of figures")):
        return replace(role, is_contents=True)
    return replace(role, is_item=True) if name.startswith("list") else role
