"""Turns notes into HTML: language, dates, links, initials and the headers that keep it safe."""

import re
import zlib
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_datetime
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse

from services.networks.sandbox.access import Access
from services.networks.sandbox.ledger import Ledger
from services.networks.sandbox.settings import SandboxSettings
from services.networks.sandbox.views import note_path, page_path
from services.networks.sandbox.wording import WORDS, Language, choose_language
from services.networks.sandbox.world import Note

LANGUAGE_COOKIE = "sandbox_language"
YEAR = 365 * 24 * 3600
DEEPEST_INDENT = 4
TINTS = 8

_PATTERNS: dict[Language, str] = {"de": "d. MMM y, HH:mm", "en": "d MMM y, HH:mm"}
_LINK = re.compile(r"https?://[^\s<>\"]+[^\s<>\".,;:!?)\]]")
_LEGAL_FORM = re.compile(r"\s(e\.\s?V\.|g?GmbH)$")
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self';"
        " connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
    "X-Robots-Tag": "noindex",
}


@dataclass(frozen=True)
class Row:
    """One line of a thread: a note, how far it is indented, and whom it answers.

    `too_deep` says that the indentation no longer shows what it answers.
    """

    note: Note
    indent: int
    answered: str | None
    too_deep: bool


def rows_of(notes: list[Note]) -> list[Row]:
    """Return the public comments of a thread, each followed by its replies, oldest first."""
    names = {note.id: note.author_name for note in notes if note.state == "visible"}
    below: dict[str | None, list[Note]] = {}
    for note in notes:
        if note.kind == "comment" and note.visibility != "direct":
            below.setdefault(note.parent_id, []).append(note)
    rows: list[Row] = []
    waiting = [(note, 0) for note in reversed(below.get(None, []))]
    while waiting:
        note, depth = waiting.pop()
        answered = names.get(note.parent_id) if note.parent_id else None
        rows.append(Row(note, min(depth, DEEPEST_INDENT), answered, depth > DEEPEST_INDENT))
        waiting += [(reply, depth + 1) for reply in reversed(below.get(note.id, []))]
    return rows


def pieces_of(text: str) -> list[tuple[str, bool]]:
    """Return the text in pieces, each with whether it is a web address to link."""
    pieces: list[tuple[str, bool]] = []
    end = 0
    for link in _LINK.finditer(text):
        pieces += [(text[end : link.start()], False), (link.group(), True)]
        end = link.end()
    pieces.append((text[end:], False))
    return [piece for piece in pieces if piece[0]]


def initials_of(name: str) -> str:
    """Return up to two letters that stand for a name, leaving a legal form like e. V. out."""
    letters = [word[0] for word in _LEGAL_FORM.sub("", name).split() if word[0].isalnum()]
    return "".join(letters[:1] + letters[1:][-1:]).upper() or "?"


def tint_of(actor_id: str) -> int:
    """Return the colour number somebody always has."""
    return zlib.crc32(actor_id.encode()) % TINTS


class Rendering:
    """Renders templates for one request after the other."""

    def __init__(self, settings: SandboxSettings, access: Access, ledger: Ledger) -> None:
        self._settings = settings
        self._access = access
        self._ledger = ledger
        self._zone = ZoneInfo(settings.timezone)
        self._environment = Environment(
            loader=FileSystemLoader(Path(__file__).parent / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.globals |= {
            "initials": initials_of,
            "tint": tint_of,
            "pieces": pieces_of,
            "note_path": note_path,
            "page_path": page_path,
            "max_length": settings.max_length,
        }

    def page(
        self, request: Request, template: str, *, status: int = 200, **context: Any
    ) -> HTMLResponse:
        """Return a page in the reader's language."""
        wish = request.query_params.get("lang")
        language = choose_language(
            wish, request.cookies.get(LANGUAGE_COOKIE), request.headers.get("Accept-Language")
        )
        visitor = self._access.visitor(request)
        html = self._environment.get_template(template).render(
            context
            | {
                "w": WORDS[language],
                "language": language,
                "path": request.url.path,
                "me": self._ledger.actor(visitor.id) if visitor else None,
                "date": lambda moment: self._date(moment, language),
            }
        )
        response = HTMLResponse(html, status_code=status, headers=_HEADERS)
        if wish is not None:
            response.set_cookie(LANGUAGE_COOKIE, language, max_age=YEAR, samesite="lax")
        return response

    def _date(self, moment: datetime, language: Language) -> str:
        return format_datetime(moment.astimezone(self._zone), _PATTERNS[language], locale=language)
