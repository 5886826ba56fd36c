"""Believes what office programs write into file properties only where it can be true."""

import datetime as dt
import re

from services.index.read.clean import clean_line

_NOBODY = re.compile(
    r"(?:admin(?:istrator)?|anonym(?:ous)?|aut(?:h)?or|benutzer|default|editor|guest|none|owner|"
    r"python-docx|root|test|unbekannt|unknown|user(?:name)?)$",
    re.IGNORECASE,
)
_ACCOUNT = re.compile(
    r"(?:microsoft|windows|office|default|win)[\s-]+(?:\S+\s)?\S*(?:user|benutzer)", re.IGNORECASE
)
_NO_TITLE = re.compile(
    r"(?:microsoft (?:word|powerpoint)|word document|powerpoint|unbenannt|untitled|ohne titel|"
    r"dokument\s?\d*$|document\s?\d*$|slide 1|folie 1|layout 1|vorlage|template|title$|titel$|"
    r"(?:scan|img|doc)[\s_-]?\d)",
    re.IGNORECASE,
)
_FILE_NAME = re.compile(
    r"\.(?:docx?|odt|rtf|pdf|indd|qxp|tex|dvi|pptx?|xlsx?|html?|ps|cdr)$", re.IGNORECASE
)
_LETTER = re.compile(r"[^\W\d_]")
_FIRST_YEAR = 1990


def believable_author(stated: str | None) -> str | None:
    """`stated`, unless it is an account or a program's filling."""
    name = clean_line(stated or "")
    if len(_LETTER.findall(name)) < 3 or _NOBODY.match(name) or _ACCOUNT.match(name):
        return None
    return name


def believable_title(stated: str | None) -> str | None:
    """`stated`, unless it is a file's name or a program's filling."""
    title = clean_line(stated or "")
    if len(_LETTER.findall(title)) < 3 or _NO_TITLE.match(title) or _FILE_NAME.search(title):
        return None
    return title


def believable_day(stated: dt.datetime | dt.date | None) -> dt.date | None:
    """The day of `stated`, unless a clock that was never set wrote it."""
    if stated is None or stated.year < _FIRST_YEAR:
        return None
    return stated.date() if isinstance(stated, dt.datetime) else stated
