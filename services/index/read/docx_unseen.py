"""Which words of a Word document nobody sees: hidden, white on white, too small."""

from typing import Any

from docx.oxml.ns import qn

_PROPERTIES, _VALUE, _FILL = qn("w:rPr"), qn("w:val"), qn("w:fill")
_HIDING = (qn("w:vanish"), qn("w:specVanish"))
_COLOR, _SIZE, _STYLE = qn("w:color"), qn("w:sz"), qn("w:rStyle")
_SHADES = (qn("w:shd"), qn("w:highlight"))
_GROUNDS = (qn("w:tbl"), qn("w:txbxContent"))
_OFF = frozenset({"0", "false", "off"})
_PAPER = frozenset({"auto", "ffffff", "none", "white", "clear"})
_SMALLEST = 4
"""Half points below which nobody reads letters."""
_WHITEST = 0xF5


def is_unseen(run: Any, styles: frozenset[str]) -> bool:
    """Whether nobody sees the text of a run; `styles` are the ids of those that hide it."""
    properties = run.find(_PROPERTIES)
    if properties is None:
        return False
    styled = properties.find(_STYLE)
    hidden = styled is not None and styled.get(_VALUE, "") in styles
    hides = _hides(properties)
    if hides is not None:
        hidden = hides
    return hidden or (_is_white(properties) and not _has_ground(run))


def holds_unseen(body: Any, styles: frozenset[str]) -> bool:
    """Whether words stand in a document that nobody sees; `styles` as for `is_unseen`."""
    for text in body.iter(qn("w:t")):
        if not (text.text or "").strip():
            continue
        above = list(text.iterancestors(qn("w:r"), qn("w:p")))
        if any(one.tag == qn("w:r") and is_unseen(one, styles) for one in above):
            return True
        paragraph = next((one for one in above if one.tag == qn("w:p")), None)
        styled = None if paragraph is None else paragraph.find(f"{qn('w:pPr')}/{qn('w:pStyle')}")
        if styled is not None and styled.get(_VALUE, "") in styles:
            return True
    return False


def unseen_styles(styles: Any) -> frozenset[str]:
    """The ids of paragraph and character styles whose text nobody sees."""
    known = {style.get(qn("w:styleId"), ""): style for style in styles.iter(qn("w:style"))}
    return frozenset(style_id for style_id in known if _style_hides(style_id, known))


def _style_hides(style_id: str, known: dict[str, Any]) -> bool:
    """Whether a style, or the first it is based on that says something, hides its text."""
    seen: set[str] = set()
    while style_id in known and style_id not in seen:
        seen.add(style_id)
        properties = known[style_id].find(_PROPERTIES)
        if properties is not None:
            hides = _hides(properties)
            if hides is not None:
                return hides
        based_on = known[style_id].find(qn("w:basedOn"))
        style_id = "" if based_on is None else based_on.get(_VALUE, "")
    return False


def _hides(properties: Any) -> bool | None:
    """Whether run properties hide text, None when they say nothing of it."""
    for name in _HIDING:
        found = properties.find(name)
        if found is not None:
            return str(found.get(_VALUE, "")).lower() not in _OFF
    size = properties.find(_SIZE)
    if size is None or not size.get(_VALUE, "").isdecimal():
        return None
    return int(size.get(_VALUE)) < _SMALLEST or None


def _is_white(properties: Any) -> bool:
    color = properties.find(_COLOR)
    shade = "" if color is None else color.get(_VALUE, "")
    try:
        return len(shade) == 6 and min(bytes.fromhex(shade)) >= _WHITEST
    except ValueError:
        return False


def _has_ground(run: Any) -> bool:
    """Whether white text may stand on a color: shaded, in a table, in a box, or a colored page."""
    for one in (run, *run.iterancestors()):
        if one.tag in _GROUNDS or one.find(qn("w:background")) is not None:
            return True
        for properties in (one.find(_PROPERTIES), one.find(qn("w:pPr"))):
            if properties is not None and any(_shades(properties.find(name)) for name in _SHADES):
                return True
    return False


def _shades(shade: Any) -> bool:
    if shade is None:
        return False
    return bool({shade.get(_FILL, "auto").lower(), shade.get(_VALUE, "none").lower()} - _PAPER)
