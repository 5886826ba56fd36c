"""What retrieval can be measured on, and where an answer stands after reading and cutting."""

import json
import unicodedata
from pathlib import Path
from typing import Any, Literal

import pytest

from services.commands.retrieval_data import BadData, holding, read_data
from services.index.chunk import chunk
from services.index.read.plain import read_plain

PARAGRAPH = {"pid": "p1", "text": "Der Beirat tagt im Mai."}
DOCUMENT = {"did": "d1", "text": "Der Beirat tagt im Mai."}
QUESTION = {"qid": "q1", "pid": "p1", "question": "Wann tagt der Beirat?"}


def folder(tmp_path: Path, **files: list[Any]) -> Path:
    for name, lines in files.items():
        text = "".join(one if isinstance(one, str) else json.dumps(one) + "\n" for one in lines)
        (tmp_path / f"{name}.jsonl").write_text(text, encoding="utf-8")
    return tmp_path


def test_paragraphs_and_documents_are_read_with_their_questions(tmp_path: Path) -> None:
    here = folder(
        tmp_path,
        paragraphs=[PARAGRAPH, "\n", {"pid": 2, "text": "Ja."}],
        documents=[DOCUMENT],
        dev=[QUESTION, {**QUESTION, "pid": ["p1", "2"], "answers": ["Mai"], "other": 1}],
        test=[{"qid": 7, "did": "d1", "question": "Wann?", "answer_start": [19, 3]}],
        empty=[],
    )
    data = read_data(here)
    assert set(data.texts) == {"p1", "2", "d1"}
    assert [one.texts for one in data.questions["dev"]] == [("p1",), ("p1", "2")]
    (asked,) = data.questions["test"]
    assert (asked.qid, asked.answer_start) == ("7", 19)
    assert set(data.questions) == {"dev", "test"}


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"dev": [QUESTION]}, "neither paragraphs.jsonl nor documents.jsonl"),
        ({"paragraphs": [PARAGRAPH]}, "no file with questions"),
        ({"paragraphs": [PARAGRAPH], "dev": ["{\n"]}, "dev.jsonl:1: this is no JSON"),
        ({"paragraphs": [PARAGRAPH], "dev": ["[]\n"]}, "dev.jsonl:1: a line must be an object"),
        ({"paragraphs": [{"pid": "p1"}], "dev": [QUESTION]}, "paragraphs.jsonl:1: text is missing"),
        (
            {"paragraphs": [PARAGRAPH], "dev": [QUESTION, {**QUESTION, "pid": "p9"}]},
            "dev.jsonl:2: there is no text p9",
        ),
        (
            {"documents": [DOCUMENT], "dev": [{"qid": "q", "did": "d1", "question": "Wann?"}]},
            "dev.jsonl:1: answer_start is missing",
        ),
    ],
)
def test_what_is_wrong_is_told_with_its_place(
    tmp_path: Path, files: dict[str, list[Any]], said: str
) -> None:
    with pytest.raises(BadData, match=said):
        read_data(folder(tmp_path, **files))


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_an_answer_is_found_again_in_the_passages_it_was_cut_into(
    form: Literal["NFC", "NFD"],
) -> None:
    """Whatever reading did to white space, marks and accents."""
    sentences = [
        f"Für Höfe der Größe {number} zahlt die Stiftung höchstens {number * 7} Euro."
        for number in range(1, 120)
    ]
    text = unicodedata.normalize(
        form, "   ".join(sentences[:60]) + "\n\n" + "\n".join(sentences[60:])
    )
    passages = [one.text for one in chunk(read_plain("d.txt", text.encode(), "utf-8", None))]
    assert len(passages) > 5
    for number, sentence in enumerate(sentences[1:], start=1):
        place = text.index(unicodedata.normalize(form, sentence)) + 9
        found = holding(text, passages, place)
        assert found, number
        assert all(f"Größe {number + 1} zahlt" in passages[one] for one in found)


def test_a_place_that_no_passage_holds_is_nobodys() -> None:
    assert holding("Eins ist hier. Zwei fehlt.", ["Eins ist hier."], 20) == []
    assert holding("Eins ist hier.", [], 3) == []
