"""Take the address to one person off a text that is to be offered to another one. Pure."""

import re

_GREETING = (
    r"(?:liebe[rs]?|hallo|hi|hey|moin|servus|gr[üu](?:ß|ss) dich|sehr geehrte[rs]?"
    r"|guten (?:morgen|tag|abend)|dear|hello|good (?:morning|afternoon|evening))"
)
_TITLE = r"(?:(?:frau|herrn?|dr|prof|mrs|mr|ms)\b\.?\s+)*"
SHORTEST_NAME = 3
"""Letters from which on a part of a name is known as such in a text."""


def without_address(text: str, *, name: str, handle: str) -> str | None:
    """Return a text without the salutation of a person at its start.

    None when it still names that person, or nothing is left: then it is for nobody else.
    """
    own = _names(name, handle)
    if not own:
        return text.strip() or None
    called = rf"@?(?:{'|'.join(own)})(?!\w)"
    whole = rf"{_TITLE}{called}(?:\s+{called})*"
    start = re.compile(
        rf"\s*(?:{_GREETING}\s+{whole}\s*[,!:.–-]*|@(?:{'|'.join(own)})(?!\w)\s*[,!:.–-]*"
        rf"|{whole}\s*[,!:])\s*",
        re.IGNORECASE,
    )
    found = start.match(text)
    rest = text[found.end() :].strip() if found else text.strip()
    if not rest or re.search(rf"(?<!\w){called}", rest, re.IGNORECASE):
        return None
    return rest[0].upper() + rest[1:] if found else rest


def _names(name: str, handle: str) -> list[str]:
    plain = handle.strip().lstrip("@")
    parts = {name.strip(), *re.findall(r"\w+", name), plain, plain.partition("@")[0]}
    known = [one for one in parts if len(one) >= SHORTEST_NAME]
    return [re.escape(one) for one in sorted(known, key=len, reverse=True)]
