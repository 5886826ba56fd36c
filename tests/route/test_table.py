"""Labelled files as people have them."""

import json
from pathlib import Path

import pytest

from services.route.table import Row, UnreadableTable, read_table

HOSTILE = 'Er sagte "nein", dann ging er'


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
def test_any_usual_delimiter_and_encoding_is_read(
    tmp_path: Path, delimiter: str, newline: str, encoding: str
) -> None:
    file = tmp_path / "labelled.csv"
    lines = [["id", "Kommentar", "Label"], ["1", "Größe gut", "Lob"], ["2", "Schlecht!", "Kritik"]]
    file.write_bytes(newline.join(delimiter.join(line) for line in lines).encode(encoding))
    assert read_table(file) == [Row("Größe gut", "Lob"), Row("Schlecht!", "Kritik")]


def test_quoted_line_breaks_and_quotation_marks_stay_in_the_text(tmp_path: Path) -> None:
    file = tmp_path / "quoted.csv"
    file.write_text('text,label\n"Zeile eins\nZeile ""zwei"", Ende",a\nkurz,b\n', "utf-8")
    rows = read_table(file)
    assert rows[0].text == 'Zeile eins\nZeile "zwei", Ende'
    assert len(rows) == 2


def test_an_unbalanced_quotation_mark_swallows_nothing(tmp_path: Path) -> None:
    file = tmp_path / "tweets.tsv"
    lines = ["text\tlabel", '"offen gelassen\tja', f"{HOSTILE}\tnein", "noch einer\tja"]
    file.write_text("\n".join(lines), "utf-8")
    assert [row.label for row in read_table(file)] == ["ja", "nein", "ja"]


def test_json_lines_are_read_and_rows_without_a_label_left_out(tmp_path: Path) -> None:
    file = tmp_path / "labelled.jsonl"
    rows = [{"text": "a b", "label": 1}, {"text": "c", "label": None}, {"label": 0}]
    file.write_text("\n".join(json.dumps(row) for row in rows), "utf-8")
    assert read_table(file) == [Row("a b", "1")]
    assert len(read_table(file, need_label=False)) == 2


def test_columns_can_be_named(tmp_path: Path) -> None:
    file = tmp_path / "named.csv"
    file.write_text("text,other,toxic\nfalsch,richtig,0\n", "utf-8")
    assert read_table(file, text="OTHER", label="toxic") == [Row("richtig", "0")]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("", "one column"),
        ("text\nnur eine Spalte\n", "one column"),
        ("a,b\n1,2\n", "--text"),
        ("text,b\n1,2\n", "--label"),
        ("text,label\n", "no rows"),
        ("text,label\n ,x\n", "no row"),
        ('{"text": "a"}\n{', "line 2"),
    ],
)
def test_what_is_missing_is_said(tmp_path: Path, content: str, told: str) -> None:
    file = tmp_path / "broken.csv"
    file.write_text(content, "utf-8")
    with pytest.raises(UnreadableTable, match=told):
        read_table(file)


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(UnreadableTable, match="cannot be read"):
        read_table(tmp_path / "none.csv")
