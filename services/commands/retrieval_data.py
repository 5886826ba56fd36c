"""Reads what retrieval is measured on: texts, questions, and where their answers stand."""

import json
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from services.kit.sentences import split_sentences

PARAGRAPHS, DOCUMENTS = "paragraphs.jsonl", "documents.jsonl"
_BACK, _AHEAD = 2_000, 20_000
"""Letters around the last sentence's place in which the next one is looked for."""


class BadData(Exception):
    """The folder cannot be measured on; the message says where and why."""


@dataclass(frozen=True)
class Text:
    """A paragraph, which is found whole, or a document, of which a passage is found."""

    key: str
    text: str
    whole: bool


@dataclass(frozen=True)
class Asked:
    """A question and the texts that answer it; in a document, from which character on."""

    qid: str
    question: str
    texts: tuple[str, ...]
    answer_start: int | None


@dataclass(frozen=True)
class DataSet:
    """All texts of a folder, and its questions by the name of their file."""

    texts: dict[str, Text]
    questions: dict[str, list[Asked]]


def read_data(folder: Path) -> DataSet:
    """Read `paragraphs.jsonl` (pid, text), `documents.jsonl` (did, text) and question files.

    Every other `*.jsonl` holds questions: qid, question, and pid, or did with answer_start. Raises
    BadData for a folder without texts or questions, a broken line and a text that is not there.
    """
    texts: dict[str, Text] = {}
    for name, field in ((PARAGRAPHS, "pid"), (DOCUMENTS, "did")):
        for place, line in _lines(folder / name) if (folder / name).is_file() else ():
            key = _string(line, field, place)
            texts[key] = Text(key, _string(line, "text", place), whole=field == "pid")
    if not texts:
        raise BadData(f"{folder}: there is neither {PARAGRAPHS} nor {DOCUMENTS} with texts")
    questions = {
        file.stem: [_asked(line, texts, place) for place, line in _lines(file)]
        for file in sorted(folder.glob("*.jsonl"))
        if file.name not in {PARAGRAPHS, DOCUMENTS}
    }
    questions = {name: asked for name, asked in questions.items() if asked}
    if not questions:
        raise BadData(f"{folder}: there is no file with questions beside the texts")
    return DataSet(texts, questions)


def _lines(file: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    try:
        content = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadData(f"{file}: cannot be read: {error}") from error
    for number, line in enumerate(content.split("\n"), start=1):
        if not line.strip():
            continue
        place = f"{file.name}:{number}"
        try:
            value = json.loads(line)
        except json.JSONDecodeError as error:
            raise BadData(f"{place}: this is no JSON: {error.msg}") from error
        if not isinstance(value, dict):
            raise BadData(f"{place}: a line must be an object")
        yield place, value


def _string(line: dict[str, Any], field: str, place: str) -> str:
    value = line.get(field)
    if isinstance(value, int):
        value = str(value)
    if not isinstance(value, str) or not value.strip():
        raise BadData(f"{place}: {field} is missing")
    return value


def _asked(line: dict[str, Any], texts: dict[str, Text], place: str) -> Asked:
    field = "pid" if "pid" in line else "did"
    named = line.get(field)
    keys = tuple(
        _string({field: one}, field, place)
        for one in (named if isinstance(named, list) else [named])
    )
    if unknown := [key for key in keys if key not in texts]:
        raise BadData(f"{place}: there is no text {unknown[0]}")
    start = line.get("answer_start")
    if isinstance(start, list):
        start = start[0] if start else None
    if any(not texts[key].whole for key in keys) and not isinstance(start, int):
        raise BadData(f"{place}: answer_start is missing, which a document needs")
    qid = line.get("qid", place)
    return Asked(str(qid), _string(line, "question", place), keys, start)


def holding(text: str, passages: Sequence[str], place: int) -> list[int]:
    """Return which of a text's passages, given in order, hold the character at `place`.

    White space, list marks and the encoding of accents may have changed on the way, so sentences
    are found by their letters and digits alone.
    """
    letters, places = _letters(text)
    found: list[int] = []
    cursor = 0
    for number, passage in enumerate(passages):
        for span in split_sentences(passage):
            sentence, _ = _letters(passage[span.start : span.end])
            at = letters.find(sentence, max(0, cursor - _BACK), cursor + _AHEAD)
            if not sentence or at < 0:
                continue
            cursor = max(cursor, at)
            if places[at] <= place <= places[at + len(sentence) - 1]:
                found.append(number)
    return list(dict.fromkeys(found))


def _letters(text: str) -> tuple[str, list[int]]:
    """The letters and digits without their accents, and where each one stands."""
    letters: list[str] = []
    places: list[int] = []
    for place, character in enumerate(text):
        for part in unicodedata.normalize("NFKD", character):
            if part.isalnum():
                letters.append(part)
                places.append(place)
    return "".join(letters), places
