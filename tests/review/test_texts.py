from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import get_args

import pytest
from babel.messages.catalog import Catalog
from babel.messages.checkers import checkers
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from schemas.comments import Kind, Lane, Reason, Withholding
from schemas.drafts import NoDraft
from schemas.replies import ReturnCode
from services.answer.check import CHECKS
from services.review.labels import LABELS
from services.review.refusals import Refusal
from services.review.texts import LANGUAGES, Texts
from services.route.decide import RULES_IN_ORDER
from services.store.accounts import Language
from services.store.decisions import Action
from services.store.items import DraftState, Status

REVIEW = Path(__file__).parents[2] / "services" / "review"
HTML = {"extensions": "jinja2.ext.i18n", "trimmed": "true", "silent": "false"}


def used() -> set[object]:
    """Return every text that templates and code ask for."""
    catalog = Catalog()
    for _, _, message, _, _ in extract_from_dir(
        REVIEW,
        method_map=[("templates/**.html", "jinja2"), ("**.py", "python")],
        options_map={"templates/**.html": {**HTML, "trim_blocks": "true", "lstrip_blocks": "true"}},
        keywords={"N_": None, "_": None, "gettext": None, "ngettext": (1, 2)},
    ):
        catalog.add(message)
    return {message.id for message in catalog if message.id}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_is_translated_and_no_translation_is_left_over(language: Language) -> None:
    """INVARIANT: the desk speaks both languages completely."""
    source = REVIEW / "locale" / language / "LC_MESSAGES" / "desk.po"
    catalog = read_po(BytesIO(source.read_bytes()), locale=language)
    translated = {message.id for message in catalog if message.id}
    assert translated == used()
    for message in catalog:
        if not message.id:
            continue
        words = message.string if isinstance(message.string, tuple) else (message.string,)
        assert all(words), message.id
        assert not message.fuzzy, message.id
        for check in checkers:
            check(catalog, message)
        if language == "en":
            assert words == (message.id if isinstance(message.id, tuple) else (message.id,))


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("lane", get_args(Lane)),
        ("kind", get_args(Kind)),
        ("status", get_args(Status)),
        ("note", get_args(Withholding)),
        ("dropped", get_args(Withholding)),
        ("note.returned", get_args(ReturnCode)),
        ("refusal", get_args(Refusal)),
        ("action", get_args(Action)),
        ("draft.declined", get_args(NoDraft)),
        ("rule", [rule.__name__ for rule in (*RULES_IN_ORDER, *CHECKS)]),
        ("draft", [state for state in get_args(DraftState) if state in ("pending", "stale")]),
    ],
)
def test_everything_that_others_name_by_a_code_has_words(kind: str, values: list[str]) -> None:
    """INVARIANT: a person never has to read a code."""
    lacking = [value for value in values if f"{kind}.{value}" not in LABELS]
    assert lacking == []


def test_an_unknown_code_is_shown_as_it_is() -> None:
    assert Texts("de").label("rule", "brand_new") == "brand_new"


def test_a_reason_says_what_it_saw_in_the_language_of_the_reader() -> None:
    threat = Reason(rule="possibly_illegal", detail="wartet nur")
    assert Texts("de").because(threat) == "Vielleicht eine Drohung oder strafbar: „wartet nur“"
    assert Texts("en").because(threat) == "May be a threat or against the law: “wartet nur”"
    like = Reason(rule="resembles", detail="praise")
    assert Texts("de").because(like) == "Liest sich wie: Lob"
    assert Texts("en").note("returned:locked") == "Not posted: the thread is closed for replies."


def test_a_wait_for_the_network_is_told_by_the_clock() -> None:
    until = datetime(2026, 11, 9, 15, 4).astimezone()
    code = f"waiting:{until.astimezone(UTC).isoformat()}"
    assert Texts("de").note(code) == "Wartet bis 15:04 Uhr auf das Netzwerk."
    assert Texts("en").note(code).startswith("Waiting for the network until 3:04")


def test_times_and_numbers_follow_the_language() -> None:
    now = datetime(2026, 11, 9, 12, tzinfo=UTC)
    assert Texts("de").ago(now - timedelta(hours=3), now) == "vor 3 Stunden"
    assert Texts("en").ago(now - timedelta(hours=3), now) == "3 hours ago"
    assert Texts("de").span(now - timedelta(hours=3), now) == "3 Std."
    assert Texts("de").number(12345) == "12.345"
    assert Texts("en").number(12345) == "12,345"
    assert Texts("de").day(now.date()) == "9. November 2026"
