"""Texts that a team writes once and picks from: a file of sections with one wording per item."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files

from services.kit.prompt import BadPrompt

_FRONT_MATTER = re.compile(r"\A---\nversion: (\S+)\n---\n")
_SECTION = re.compile(r"^# (\w+)\n", re.MULTILINE)
_PLACE = re.compile(r"\{\{ (\w+) \}\}")


@dataclass(frozen=True)
class Wordings:
    """The wordings of each section, in the order of the file."""

    name: str
    """What is stored with a reply made of one: file and version."""
    sections: Mapping[str, Sequence[str]]

    def filled(self, section: str, values: Mapping[str, str]) -> list[str]:
        """Return the section's wordings whose places can all be filled."""
        return [text for _, text in self.numbered(section, values)]

    def numbered(self, section: str, values: Mapping[str, str]) -> list[tuple[int, str]]:
        """Return the same, each with its number in the file, from 1."""
        return [
            (number, _PLACE.sub(lambda found: values[found[1]], wording))
            for number, wording in enumerate(self.sections.get(section, ()), 1)
            if all(values.get(place) for place in _PLACE.findall(wording))
        ]


def load_wordings(task: str, language: str, sections: Sequence[str]) -> Wordings:
    """Read `prompts/<task>.<language>.md`; raises BadPrompt when a section has no wording."""
    name = f"{task}.{language}.md"
    source = files("prompts").joinpath(name)
    if not source.is_file():
        raise BadPrompt(f"prompts/{name} does not exist")
    return parse_wordings(name, source.read_text(encoding="utf-8"), sections)


def parse_wordings(name: str, text: str, wanted: Sequence[str]) -> Wordings:
    """Split the text of a file; raises BadPrompt with what is wrong with it."""
    head = _FRONT_MATTER.match(text)
    if not head:
        raise BadPrompt(f"prompts/{name} does not begin with `version: …` between --- lines")
    _, *parts = _SECTION.split(text[head.end() :])
    sections = {
        title: [" ".join(item.split()) for item in body.split("\n- ")[1:]]
        for title, body in zip(parts[::2], ("\n" + part for part in parts[1::2]), strict=True)
    }
    for section in wanted:
        if not any(sections.get(section, ())):
            raise BadPrompt(f"prompts/{name} has no wording under `# {section}`")
    for section in sections:
        if section not in wanted:
            raise BadPrompt(
                f"prompts/{name}: nobody knows `# {section}`; there are {', '.join(wanted)}"
            )
    return Wordings(f"{name.removesuffix('.md')}@{head[1]}", sections)
