"""Render pages: one Jinja environment per language, everything escaped."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from importlib.resources import files
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from fastapi import Request
from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.responses import HTMLResponse

from services.kit.measured import measured
from services.networks.length import measure
from services.review.areas import area_of, areas_for
from services.review.difference import difference
from services.review.labels import LABELS
from services.review.outline import outline
from services.review.refusals import clean
from services.review.rights import allowed, first_page
from services.review.security import session_mark
from services.review.texts import LANGUAGES, NAMES, Texts
from services.store.accounts import Language, Person
from services.store.care import HARSH

STATIC = Path(str(files("services.review"))) / "static"


def weblink(url: str | None) -> str | None:
    """Return an address that may be linked: http or https with a host, else None."""
    if not url or not url.isprintable():
        return None
    try:
        parts = urlsplit(url.strip())
        good = parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        return None
    return url.strip() if good else None


def readable(body: bytes) -> str:
    """Return bytes as text to look at, whatever they are."""
    return body.decode("utf-8", "replace").replace("\x00", "\ufffd")


def query(**fields: object) -> str:
    """Return `?a=b` of the fields that are set, an empty string when none is."""
    given = {name: value for name, value in fields.items() if value not in (None, "")}
    return f"?{urlencode(given)}" if given else ""


@dataclass(frozen=True)
class View:
    """Templates in every language, and what all of them may use."""

    environments: Mapping[Language, Environment]
    texts: Mapping[Language, Texts]
    language_cookie: str

    def language(self, request: Request) -> Language:
        """Return the account's language, else the cookie's, else the browser's, else German."""
        person = getattr(request.state, "person", None)
        if isinstance(person, Person):
            return person.language
        wished = [request.cookies.get(self.language_cookie, "")]
        accepted = request.headers.get("accept-language", "")
        wished += [part.split(";")[0].strip()[:2].lower() for part in accepted.split(",")]
        return next((known for wish in wished for known in LANGUAGES if wish == known), "de")

    def page(
        self, request: Request, template: str, *, status: int = 200, **context: Any
    ) -> HTMLResponse:
        """Render a template for the person who asks."""
        language = self.language(request)
        now = datetime.now(UTC)
        person = getattr(request.state, "person", None)
        texts = self.texts[language]
        given = {name: value for name, value in request.query_params.items() if name != "done"}
        done, at = (request.query_params.get(name, "") for name in ("done", "at"))
        html = self.environments[language].get_template(template).render(
            {
                "person": person,
                "session": session_mark(person) if person else "",
                "areas": areas_for(person),
                "may": partial(allowed, person),
                "home": first_page(person),
                "badges": getattr(request.state, "badges", None),
                "needs_break": getattr(request.state, "needs_break", False),
                "undoable": getattr(request.state, "undoable", None),
                "at": at if at.startswith("/") else request.url.path,
                "here": request.url.path + query(**given),
                "now": now,
                "ago": lambda at: texts.ago(at, now),
                "span": lambda since: texts.span(since, now),
                "done": texts.label("done", done) if f"done.{done}" in LABELS else None,
                **context,
            }
        )  # fmt: skip
        return HTMLResponse(html, status_code=status)


def open_view(*, organisation: str, language_cookie: str) -> View:
    """Read templates, catalogues and the fingerprint of the static files."""
    texts = {language: Texts(language) for language in LANGUAGES}
    environments = {language: _environment(texts[language], organisation) for language in LANGUAGES}
    return View(environments, texts, language_cookie)


def _environment(texts: Texts, organisation: str) -> Environment:
    environment = Environment(
        loader=PackageLoader("services.review", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.policies["ext.i18n.trimmed"] = True
    # added at run time by the extension
    environment.install_gettext_translations(texts.translations, newstyle=True)  # type: ignore[attr-defined]
    environment.filters |= {"weblink": weblink, "readable": readable, "outline": outline}
    environment.globals |= {
        "texts": texts,
        "label": texts.label,
        "network": texts.network,
        "language": texts.language,
        "languages": NAMES,
        "organisation": organisation,
        "query": query,
        "difference": difference,
        "harsh": HARSH,
        "wordings": lambda offer: json.dumps([[one.name, one.text] for one in offer.wordings]),
        "length": lambda text, rule: measure(clean(text), rule),
        "version": _fingerprint(),
        "rates": measured(),
        "area_of": area_of,
    }
    return environment


def _fingerprint() -> str:
    digest = hashlib.sha256()
    for path in sorted(STATIC.rglob("*.*")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]
