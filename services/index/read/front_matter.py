"""Reads the lines between two rules with which many Markdown files begin."""

import re

_BLOCK = re.compile(r"---[ \t]*\n(?P<lines>.*?)\n(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)
_ENTRY = re.compile(r"(?P<key>[A-Za-z_][\w-]*)[ \t]*:(?:[ \t]+(?P<value>.*))?$")
_ITEM = re.compile(r"[ \t]*-[ \t]+(?P<value>.*)$")


def split_front_matter(text: str) -> tuple[dict[str, str], str]:
    """The stated facts by their names in small letters, and the text that follows them.

    Understands plain and quoted values and lists of them, which become one value with commas; a
    block with anything else in it counts as text.
    """
    block = _BLOCK.match(text)
    entries: dict[str, list[str]] = {}
    key = ""
    for line in block["lines"].splitlines() if block else []:
        if entry := _ENTRY.match(line):
            key = entry["key"].lower()
            entries[key] = _values(entry["value"] or "")
        elif (item := _ITEM.match(line)) and key:
            entries[key] += _values(item["value"])
        elif line.strip() and not line.lstrip().startswith("#"):
            return {}, text
    if block is None or not entries:
        return {}, text
    return {key: ", ".join(values) for key, values in entries.items()}, text[block.end() :]


def _values(written: str) -> list[str]:
    written = written.strip()
    listed = written[1:-1].split(",") if re.fullmatch(r"\[.*\]", written) else [written]
    unquoted = (value.strip().strip("\"'").strip() for value in listed)
    return [value for value in unquoted if value]
